// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/cpio_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace faultline {

struct CpioWriter::Entry {
  struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
  };
  std::unique_ptr<archive_entry, FreeEntry> raw{archive_entry_new()};

  Entry(const std::string& path, unsigned type, unsigned permissions) {
    if (!raw) throw std::bad_alloc();
    archive_entry_set_pathname(raw.get(), path.c_str());
    archive_entry_set_filetype(raw.get(), type);
    archive_entry_set_perm(raw.get(), permissions & 07777);
    archive_entry_set_mtime(raw.get(), 0, 0);
    archive_entry_set_uid(raw.get(), 0);
    archive_entry_set_gid(raw.get(), 0);
    archive_entry_set_nlink(raw.get(), 1);
    archive_entry_set_size(raw.get(), 0);
  }
};

void CpioWriter::Free::operator()(archive* writer) const {
  archive_write_free(writer);
}

CpioWriter::CpioWriter(int fd, std::string name)
    : name_(std::move(name)), archive_(archive_write_new()) {
  if (!archive_) throw std::bad_alloc();
  // No padding behind the trailer: newc entries are multiples of 4 bytes by themselves.
  if (archive_write_set_format_cpio_newc(archive_.get()) != ARCHIVE_OK ||
      archive_write_add_filter_none(archive_.get()) != ARCHIVE_OK ||
      archive_write_set_bytes_per_block(archive_.get(), 1 << 16) != ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block(archive_.get(), 1) != ARCHIVE_OK ||
      archive_write_open_fd(archive_.get(), fd) != ARCHIVE_OK)
    fail();
}

// Unfinished, with an error on its way, this still writes what libarchive holds back: its
// archive_write_fail() would save that and leak the buffers. The caller removes the file.
CpioWriter::~CpioWriter() = default;

void CpioWriter::fail() {
  const int error_number = archive_errno(archive_.get());
  const char* words = archive_error_string(archive_.get());
  std::string cause = words ? words : "libarchive failed";
  if (error_number > 0) cause += ": " + std::generic_category().message(error_number);
  throw Error(ErrorKind::host, "writing " + name_, std::move(cause),
              error_number == ENOSPC ? "free some space, for instance with 'faultline gc'" : "");
}

void CpioWriter::header(Entry& entry) {
  archive_entry_set_ino64(entry.raw.get(), next_inode_++);
  if (archive_write_header(archive_.get(), entry.raw.get()) != ARCHIVE_OK) fail();
}

void CpioWriter::data(std::string_view content) {
  while (!content.empty()) {
    const la_ssize_t put = archive_write_data(archive_.get(), content.data(), content.size());
    if (put <= 0) fail();
    content.remove_prefix(static_cast<std::size_t>(put));
  }
}

void CpioWriter::add_directory(const std::string& path, unsigned permissions) {
  Entry entry(path, AE_IFDIR, permissions);
  archive_entry_set_nlink(entry.raw.get(), 2);
  header(entry);
}

void CpioWriter::add_file(const std::string& path, unsigned permissions, std::string_view content) {
  Entry entry(path, AE_IFREG, permissions);
  archive_entry_set_size(entry.raw.get(), static_cast<la_int64_t>(content.size()));
  header(entry);
  data(content);
}

void CpioWriter::add_file_from(const std::string& path, unsigned permissions,
                               const std::filesystem::path& source) {
  const UniqueFd fd(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || ::fstat(fd.get(), &status) != 0)
    throw_errno(ErrorKind::host, "reading " + source.string(), errno);
  Entry entry(path, AE_IFREG, permissions);
  archive_entry_set_size(entry.raw.get(), status.st_size);
  header(entry);
  std::vector<char> buffer(std::size_t{1} << 18);
  std::uint64_t left = static_cast<std::uint64_t>(status.st_size);
  while (left > 0) {
    const ssize_t got =
        ::read(fd.get(), buffer.data(), std::min<std::uint64_t>(buffer.size(), left));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno(ErrorKind::host, "reading " + source.string(), errno);
    if (got == 0)
      throw Error(ErrorKind::host, "reading " + source.string(), "it became shorter meanwhile");
    data({buffer.data(), static_cast<std::size_t>(got)});
    left -= static_cast<std::uint64_t>(got);
  }
}

void CpioWriter::add_symlink(const std::string& path, const std::string& target) {
  Entry entry(path, AE_IFLNK, 0777);
  archive_entry_set_symlink(entry.raw.get(), target.c_str());
  header(entry);
}

void CpioWriter::add_character_device(const std::string& path, unsigned permissions, unsigned major,
                                      unsigned minor) {
  Entry entry(path, AE_IFCHR, permissions);
  archive_entry_set_rdevmajor(entry.raw.get(), major);
  archive_entry_set_rdevminor(entry.raw.get(), minor);
  header(entry);
}

void CpioWriter::finish() {
  if (archive_write_close(archive_.get()) != ARCHIVE_OK) fail();
  archive_.reset();
}

}  // namespace faultline
