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

/// True if a node that was asked to have `asked_kib` may have `found_kib`, counted as the kernel
/// was given them, whatever it keeps for itself of that: at most what was asked, and less by what
/// firmware takes, 4 MiB at most.
bool plausible_memory(std::uint64_t asked_kib, std::uint64_t found_kib);

/// What the kernel shows below `sysfs`/devices/system/node; a kernel without NUMA is one node with
/// all CPUs. Memory is what `proc`/zoneinfo says is present.
guest::TopologyResult read_topology(const std::string& sysfs = "/sys",
                                    const std::string& proc = "/proc");

/// Completes `found` with its differences from what the sheet asks for. Without asked nodes there
/// is nothing to differ from.
void compare_topology(const guest::RunSheet& asked, guest::TopologyResult& found);

}  // namespace faultline::agent
