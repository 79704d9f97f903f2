// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace faultline {

/// One entry of an initramfs.
struct ImageFile {
  std::string path;              ///< In the guest, without leading slash: "bin/busybox".
  std::filesystem::path source;  ///< On the host; empty: `content` is used.
  std::string content;
  unsigned mode = 0644;     ///< Permission bits; directories are made as needed with 0755.
  std::string link_target;  ///< Not empty: a symbolic link.
};

/// What goes into a guest image.
struct ImageRecipe {
  std::vector<ImageFile> files;
};

/// A finished image in the cache: an initramfs, and for the Debian image the disk that it mounts.
struct GuestImage {
  std::string hash;              ///< Of all that went in.
  std::filesystem::path path;    ///< Uncompressed newc cpio, padded to 4 bytes.
  std::filesystem::path disk{};  ///< Squashfs, the guest's root; empty: the initramfs is all.
  std::vector<std::shared_ptr<const void>> in_use{};  ///< While a copy lives, `gc` keeps the files.
};

/// What of ours goes into every image.
struct GuestParts {
  std::filesystem::path folder;       ///< With `agent` and `workloads/NAME/PROGRAM`.
  std::filesystem::path modules{};    ///< A lib/modules/RELEASE folder, or empty.
  std::set<std::string> workloads{};  ///< Names of those that are needed; others stay out.
};

/// The minimal image: busybox, the agent as /init, kernel modules, workload programs. Throws
/// Error{host} naming what is missing.
ImageRecipe minimal_image(const std::filesystem::path& busybox, const GuestParts& parts);

/// The initramfs that mounts the Debian disk and goes on there: the agent as /init, kernel modules,
/// workload programs. Parameters and errors as above.
ImageRecipe debian_initramfs(const GuestParts& parts);

/// Returns the cached image of this recipe, writing it first if needed. The same inputs give the
/// same bytes (no times, no owners, sorted). Safe against concurrent callers, `gc` and kill.
/// Throws Error{host}.
GuestImage build_image(const ImageRecipe& recipe, const std::filesystem::path& cache);

/// Writes `image` followed by one more cpio segment with the run sheet to `to`: the initramfs of
/// one boot. Throws Error{host}.
void write_boot_initramfs(const GuestImage& image, const std::string& run_sheet,
                          const std::filesystem::path& to);

}  // namespace faultline
