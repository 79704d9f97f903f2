// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/command_runner.h"
#include "image/debian_recipe.h"

namespace faultline {

/// A Debian package in an image.
struct ImagePackage {
  std::string name;
  std::string version;
  std::string architecture;
  bool operator==(const ImagePackage&) const = default;
};

/// The disk of the Debian image, in the cache.
struct DebianDisk {
  std::string hash;                    ///< SHA-256 of its bytes.
  std::filesystem::path path;          ///< root.squashfs
  std::vector<ImagePackage> packages;  ///< Sorted by name.
  std::shared_ptr<const void> in_use;  ///< While a copy lives, `gc` keeps the file.
};

/// The disk that the recipe gave, from the cache or made now with mmdebstrap and tar2sqfs; equal
/// package versions give equal bytes. Once made it stays the disk of its recipe, whatever the
/// mirror offers later, until `gc` removes it. Concurrent callers, of this process or others, share
/// one build; killed it leaves nothing that is ever seen. `say` hears what takes long.
/// Throws Error{host} when programs are missing or fail. `commands` outlives the await.
boost::asio::awaitable<DebianDisk> debian_disk(CommandRunner& commands, DebianRecipe recipe,
                                               std::filesystem::path cache,
                                               std::function<void(const std::string&)> say);

/// Programs that making it needs and this host lacks, as Debian packages; empty: none.
std::vector<std::string> missing_debian_tools();

/// The installed packages of a dpkg status file, sorted by name.
std::vector<ImagePackage> packages_of_status(const std::string& status);

}  // namespace faultline
