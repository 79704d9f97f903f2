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

/// "34 of 180 counters moved"; or why none could be told.
std::string why_summary(const Why& why);

/// A time that no verdict vouches for is worded so: "not confirmed, to explore: ".
std::string exploring_prefix(const Why& why);

}  // namespace faultline
