// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/text/columns.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "reports/format.h"

namespace faultline {
namespace {

struct Range {
  std::int32_t first, last;
};

/// Blocks of Unicode that terminals draw two columns wide (East Asian Width W and F, and emoji),
/// taken as whole blocks: a column too many only leaves a gap.
constexpr std::array<Range, 12> kWide{{{0x1100, 0x115f},
                                       {0x231a, 0x231b},
                                       {0x2614, 0x2615},
                                       {0x26a1, 0x26a1},
                                       {0x2e80, 0xa4cf},
                                       {0xa960, 0xa97f},
                                       {0xac00, 0xd7a3},
                                       {0xf900, 0xfaff},
                                       {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},
                                       {0x1f000, 0x1faff},
                                       {0x20000, 0x3fffd}}};
constexpr std::array<Range, 7> kCombining{{{0x300, 0x36f},
                                           {0x483, 0x489},
                                           {0x591, 0x5bd},
                                           {0x1ab0, 0x1aff},
                                           {0x1dc0, 0x1dff},
                                           {0x20d0, 0x20ff},
                                           {0xfe00, 0xfe2f}}};

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, std::int32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& r) { return code >= r.first && code <= r.last; });
}

std::size_t width_of(std::int32_t code) {
  if (code >= 0x300 && contains(kCombining, code)) return 0;
  return code >= 0x1100 && contains(kWide, code) ? 2 : 1;
}

/// The bytes from `start` that fit into `width` columns.
std::size_t bytes_within(std::string_view text, std::size_t start, std::size_t width) {
  std::size_t at = start;
  std::size_t used = 0;
  while (at < text.size()) {
    std::size_t next = at;
    used += width_of(next_code_point(text, next));
    if (used > width) break;
    at = next;
  }
  return at - start;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) width += width_of(next_code_point(text, at));
  return width;
}

std::string fit(std::string_view text, std::size_t width, Align align) {
  std::string shown(text);
  std::size_t columns = display_width(text);
  if (columns > width) {
    shown = width == 0 ? "" : std::string(text.substr(0, bytes_within(text, 0, width - 1))) + "…";
    columns = display_width(shown);
  }
  const std::string padding(width - std::min(width, columns), ' ');
  return align == Align::left ? shown + padding : padding + shown;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t blank = std::min(text.find(' ', at), text.size());
    std::string_view word = text.substr(at, blank - at);
    at = blank + 1;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    while (display_width(word) > width) {
      const std::size_t taken = std::max<std::size_t>(1, bytes_within(word, 0, width));
      lines.emplace_back(word.substr(0, taken));
      word.remove_prefix(taken);
    }
    if (word.empty()) continue;
    if (!line.empty()) line += ' ';
    line += word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace faultline
