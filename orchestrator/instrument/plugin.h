// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "instrument/kernel_symbols.h"

namespace faultline {

/// What the plugin is to do in one guest.
struct PluginTask {
  std::filesystem::path plugin;     ///< The shared object.
  std::filesystem::path out;        ///< Where it writes (read_account()).
  std::filesystem::path functions;  ///< function_list() of the kernel; empty: no symbols.
  std::filesystem::path layout;     ///< Empty: memory accesses are not counted.
  std::vector<unsigned> cpus;       ///< Of each node.
  bool calls = false;
  unsigned cache_sets = 0;  ///< 0: no cache.
  unsigned cache_ways = 0;
  unsigned cache_line = 0;
};

/// The value of QEMU's option -plugin. Pure.
std::string plugin_argument(const PluginTask& task, const KernelSymbols& symbols);

/// Where a node's memory is, in the addresses that QEMU tells plugins.
struct NodeMemory {
  unsigned node = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// The layout file: "NODE BEGIN SIZE" a line, hexadecimal.
std::string layout_text(const std::vector<NodeMemory>& memory);

/// Why this QEMU cannot load the plugin, as a sentence; nothing if it can. Looks at the symbols
/// that the program offers to plugins.
std::optional<std::string> plugin_obstacle(const std::filesystem::path& qemu);

}  // namespace faultline
