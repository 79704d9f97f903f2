// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace faultline {

/// Where images lie in the cache, and the locks that keep builders and `gc` apart. Safe across
/// threads and processes.
class ImageCache {
 public:
  using path = std::filesystem::path;
  explicit ImageCache(const path& cache) : images_(cache / "images"), locks_(cache / "locks") {}

  path image(const std::string& hash) const { return images_ / hash; }
  /// Where images are written before they are moved into their place.
  path aside() const { return images_ / ".tmp"; }
  /// The link to the disk that a recipe gave; it names a hash.
  path disk_of(const std::string& recipe) const { return images_ / ("debian-" + recipe); }
  path disk_lock(const std::string& recipe) const { return locks_ / ("disk-" + recipe + ".lock"); }

  /// Held by whoever uses the image; until it is gone `gc` leaves the image alone.
  /// Throws Error{host}.
  std::shared_ptr<const void> use(const std::string& hash) const;
  /// Held by whoever writes one; what is in aside() while nobody holds it is rubbish.
  std::shared_ptr<const void> build() const;
  /// Notes the time, for `gc`.
  void mark_used(const std::string& hash) const;

  path use_lock(const std::string& hash) const { return locks_ / ("image-" + hash + ".lock"); }
  path build_lock() const { return locks_ / "images.lock"; }

 private:
  path images_;
  path locks_;
};

}  // namespace faultline
