// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/console_lines.h"

#include <algorithm>

namespace faultline {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The length of "[   12.345678]" at the beginning of text, or 0. Looks at 20 characters at most.
std::size_t stamp_length(std::string_view text) {
  constexpr std::size_t longest = 20;
  const std::size_t end = std::min(text.size(), longest);
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < end && is_digit(text[i])) ++i;
    return i - begin;
  };
  if (end == 0 || text[i++] != '[') return 0;
  while (i < end && text[i] == ' ') ++i;
  if (digits() == 0 || i >= end || text[i++] != '.') return 0;
  if (digits() != 6 || i >= end || text[i] != ']') return 0;
  return i + 1;
}

/// The length of "[    T1]" or "[  C12]" at the beginning of text, or 0.
std::size_t caller_length(std::string_view text) {
  constexpr std::size_t longest = 16;
  const std::size_t end = std::min(text.size(), longest);
  std::size_t i = 0;
  if (end == 0 || text[i++] != '[') return 0;
  while (i < end && text[i] == ' ') ++i;
  if (i >= end || (text[i] != 'T' && text[i] != 'C')) return 0;
  const std::size_t digits = ++i;
  while (i < end && is_digit(text[i])) ++i;
  return i > digits && i < end && text[i] == ']' ? i + 1 : 0;
}

/// Drops what firmware and consoles put before the first letter: returns, escape sequences of
/// terminals, and printk's raw level "<4>".
std::string_view skip_noise(std::string_view text) {
  for (;;) {
    if (text.starts_with('\r') || text.starts_with('\0')) {
      text.remove_prefix(1);
    } else if (text.starts_with("\x1b[")) {
      std::size_t i = 2;
      while (i < text.size() && i < 16 && (is_digit(text[i]) || text[i] == ';' || text[i] == '?'))
        ++i;
      text.remove_prefix(std::min(text.size(), i + 1));
    } else if (text.starts_with('\x1b')) {
      text.remove_prefix(std::min<std::size_t>(text.size(), 2));
    } else if (text.size() >= 3 && text[0] == '<' && is_digit(text[1]) && text[2] == '>') {
      text.remove_prefix(3);
    } else {
      return text;
    }
  }
}

}  // namespace

ConsoleLine parse_console_line(std::string_view whole) {
  ConsoleLine line;
  line.whole = whole;
  line.message = skip_noise(whole);
  std::size_t stamp = stamp_length(line.message);
  if (stamp == 0 && !line.message.starts_with('{')) {
    for (std::size_t at = line.message.find('['); at != std::string_view::npos;
         at = line.message.find('[', at + 1)) {
      stamp = stamp_length(line.message.substr(at));
      if (stamp == 0) continue;
      line.message.remove_prefix(at);
      break;
    }
  }
  if (stamp == 0) return line;
  line.stamped = true;
  line.message.remove_prefix(stamp);
  if (const std::size_t caller = caller_length(line.message); caller > 0) {
    line.caller = line.message.substr(1, caller - 2);
    line.caller.remove_prefix(line.caller.find_first_not_of(' '));
    line.message.remove_prefix(caller);
  }
  // printk puts one blank after the brackets; more of them belong to the message (call traces).
  if (line.message.starts_with(' ')) line.message.remove_prefix(1);
  return line;
}

bool ConsoleReader::next(ConsoleLine& line) {
  if (offset_ >= log_.size()) return false;
  const std::size_t end = std::min(log_.find('\n', offset_), log_.size());
  std::string_view whole = log_.substr(offset_, end - offset_);
  while (whole.ends_with('\r')) whole.remove_suffix(1);
  line = parse_console_line(whole);
  offset_ = std::min(end + 1, log_.size());
  return true;
}

}  // namespace faultline
