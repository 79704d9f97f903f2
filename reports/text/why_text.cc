// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/text/why_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"
#include "reports/text/columns.h"
#include "reports/why_facts.h"

namespace faultline {
namespace {

constexpr std::size_t kWidth = 80;
// Columns of a counter: 4 + 29 + 10 + 10 + 10 + 2 + 15 = 80.
constexpr std::size_t kName = 29;
constexpr std::size_t kLevel = 10;
constexpr std::size_t kChange = 10;
constexpr std::size_t kInterval = 15;
constexpr std::size_t kMostPlaces = 6;
constexpr std::size_t kMostCounters = 5;
constexpr std::size_t kMostFunctions = 3;

std::string counter_line(const CounterMove& move) {
  const Comparison c = as_comparison(move);
  const std::string unit = unit_of(move);
  std::string interval = move.exact ? "exact" : format_interval(c, unit);
  if (display_width(interval) > kInterval)
    if (const std::size_t to = interval.find(" to "); to != std::string::npos)
      interval.replace(to, 4, "…");
  return "    " + fit(visible_line(short_name(move.source + " " + move.name, 200)), kName) +
         fit(level_text(move, move.base), kLevel, Align::right) +
         fit(level_text(move, move.arm), kLevel, Align::right) +
         fit(format_effect(c, unit), kChange, Align::right) + "  " + fit(interval, kInterval);
}

std::string function_line(const FunctionShare& one) {
  return "    " + fit("perf " + visible_line(short_name(one.function, 200)), kName) +
         fit(fmt::format("{:.1f} %", one.base_self * 100), kLevel, Align::right) +
         fit(fmt::format("{:.1f} %", one.arm_self * 100), kLevel, Align::right) + "  of samples";
}

/// All digits: 4 + 28 + 14 + 14 + 10 + 8 = 78 columns.
std::string executed_line(const FunctionDifference& one) {
  Comparison c;
  c.effect = {double(one.after) / double(one.before), {}, {}, 1};
  const bool in_both = one.before > 0 && one.after > 0;
  return "    " + fit(visible_line(short_name(function_name(one), 200)), 28) +
         fit(with_commas(one.before), 14, Align::right) +
         fit(with_commas(one.after), 14, Align::right) +
         fit(in_both           ? format_effect(c, "")
             : one.before == 0 ? "new"
                               : "gone",
             10, Align::right) +
         "  instr.";
}

void add_wrapped(std::vector<std::string>& lines, const std::string& text, const std::string& first,
                 const std::string& rest) {
  bool is_first = true;
  for (const std::string& part : wrap(visible_line(text), kWidth - display_width(rest))) {
    lines.push_back((is_first ? first : rest) + part);
    is_first = false;
  }
}

}  // namespace

std::vector<std::string> why_lines(const Report& report) {
  std::vector<std::string> lines;
  std::size_t shown = 0;
  std::size_t confirmed = 0;
  const RunInfo& run = report.results.run;
  const std::string base = " " + visible_line(short_name(run.baseline, 40));
  const std::string arm =
      run.arms.size() == 2
          ? " " + visible_line(short_name(run.arms[run.arms[0] == run.baseline ? 1 : 0], 40))
          : "arm";
  lines.push_back(std::string(4, ' ') + fit("", kName) + fit(base, kLevel, Align::right) +
                  fit(arm, kLevel, Align::right) + fit("change", kChange, Align::right) +
                  "  95 % interval");
  for (const Why& why : report.why) {
    confirmed += why.confirmed;
    if (shown == kMostPlaces || (!why.confirmed && shown > 0)) continue;
    ++shown;
    std::string summary = why_summary(why);
    if (summary.ends_with(" moved")) summary.erase(summary.size() - 6);  // The heading says so.
    add_wrapped(lines, exploring_prefix(why) + why_title(report, why) + "; " + summary, "  ",
                "      ");
    if (why.executed) {
      add_wrapped(lines, executed_text(*why.executed), "    ", "      ");
      for (std::size_t i = 0; i < std::min(why.executed->functions.size(), kMostFunctions); ++i)
        lines.push_back(executed_line(why.executed->functions[i]));
    }
    for (std::size_t i = 0; i < std::min(why.moved.size(), kMostCounters); ++i)
      lines.push_back(counter_line(why.moved[i]));
    if (!why.profile) continue;
    const auto& functions = report.profiles[*why.profile].functions;
    for (std::size_t i = 0; i < std::min(functions.size(), kMostFunctions); ++i)
      if (std::fabs(functions[i].arm_self - functions[i].base_self) > functions[i].noise)
        lines.push_back(function_line(functions[i]));
  }
  const std::size_t all = confirmed + report.why_left_out;
  if (all > shown) lines.push_back(fmt::format("  and {} more: in the HTML report", all - shown));
  for (std::string& line : lines) line.erase(line.find_last_not_of(' ') + 1);
  return lines;
}

}  // namespace faultline
