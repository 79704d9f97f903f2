// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Numbers with units, as users write them: "512M", "30s", "2%". Pure; never throw; a text that is
// not exactly of the form, or does not fit, gives nothing.

namespace faultline {

/// Decimal, with an optional minus sign and no leading zeros.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Bytes: a whole number with K, M, G or T (or KiB, MiB, GiB, TiB), all powers of 1024, or none.
std::optional<std::int64_t> parse_size(std::string_view text);

/// A whole number with ms, s, m or h; the unit is required.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "2%" or "0.5%" as 0.02 or 0.005.
std::optional<double> parse_percentage(std::string_view text);

/// `true` or `false`.
std::optional<bool> parse_boolean(std::string_view text);

/// The shortest exact form that parse_size reads: 536870912 -> "512M".
std::string format_size(std::int64_t bytes);

/// The shortest exact form that parse_duration reads: 90000 ms -> "90s".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace faultline
