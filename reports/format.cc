// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"

namespace faultline {
namespace {

struct Unit {
  std::string_view name;
  double factor;  ///< In the family's smallest unit.
};

constexpr std::array<Unit, 4> kTimes{{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
constexpr std::array<Unit, 5> kSizes{
    {{"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"TiB", 1099511627776}}};

std::string with_thousands(long long value) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return (value < 0 ? "-" : "") + digits;
}

/// Three significant digits without an exponent.
std::string three_digits(double value) {
  if (value == 0) return "0";
  const std::string rounded = fmt::format("{:.2e}", value);
  const int magnitude = std::stoi(rounded.substr(rounded.find('e') + 1));
  const int decimals = std::min(9, std::max(0, 2 - magnitude));
  return fmt::format("{:.{}f}", value, decimals);
}

/// The family's unit in which a value of at most `size` (in `unit`) reads best; null when the unit
/// belongs to no family.
template <std::size_t N>
const Unit* best_unit(double size, std::string_view unit, const std::array<Unit, N>& units,
                      double& in_best) {
  for (const Unit& own : units) {
    if (own.name != unit) continue;
    const Unit* best = size == 0 ? &own : &units.front();
    // 0.9995: what rounds to 1000 ms is shown as 1.00 s.
    for (const Unit& other : units)
      if (size > 0 && size * own.factor >= 0.9995 * other.factor) best = &other;
    in_best = own.factor / best->factor;
    return best;
  }
  return nullptr;
}

/// As best_unit, over both families. `in_best` is what one `unit` is in the result.
const Unit* best_unit(double size, std::string_view unit, double& in_best) {
  if (!std::isfinite(size)) return nullptr;
  if (const Unit* time = best_unit(size, unit, kTimes, in_best)) return time;
  return best_unit(size, unit, kSizes, in_best);
}

std::string scaled_number(double value) {
  return std::fabs(value) >= 1e6 ? fmt::format("{:.2e}", value) : three_digits(value);
}

enum class RatioForm { percent, times, divided };

RatioForm form_of(double ratio) {
  if (ratio >= 2) return RatioForm::times;
  return ratio <= 0.5 ? RatioForm::divided : RatioForm::percent;
}

std::string percent(double ratio) {
  const double value = (ratio - 1) * 100;
  const double size = std::fabs(value);
  if (size < 0.005) return "0";
  return fmt::format("{:+.{}f}", value, size < 0.1 ? 2 : size < 9.95 ? 1 : 0);
}

std::string factor(double value) {
  return value >= 1e6 || value < 1e-3 ? fmt::format("{:.2e}", value) : three_digits(value);
}

std::string plus(double value, std::string text) {
  return (value > 0 ? "+" : "") + text;
}

bool takes_no_room_or_turns(std::int32_t c) {
  return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
         (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff);
}

}  // namespace

std::string format_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (std::fabs(value) < 1e7 && value == std::floor(value))
    return with_thousands(static_cast<long long>(value));
  const double size = std::fabs(value);
  if (size >= 1e7 || size < 1e-4) return fmt::format("{:.2e}", value);
  if (size >= 1e3) return with_thousands(std::llround(value));
  return three_digits(value);
}

std::string format_quantity(double value, std::string_view unit) {
  double in_best = 1;
  if (const Unit* best = best_unit(std::fabs(value), unit, in_best))
    return scaled_number(value * in_best) + " " + std::string(best->name);
  return format_number(value);
}

bool unit_is_shown(std::string_view unit) {
  for (const Unit& own : kTimes)
    if (own.name == unit) return true;
  for (const Unit& own : kSizes)
    if (own.name == unit) return true;
  return false;
}

bool has_effect(const Comparison& comparison) {
  return comparison.effect.n > 0 && comparison.verdict != Verdict::not_comparable;
}

std::string format_effect(const Comparison& comparison, std::string_view unit) {
  if (!has_effect(comparison)) return "";
  const double value = comparison.effect.value;
  if (!comparison.is_ratio) return plus(value, format_quantity(value, unit));
  switch (form_of(value)) {
    case RatioForm::times:
      return "×" + factor(value);
    case RatioForm::divided:
      return "÷" + factor(1 / value);
    case RatioForm::percent:
      break;
  }
  return percent(value) + " %";
}

std::string format_interval(const Comparison& comparison, std::string_view unit) {
  if (!has_effect(comparison) || !comparison.effect.low || !comparison.effect.high) return "";
  const double low = *comparison.effect.low;
  const double high = *comparison.effect.high;
  if (!comparison.is_ratio) {
    double in_best = 1;
    if (const Unit* best = best_unit(std::max(std::fabs(low), std::fabs(high)), unit, in_best))
      return plus(low, scaled_number(low * in_best)) + " to " +
             plus(high, scaled_number(high * in_best)) + " " + std::string(best->name);
    return plus(low, format_number(low)) + " to " + plus(high, format_number(high));
  }
  switch (form_of(comparison.effect.value)) {
    case RatioForm::times:
      return factor(low) + " to " + factor(high);
    case RatioForm::divided:
      return factor(1 / high) + " to " + factor(1 / low);
    case RatioForm::percent:
      break;
  }
  return percent(low) + " to " + percent(high);
}

bool all_exact(const Report& report) {
  return !report.comparisons.empty() &&
         std::all_of(report.comparisons.begin(), report.comparisons.end(),
                     [](const Comparison& c) { return c.exact; });
}

std::string verdict_text(const Comparison& comparison) {
  std::string text = to_string(comparison.verdict);
  if (comparison.time_label) text += " (" + to_string(*comparison.time_label) + ")";
  return text;
}

std::string sample_text(const Comparison& comparison) {
  return count_of(comparison.effect.n, comparison.over_layouts ? "text layout" : "block");
}

std::string further_text(const Comparison& comparison) {
  if (comparison.verdict != Verdict::inconclusive) return "";
  if (!comparison.further_blocks) return "no number of further blocks up to 1000";
  return fmt::format("about {}{}", count_of(*comparison.further_blocks, "further block"),
                     comparison.over_layouts ? " in text layouts of their own" : "");
}

std::string size_text(double ratio) {
  return ratio < 2 ? fmt::format("{:.2g} %", (ratio - 1) * 100)
                   : fmt::format("a factor of {:.2g}", ratio);
}

std::string accelerator_name(const std::string& accel) {
  if (accel == "kvm") return "KVM";
  if (accel == "tcg") return "TCG";
  if (accel == "icount") return "instruction clock";
  return accel.empty() ? "unknown accelerator" : accel;
}

std::string count_of(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string short_name(std::string_view name, std::size_t characters) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < name.size(); ++count) {
    const std::size_t before = at;
    next_code_point(name, at);
    if (count + 1 == characters && at < name.size())
      return std::string(name.substr(0, before)) + "…";
  }
  return std::string(name);
}

std::string short_name_beside(std::string_view name, std::string_view other,
                              std::size_t characters) {
  std::string cut = short_name(name, characters);
  if (cut != short_name(other, characters) || cut == name) return cut;
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < name.size(); next_code_point(name, at)) starts.push_back(at);
  return "…" + std::string(name.substr(starts[starts.size() - (characters - 1)]));
}

std::string boot_options(const RunInfo& run, std::uint32_t arm) {
  std::string text = arm < run.arm_cmdlines.size() ? run.arm_cmdlines[arm] : "";
  if (arm >= run.arms.size()) return text;
  if (const auto settings = run.declared.find("settings " + run.arms[arm]);
      settings != run.declared.end())
    text += (text.empty() ? "" : "; ") + settings->second;
  return text;
}

std::string step_name(const ResultStep& step) {
  return step.params.empty() ? step.workload : step.workload + " " + step.params;
}

std::int32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t start = at++;
  if (first < 0x80) return first;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || start + length > text.size()) return -1;
  std::int32_t code = first & (0xff >> (length + 1));
  for (std::size_t i = start + 1; i < start + length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return -1;
    code = code << 6 | (byte(i) & 0x3f);
  }
  const std::int32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return -1;
  at = start + length;
  return code;
}

std::string visible(std::string_view text) {
  const std::string safe = printable(text);
  std::string shown;
  shown.reserve(safe.size());
  for (std::size_t at = 0; at < safe.size();) {
    const std::size_t start = at;
    const std::int32_t code = next_code_point(safe, at);
    if (code < 0)
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(safe[start]));
    else if (takes_no_room_or_turns(code))
      shown += fmt::format("\\u{{{:04x}}}", code);
    else
      shown.append(safe, start, at - start);
  }
  return shown;
}

std::string visible_line(std::string_view text) {
  std::string line = visible(text);
  for (char& c : line)
    if (c == '\n' || c == '\t') c = ' ';
  return line;
}

}  // namespace faultline
