// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Text by the columns that a terminal gives it. Input is what visible_line() gave.

namespace faultline {

/// Columns that the text takes: 2 for wide characters (East Asian, emoji), 0 for combining marks.
std::size_t display_width(std::string_view text);

enum class Align { left, right };

/// The text in exactly `width` columns: padded, or cut with "…".
std::string fit(std::string_view text, std::size_t width, Align align = Align::left);

/// Lines of at most `width` columns, broken at blanks, or inside a word that is longer than a line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace faultline
