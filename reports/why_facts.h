// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "reports/report.h"

// "Why did it change" in the words that the renderers share. Texts are raw.

namespace faultline {

/// A counter's move as a comparison, for format_effect() and format_interval().
Comparison as_comparison(const CounterMove& move);

/// "KiB", "B", "ns" or "us" where the collector's number is one, else "".
std::string unit_of(const CounterMove& move);

/// "4,210,688"; "–" in an arm whose kernel does not have the counter.
std::string level_text(const CounterMove& move, const CounterLevel& level);

/// What a place is about: "children=256, one-node: walk_seconds ×213 (emulated)"; the arm and the
/// workload if there are several.
std::string why_title(const Report& report, const Why& why);

/// "6,177 instructions against 550 (×11.2), 31.2 % of accesses remote against 12.0 %"
std::string executed_text(const ExecutionDifference& executed);

/// All digits of a count: "1,261,621,852".
std::string with_commas(std::uint64_t count);

/// "+1,024", "-3", "0".
std::string signed_count(std::int64_t count);

/// "kernel page_vma_mapped_walk".
std::string function_name(const FunctionDifference& one);

/// "34 of 180 counters moved"; or why none could be told.
std::string why_summary(const Why& why);

/// A time that no verdict vouches for is worded so: "not confirmed, to explore: ".
std::string exploring_prefix(const Why& why);

}  // namespace faultline
