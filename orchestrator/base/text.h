// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline {

/// Damerau-Levenshtein distance (optimal string alignment) of two short names.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to `name`, or "" if none is near enough to be meant (a third of the
/// length, at least 2 edits). For "did you mean" hints.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

/// The text cut to at most `bytes` bytes at a UTF-8 boundary, with control characters other than
/// newline and tab shown as \\xNN, so that hostile output cannot drive a terminal. The CR LF that
/// ends a console's lines becomes a newline.
std::string printable(std::string_view text, std::size_t bytes = std::string_view::npos);

}  // namespace faultline
