// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "guest/event.h"
#include "guest/run_sheet.h"

namespace faultline::agent {

/// "0-2,5" as {0, 1, 2, 5}; bounded, malformed parts are left out.
std::vector<unsigned> parse_cpu_list(std::string_view list);

/// The other way.
std::string format_cpu_list(const std::vector<unsigned>& cpus);

/// True if a node that was asked to have `asked_kib` may show `found_kib` as its MemTotal. The
/// kernel keeps some memory for itself (its image, the page array, crash and firmware areas), most
/// of it on node 0, so: at most what was asked, at least 85 % of it less 64 MiB.
bool plausible_memory(std::uint64_t asked_kib, std::uint64_t found_kib);

/// What the kernel shows below `sysfs`/devices/system/node; a kernel without NUMA is one node with
/// all CPUs and `proc`/meminfo's memory.
guest::TopologyResult read_topology(const std::string& sysfs = "/sys",
                                    const std::string& proc = "/proc");

/// Completes `found` with its differences from what the sheet asks for. Without asked nodes there
/// is nothing to differ from.
void compare_topology(const guest::RunSheet& asked, guest::TopologyResult& found);

}  // namespace faultline::agent
