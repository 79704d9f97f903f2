// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/command_runner.h"
#include "base/clock.h"

// What is in the cache of kernels and images, and the removal of what is not needed any more.
// Everything in the cache can be made again.

namespace faultline {

struct CacheEntry {
  enum class Kind {
    kernel,          ///< A finished kernel.
    source,          ///< An unpacked source, with its object trees.
    objects,         ///< One object tree, the start of a later build.
    log,             ///< Log and failure record of a build.
    image,           ///< A guest image, or the disk of one.
    leftover,        ///< Of a build that was killed.
    compiler_cache,  ///< ccache's folder, which bounds itself.
  };
  Kind kind = Kind::kernel;
  std::string name;  ///< Key or source id.
  std::string what;  ///< For people: "6.12.117 from debian:linux-source-6.12".
  std::filesystem::path path;
  std::uint64_t bytes = 0;  ///< On the disk.
  WallTime last_used;
  bool in_use = false;  ///< A build or a guest needs it now.
};

struct GcPolicy {
  std::optional<std::chrono::seconds> max_age{};  ///< Remove what was not used for this long.
  std::optional<std::uint64_t> max_bytes{};       ///< Then the least recently used, down to this.
  std::set<std::string> keep{};                   ///< Names that stay.
};

struct GcReport {
  std::vector<CacheEntry> removed;
  std::vector<CacheEntry> kept;
  std::uint64_t bytes_removed = 0;
  std::uint64_t bytes_kept = 0;
};

/// What the cache holds, the largest first. The runner outlives the await, here and below.
boost::asio::awaitable<std::vector<CacheEntry>> list_cache(CommandRunner& commands,
                                                           std::filesystem::path cache);

/// Removes by the policy, and always what killed builds left; never an entry in use. `dry_run` only
/// says what would go. Safe beside builds. Throws Error{host}.
boost::asio::awaitable<GcReport> collect_garbage(CommandRunner& commands,
                                                 std::filesystem::path cache, GcPolicy policy,
                                                 WallTime now, bool dry_run);

std::string_view to_string(CacheEntry::Kind kind);

}  // namespace faultline
