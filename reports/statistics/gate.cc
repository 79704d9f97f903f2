// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reports/format.h"

namespace faultline {
namespace {

constexpr std::size_t kMostLines = 20;

std::string place_text(const Report& report, const Comparison& c) {
  const RunInfo& run = report.results.run;
  return fmt::format("{} of {}, {} on {}", short_name(run.metrics[c.metric].name, 40),
                     short_name(step_name(report.results.steps[c.step]), 80),
                     short_name(run.arms[c.arm], 40), short_name(run.topologies[c.topology], 40));
}

}  // namespace

GateResult judge_gate(const Report& report, const AnalysisPolicy::Gate& gate) {
  std::vector<std::string> regressed;
  std::vector<std::string> open;
  std::map<std::string, std::size_t> refused;  // By topology and label.
  const bool any_primary = std::any_of(report.comparisons.begin(), report.comparisons.end(),
                                       [](const Comparison& c) { return c.primary; });
  std::size_t judged = 0;
  for (const Comparison& c : report.comparisons) {
    if (any_primary && !c.primary) continue;
    ++judged;
    const MetricInfo& metric = report.results.run.metrics[c.metric];
    if (c.verdict == Verdict::not_comparable)
      open.push_back(place_text(report, c) + ": not comparable: " + c.reason);
    else if (c.time_label && !gate.any_times)
      ++refused[short_name(report.results.run.topologies[c.topology], 40) + " is " +
                to_string(*c.time_label)];
    else if (c.verdict == Verdict::regressed)
      regressed.push_back(place_text(report, c) + ": regressed, " + format_effect(c, metric.unit) +
                          (c.exact ? " (exact)" : " (" + format_interval(c, metric.unit) + ")"));
    else if (c.verdict == Verdict::inconclusive && gate.inconclusive_fails)
      open.push_back(place_text(report, c) + ": inconclusive: " + c.reason);
  }
  GateResult result;
  if (judged == 0) open.push_back("there is nothing to judge");
  result.failures = std::move(regressed);
  result.failures.insert(result.failures.end(), open.begin(), open.end());
  for (const auto& [place, count] : refused)
    result.failures.push_back(
        fmt::format("{} of time refused: {}; write 'gate: {{times: any}}' to accept them",
                    count_of(count, "verdict"), place));
  result.passed = result.failures.empty();
  if (const std::size_t all = result.failures.size(); all > kMostLines) {
    result.failures.resize(kMostLines);
    result.failures.push_back(fmt::format("and {} more", all - kMostLines));
  }
  return result;
}

}  // namespace faultline
