// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct archive;

namespace faultline {

/// Writes a newc cpio archive, the format of an initramfs, to a descriptor. Equal calls give equal
/// bytes: no times, owner 0, inode numbers counted from 1, one link each. Not thread-safe. All
/// members throw Error{host}.
class CpioWriter {
 public:
  /// `fd` stays the caller's and must outlive this object; `name` is for messages.
  CpioWriter(int fd, std::string name);
  ~CpioWriter();
  CpioWriter(const CpioWriter&) = delete;
  CpioWriter& operator=(const CpioWriter&) = delete;

  void add_directory(const std::string& path, unsigned permissions);
  void add_file(const std::string& path, unsigned permissions, std::string_view content);
  /// The content of a file of the host, which must not change meanwhile.
  void add_file_from(const std::string& path, unsigned permissions,
                     const std::filesystem::path& source);
  void add_symlink(const std::string& path, const std::string& target);
  void add_character_device(const std::string& path, unsigned permissions, unsigned major,
                            unsigned minor);
  /// Writes the trailer. The archive's length is a multiple of 4, as the kernel wants it of every
  /// segment that another one follows.
  void finish();

 private:
  struct Free {
    void operator()(archive* writer) const;
  };
  struct Entry;

  void header(Entry& entry);
  void data(std::string_view content);
  [[noreturn]] void fail();

  std::string name_;
  std::unique_ptr<archive, Free> archive_;
  std::int64_t next_inode_ = 1;
};

}  // namespace faultline
