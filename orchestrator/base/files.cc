// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/files.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "base/error.h"

namespace faultline {
namespace fs = std::filesystem;
namespace {

void sync_directory(const fs::path& directory) {
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd) ::fsync(fd.get());
}

const char* space_hint(int error_number) {
  return error_number == ENOSPC ? "free some space, for instance with 'faultline gc'" : "";
}

UniqueFd open_lock(const fs::path& file) {
  std::error_code ignored;
  fs::create_directories(file.parent_path(), ignored);
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) throw_errno(ErrorKind::host, "opening lock " + file.string(), errno);
  return fd;
}

}  // namespace

std::string read_file(const fs::path& file, std::size_t limit) {
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw_errno(ErrorKind::host, "opening " + file.string(), errno);
  std::string content;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno(ErrorKind::host, "reading " + file.string(), errno);
    if (got == 0) return content;
    content.append(buffer, static_cast<std::size_t>(got));
    if (content.size() > limit)
      throw Error(ErrorKind::host, "reading " + file.string(),
                  "larger than " + std::to_string(limit) + " bytes");
  }
}

void write_file_atomically(const fs::path& file, std::string_view content) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::string aside = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
  UniqueFd fd(::mkostemp(aside.data(), O_CLOEXEC));
  if (!fd) throw_errno(ErrorKind::host, "creating a file in " + folder.string(), errno);
  const auto fail = [&](const char* what) {
    const int error_number = errno;
    ::unlink(aside.c_str());
    throw_errno(ErrorKind::host, std::string(what) + " " + file.string(), error_number,
                space_hint(error_number));
  };
  while (!content.empty()) {
    const ssize_t put = ::write(fd.get(), content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail("writing");
    content.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fchmod(fd.get(), 0644) != 0 || ::fsync(fd.get()) != 0) fail("writing");
  if (::rename(aside.c_str(), file.c_str()) != 0) fail("renaming into");
  sync_directory(folder);
}

bool publish_directory(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY) return false;
    throw_errno(ErrorKind::host, "moving " + from.string() + " to " + to.string(), errno);
  }
  sync_directory(to.parent_path());
  return true;
}

namespace {

/// The locked file, or nothing if somebody else's lock is in the way.
UniqueFd try_flock(const fs::path& file, int operation) {
  UniqueFd fd = open_lock(file);
  if (::flock(fd.get(), operation | LOCK_NB) == 0) return fd;
  if (errno != EWOULDBLOCK) throw_errno(ErrorKind::host, "locking " + file.string(), errno);
  return {};
}

}  // namespace

FileLock FileLock::try_lock(const fs::path& file) {
  FileLock lock;
  lock.fd_ = try_flock(file, LOCK_EX);
  return lock;
}

FileLock FileLock::try_lock_shared(const fs::path& file) {
  FileLock lock;
  lock.fd_ = try_flock(file, LOCK_SH);
  return lock;
}

FileLock FileLock::lock(const fs::path& file) {
  FileLock lock;
  lock.fd_ = open_lock(file);
  while (::flock(lock.fd_.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw_errno(ErrorKind::host, "locking " + file.string(), errno);
  return lock;
}

TemporaryDirectory::TemporaryDirectory(const fs::path& parent) {
  std::error_code ignored;
  fs::create_directories(parent, ignored);
  std::string name = (parent / "faultline.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw_errno(ErrorKind::host, "creating a folder in " + parent.string(), errno,
                space_hint(errno));
  path_ = name;
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

fs::path TemporaryDirectory::release() {
  return std::exchange(path_, {});
}

}  // namespace faultline
