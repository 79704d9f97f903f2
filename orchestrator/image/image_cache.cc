// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/image_cache.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "base/error.h"
#include "base/files.h"

namespace faultline {
namespace {

/// `gc` holds a lock for as long as a rename takes.
std::shared_ptr<const void> shared_lock(const std::filesystem::path& file) {
  using namespace std::chrono_literals;
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  for (auto waited = 0ms; waited < 30s; waited += 20ms) {
    FileLock lock = FileLock::try_lock_shared(file);
    if (lock) return std::make_shared<const FileLock>(std::move(lock));
    std::this_thread::sleep_for(20ms);
  }
  throw Error(ErrorKind::host, "using a guest image", "somebody holds " + file.string());
}

}  // namespace

std::shared_ptr<const void> ImageCache::use(const std::string& hash) const {
  return shared_lock(use_lock(hash));
}

std::shared_ptr<const void> ImageCache::build() const {
  return shared_lock(build_lock());
}

void ImageCache::mark_used(const std::string& hash) const {
  ::utimensat(AT_FDCWD, image(hash).c_str(), nullptr, 0);
}

}  // namespace faultline
