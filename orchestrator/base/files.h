// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace faultline {

/// Reads a whole file. Throws Error{host} if it cannot be read or is larger than `limit` bytes.
std::string read_file(const std::filesystem::path& file, std::size_t limit = std::size_t{1} << 30);

/// Writes a file so that a reader sees the old content or the new, never a part: write aside,
/// fsync, rename, fsync the folder. Throws Error{host} (a full disk, no permission).
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

/// Moves a finished folder into its final place and makes the move durable. Returns false, and
/// leaves `from` alone, if `to` exists already (somebody else finished first). Throws Error{host}.
bool publish_directory(const std::filesystem::path& from, const std::filesystem::path& to);

/// An advisory lock on a file (flock), held until destruction, released by the kernel when the
/// process dies. Safe across processes; not re-entrant. Exclusive unless it says shared.
class FileLock {
 public:
  /// Takes the lock if it is free; an empty lock (false) otherwise. Creates the file.
  static FileLock try_lock(const std::filesystem::path& file);
  /// The same, but any number may hold it at once, while nobody holds it exclusively.
  static FileLock try_lock_shared(const std::filesystem::path& file);
  /// Waits for the lock; blocks the calling thread.
  static FileLock lock(const std::filesystem::path& file);
  explicit operator bool() const { return static_cast<bool>(fd_); }
  /// The lock's descriptor: a child that keeps it after a fork holds the lock as well.
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

/// A new empty folder below `parent`, removed with its content on destruction.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(
      const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();
  const std::filesystem::path& path() const { return path_; }
  /// Gives up ownership: the folder stays.
  std::filesystem::path release();

 private:
  std::filesystem::path path_;
};

}  // namespace faultline
