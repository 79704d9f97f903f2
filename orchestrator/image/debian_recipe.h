// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace faultline {

/// What guest-images/debian/recipe says: what the Debian image is made of.
struct DebianRecipe {
  std::string suite;
  std::vector<std::string> packages;
  std::vector<std::string> without;  ///< Globs of files that are not unpacked.
  std::vector<std::string> run;      ///< Shell commands at the end; "$1" is the image's root.
  /// Where the packages come from: an address, or a file of sources; "": Debian's own servers. From
  /// FAULTLINE_MIRROR.
  std::string mirror;

  /// SHA-256 over all of it and what this program does with it.
  std::string hash() const;
};

/// Reads the recipe. Throws Error{user_input} with file and line for a line that is none, and
/// Error{host} if the file cannot be read.
DebianRecipe read_debian_recipe(const std::filesystem::path& file, std::string mirror);

/// The arguments of mmdebstrap that write the image's files to `tar`.
std::vector<std::string> mmdebstrap_command(const DebianRecipe& recipe,
                                            const std::filesystem::path& tar);

/// Makes a squashfs of the tar. The constant script only opens the file: tar2sqfs reads its
/// standard input.
std::vector<std::string> squashfs_command(const std::filesystem::path& tar,
                                          const std::filesystem::path& squashfs);

/// What mmdebstrap and tar2sqfs take as the present: no file of an image is younger.
inline constexpr const char* image_epoch = "1577836800";  // 2020-01-01 UTC

}  // namespace faultline
