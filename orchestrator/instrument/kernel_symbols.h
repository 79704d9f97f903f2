// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace faultline {

/// The functions of a kernel build, from its System.map. Addresses hold without KASLR.
struct KernelSymbols {
  struct Function {
    std::uint64_t address = 0;
    std::string name;
  };
  std::vector<Function> functions;  ///< Ascending, one an address.
  std::uint64_t entry_begin = 0;  ///< The entry code: what an interrupt or system call runs first.
  std::uint64_t entry_end = 0;
  /// Entries of exceptions after which the interrupted instruction runs again (Intel SDM volume 3,
  /// table 6-1, class "fault").
  std::vector<std::uint64_t> fault_entries;

  /// Reads the text of a System.map; lines of another form are left out. Where several names have
  /// one address the plainest one is taken.
  static KernelSymbols parse(std::string_view system_map);
};

/// The functions' addresses as the plugin reads them, with an end mark behind the last.
std::string function_list(const KernelSymbols& symbols);

}  // namespace faultline
