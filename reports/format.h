// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reports/report.h"

// Numbers and names in the words that every renderer and the headline share.

namespace faultline {

/// Three significant digits ("0.0312", "61.3"); whole numbers below ten million in full, with
/// thousands separated ("131,072"); beyond that 1.23e+09.
std::string format_number(double value);

/// A value of a metric. Times (s, ms, us, ns) and sizes (B, KiB, MiB, GiB) move to the unit that
/// suits them ("31.2 ms"); all others are the bare number, their unit belongs beside the metric.
std::string format_quantity(double value, std::string_view unit);

/// True if format_quantity shows this unit itself.
bool unit_is_shown(std::string_view unit);

/// What an effect is: "+3.2 %", "×61.3", "÷61.3" (a ratio below one half) or "+1.20 ms".
std::string format_effect(const Comparison& comparison, std::string_view unit);

/// Its interval in the same terms: "+1.0 to +5.3", "58.0 to 64.9"; "" when there is none.
std::string format_interval(const Comparison& comparison, std::string_view unit);

/// True if the comparison's effect says something: it has blocks, and they can be compared.
bool has_effect(const Comparison& comparison);

/// True if every comparison is exact: no chance is in it, and no calibration says anything of it.
bool all_exact(const Report& report);

/// The verdict with the label of its time: "regressed", "improved (emulated)".
std::string verdict_text(const Comparison& comparison);

/// What an effect stands on: "6 blocks", "6 text layouts".
std::string sample_text(const Comparison& comparison);

/// "about 14 further blocks", "no number of further blocks up to 1000"; "" unless inconclusive.
std::string further_text(const Comparison& comparison);

/// How large an effect a ratio above 1 is: "3.1 %", "a factor of 2.8".
std::string size_text(double ratio);

/// "KVM", "TCG", "instruction clock" for the stable names; other names as they are.
std::string accelerator_name(const std::string& accel);

/// "1 boot", "2 boots".
std::string count_of(std::uint64_t count, std::string_view noun);

/// A one-line name of at most `characters` code points, cut with "…".
std::string short_name(std::string_view name, std::size_t characters);

/// The same, told apart from a name that it stands beside: where both would be cut to the same
/// beginning, "…" and the end of it.
std::string short_name_beside(std::string_view name, std::string_view other,
                              std::size_t characters);

/// What an arm is besides its kernel: its command line, and the files that are written before the
/// first step: "rmap.fork_share=1; /proc/sys/vm/swappiness = 0". May be empty.
std::string boot_options(const RunInfo& run, std::uint32_t arm);

/// "rmap-walk children=16".
std::string step_name(const ResultStep& step);

/// Text that can be shown anywhere: as printable() does, and further bytes that are no UTF-8, C1
/// controls and the marks that turn the direction of writing or take no room are shown as \xNN or
/// \u{NNNN}. Newlines and tabs stay.
std::string visible(std::string_view text);

/// visible(), with newlines and tabs as blanks.
std::string visible_line(std::string_view text);

/// Decodes the code point at `at` and moves past it; -1 (past one byte) for a byte that is no
/// UTF-8.
std::int32_t next_code_point(std::string_view text, std::size_t& at);

}  // namespace faultline
