// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.h"

#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "small_files.h"

namespace faultline::agent {
namespace {

// A whole number with an optional sign, 0x and K/M/G/T suffix, as the kernel's parsers take it.
std::optional<long long> number_of(std::string_view word) {
  bool negative = false;
  if (!word.empty() && (word.front() == '-' || word.front() == '+')) {
    negative = word.front() == '-';
    word.remove_prefix(1);
  }
  int base = 10;
  if (word.size() > 2 && word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) {
    base = 16;
    word.remove_prefix(2);
  }
  unsigned long long value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, base);
  if (error != std::errc{} || stop == word.data()) return std::nullopt;
  unsigned shift = 0;
  if (end - stop == 1) {
    switch (*stop | 0x20) {
      case 'k':
        shift = 10;
        break;
      case 'm':
        shift = 20;
        break;
      case 'g':
        shift = 30;
        break;
      case 't':
        shift = 40;
        break;
      default:
        return std::nullopt;
    }
  } else if (stop != end) {
    return std::nullopt;
  }
  if (value > (static_cast<unsigned long long>(INT64_MAX) >> shift)) return std::nullopt;
  const auto magnitude = static_cast<long long>(value << shift);
  return negative ? -magnitude : magnitude;
}

std::optional<bool> boolean_of(std::string_view word) {
  if (word == "1" || word == "Y" || word == "y" || word == "on" || word == "true") return true;
  if (word == "0" || word == "N" || word == "n" || word == "off" || word == "false") return false;
  return std::nullopt;
}

bool same_word(std::string_view wanted, std::string_view found) {
  if (wanted == found) return true;
  const auto a = number_of(wanted);
  const auto b = number_of(found);
  if (a && b) return *a == *b;
  const auto p = boolean_of(wanted);
  const auto q = boolean_of(found);
  return p && q && *p == *q;
}

bool nobody_may_read(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & 0444) == 0;
}

}  // namespace

std::string current_value(std::string_view content) {
  content = trimmed(content);
  const auto open = content.find('[');
  const auto close = content.find(']', open == content.npos ? 0 : open);
  // A bracketed choice stands among others; a value that is nothing but brackets is itself.
  const bool choice = open != content.npos && close != content.npos &&
                      (open == 0 || content[open - 1] == ' ') && content.find('\n') == content.npos;
  if (choice) return std::string(trimmed(content.substr(open + 1, close - open - 1)));
  return std::string(content);
}

bool same_value(std::string_view wanted, std::string_view found) {
  wanted = trimmed(wanted);
  found = trimmed(found);
  if (wanted == found) return true;
  for (;;) {
    const auto a = take_word(wanted);
    const auto b = take_word(found);
    if (a.empty() || b.empty()) return a.empty() && b.empty();
    if (!same_word(a, b)) return false;
  }
}

guest::SettingResult apply_setting(const guest::SheetSetting& setting) {
  guest::SettingResult result{setting.path, setting.value, "", 0, false};
  result.error = write_small_file(setting.path, setting.value);
  const auto content = read_small_file(setting.path, 4096);
  const int read_error = content ? 0 : errno;
  if (content) result.found = current_value(*content);
  if (result.error != 0) return result;
  if (content) {
    result.ok = same_value(setting.value, result.found);
  } else if (nobody_may_read(setting.path)) {
    result.ok = true;
  } else {
    result.error = read_error;
  }
  return result;
}

std::vector<guest::SettingResult> StepSettings::apply(
    const std::vector<guest::SheetSetting>& settings) {
  std::vector<guest::SettingResult> results;
  for (const guest::SheetSetting& setting : settings) {
    if (const auto before = read_small_file(setting.path, 4096))
      previous_.push_back({setting.path, current_value(*before)});
    results.push_back(apply_setting(setting));
  }
  return results;
}

std::vector<guest::SettingResult> StepSettings::restore() {
  std::vector<guest::SettingResult> failures;
  for (; !previous_.empty(); previous_.pop_back()) {
    auto result = apply_setting(previous_.back());
    if (!result.ok) failures.push_back(std::move(result));
  }
  return failures;
}

}  // namespace faultline::agent
