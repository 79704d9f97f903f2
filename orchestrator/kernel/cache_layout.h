// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace faultline {

/// Where everything of the kernel cache lies; docs/kernel-cache.md describes the files. Only names,
/// no I/O. `source` is the identity of a source tree, `key` that of a kernel.
class CacheLayout {
 public:
  using path = std::filesystem::path;
  explicit CacheLayout(path root) : root_(std::move(root)) {}

  const path& root() const { return root_; }

  path sources() const { return root_ / "sources"; }
  path source(const std::string& source) const { return sources() / source; }
  path tree(const std::string& id) const { return source(id) / "tree"; }

  path build() const { return root_ / "build"; }
  /// All object trees of one source.
  path objects(const std::string& source) const { return build() / source; }
  /// The only folder in which make ever runs, so that no path in an object tree depends on which
  /// kernel it was made for.
  path work(const std::string& source) const { return objects(source) / "work"; }

  path kernels() const { return root_ / "kernels"; }
  path kernel(const std::string& key) const { return kernels() / key; }
  path kernel_aside(const std::string& key) const { return kernels() / (key + ".new"); }

  path logs() const { return root_ / "logs"; }
  path log(const std::string& key) const { return logs() / (key + ".log"); }
  path failure(const std::string& key) const { return root_ / "failures" / (key + ".json"); }
  path memo() const { return root_ / "memo"; }
  path ccache() const { return root_ / "ccache"; }

  /// Guest images, by hash, written by orchestrator/image; what is being written is in .tmp, and
  /// debian-RECIPE links to the disk of a recipe.
  path images() const { return root_ / "images"; }
  path images_aside() const { return images() / ".tmp"; }
  /// Held shared by whoever uses the image, exclusively by whoever removes it.
  path image_lock(const std::string& hash) const { return lock("image-" + hash); }
  /// Held shared by whoever writes an image.
  path images_lock() const { return lock("images"); }

  /// Held by whoever makes the kernel.
  path kernel_lock(const std::string& key) const { return lock("kernel-" + key); }
  /// Held shared by whoever uses the kernel, exclusively by whoever removes it.
  path use_lock(const std::string& key) const { return lock("use-" + key); }
  /// Held while the tree, its object trees or its repository change.
  path source_lock(const std::string& source) const { return lock("source-" + source); }
  /// Held while a working folder is being recorded in the repository of its source.
  path snapshot_lock(const std::string& source) const { return lock("snapshot-" + source); }

 private:
  path lock(const std::string& name) const { return root_ / "locks" / (name + ".lock"); }
  path root_;
};

}  // namespace faultline
