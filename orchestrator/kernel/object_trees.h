// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "async/command_runner.h"
#include "kernel/cache_layout.h"
#include "kernel/config_request.h"
#include "kernel/source_tree.h"

// Finished object trees, each the start of a later build of the same source. They are never
// changed: a build copies one into the source's `work` folder, makes there, and moves the result
// away when it is done. What a killed build leaves in `work` is thrown away, since a half-written
// object would look up to date to make.

namespace faultline {

/// What an object tree was made from; tree.json beside it.
struct ObjectTree {
  std::filesystem::path folder;  ///< Holds objects/ and tree.json.
  std::string key;               ///< Of the kernel in the order of the link.
  std::string base;              ///< Source hash.
  Overlay overlay;               ///< What the series made of the source.
  std::string config_lines;      ///< The request, as config_lines() gives it.
  std::string compiler_identity;
  bool ccache = false;        ///< The call of the compiler is part of what make compares.
  std::int64_t finished = 0;  ///< Nanoseconds since 1970; no object is younger.
};

/// The finished object trees of a source; skips what cannot be read.
std::vector<ObjectTree> list_object_trees(const CacheLayout& layout, const std::string& source);

/// Where a build starts.
struct BuildStart {
  std::optional<ObjectTree> from;      ///< Nothing: from an empty folder.
  std::set<std::string> changed_base;  ///< Files of the base that differ from the tree's.
  unsigned objects = 0;      ///< About how many objects have to be made again; 0 without `from`.
  bool same_config = false;  ///< Its .config is what configuring would give.
};

/// The object tree from which the fewest objects have to be made again. The references outlive the
/// await.
boost::asio::awaitable<BuildStart> nearest_object_tree(CommandRunner& commands,
                                                       const std::vector<ObjectTree>& trees,
                                                       const SourceTree& source, Overlay overlay,
                                                       ConfigRequest request,
                                                       std::string compiler_identity, bool ccache);

/// Moves the source's work folder to its final place and drops the least recently used trees beyond
/// the last few.
boost::asio::awaitable<void> keep_object_tree(CommandRunner& commands, const CacheLayout& layout,
                                              std::string source, ObjectTree tree);

}  // namespace faultline
