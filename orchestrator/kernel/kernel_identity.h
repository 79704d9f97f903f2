// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "async/command_runner.h"
#include "kernel/cache_layout.h"
#include "kernel/config_request.h"
#include "kernel/file_memo.h"
#include "kernel/kernel_builder.h"
#include "kernel/kernel_manifest.h"
#include "kernel/series_patch.h"
#include "kernel/source_tree.h"

namespace faultline {

/// Everything that decides a build, read once; what is hashed is what is used.
struct KernelIdentity {
  std::string key;
  /// The key of the same kernel in the order of the link: equal ones have equal objects.
  std::string objects_key;
  std::uint32_t layout = 0;  ///< As in the recipe.
  ResolvedSource source;
  std::vector<Series> series;
  ConfigRequest request;
  Compiler compiler;
};

/// Reads source, series, fragments and compiler of a recipe that is not an image: and computes its
/// key. No make; git only for git: and dir: sources. Throws Error{user_input, host, build_tool}.
/// The references outlive the await.
boost::asio::awaitable<KernelIdentity> identify_kernel(CommandRunner& commands,
                                                       const CacheLayout& layout,
                                                       KernelRecipe recipe);

/// The manifest of a kernel with this identity, without what only a build can tell.
KernelManifest manifest_of(const KernelIdentity& identity);

/// Why a kernel with manifest `wanted` is not the one of `known`, most telling first.
std::vector<std::string> differences(const KernelManifest& wanted, const KernelManifest& known);

/// The nearest of the known kernels; null if there is none.
const KernelManifest* nearest_manifest(const KernelManifest& wanted,
                                       const std::vector<KernelManifest>& known);

}  // namespace faultline
