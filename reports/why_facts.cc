// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/why_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/statistics/rank_statistics.h"

namespace faultline {

Comparison as_comparison(const CounterMove& move) {
  Comparison c;
  c.is_ratio = move.is_ratio;
  c.exact = move.exact;
  c.effect = {move.change, move.low, move.high, move.n};
  return c;
}

std::string unit_of(const CounterMove& move) {
  const auto ends = [&](std::string_view end) {
    return std::string_view(move.name).ends_with(end);
  };
  if (std::string_view(move.source).ends_with("meminfo")) return "KiB";
  if (move.source == "allocinfo" && ends(".bytes")) return "B";
  if (move.source == "contention" && (ends(".wait_ns") || ends(".max_ns"))) return "ns";
  if (ends(".us") || ends(".total_us")) return "us";
  return "";
}

std::string level_text(const CounterMove& move, const CounterLevel& level) {
  return level.boots == 0 ? "–" : format_quantity(level.median, unit_of(move));
}

std::string why_title(const Report& report, const Why& why) {
  const RunInfo& run = report.results.run;
  const ResultStep& step = report.results.steps[why.step];
  const bool one_workload =
      std::all_of(report.results.steps.begin(), report.results.steps.end(),
                  [&](const ResultStep& other) { return other.workload == step.workload; });
  std::string text = step.params.empty() || !one_workload ? short_name(step.workload, 24) : "";
  if (!step.params.empty())
    text += (text.empty() ? "" : " ") + short_name(varying_parameters(report, why.step), 60);
  text += ", " + short_name(run.topologies[why.topology], 24);
  if (run.arms.size() > 2) text += ", " + short_name(run.arms[why.arm], 24);
  if (why.comparisons.empty()) return text;
  const Comparison& c = report.comparisons[why.comparisons[0]];
  const MetricInfo& metric = run.metrics[c.metric];
  text += ": " + short_name(metric.name, 40) + " " + format_effect(c, metric.unit);
  if (c.time_label) text += " (" + to_string(*c.time_label) + ")";
  return text;
}

std::string executed_text(const ExecutionDifference& executed) {
  Comparison c;
  c.effect = {executed.base > 0 ? double(executed.arm) / double(executed.base) : 1, {}, {}, 1};
  std::string text = fmt::format("{} instructions against {} ({})", with_commas(executed.arm),
                                 with_commas(executed.base), format_effect(c, ""));
  if (executed.memory) {
    const auto share = [](std::uint64_t remote, std::uint64_t local) {
      return remote + local > 0 ? double(remote) / double(remote + local) * 100 : 0;
    };
    text += fmt::format(", {:.1f} % of accesses remote against {:.1f} %",
                        share(executed.arm_remote, executed.arm_local),
                        share(executed.base_remote, executed.base_local));
  }
  return text;
}

std::string with_commas(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string signed_count(std::int64_t count) {
  const auto size = static_cast<std::uint64_t>(count < 0 ? -count : count);
  return (count > 0 ? "+" : count < 0 ? "-" : "") + with_commas(size);
}

std::string function_name(const FunctionDifference& one) {
  return one.image + " " + (one.function.empty() ? "(no symbol)" : one.function);
}

std::string why_summary(const Why& why) {
  if (why.looked_at == 0 && why.executed)
    return count_of(why.executed->functions.size(), "function") +
           (why.executed->functions.size() == 1 ? " differs" : " differ");
  if (why.looked_at == 0) return "no collector counted anything here";
  if (why.blocks < kFewestForInterval && (why.moved.empty() || !why.moved[0].exact))
    return fmt::format("{} looked at; {} complete, {} are needed to tell what moved",
                       count_of(why.looked_at, "counter"), count_of(why.blocks, "block"),
                       kFewestForInterval);
  return fmt::format("{} of {} moved", why.moved.size(), count_of(why.looked_at, "counter"));
}

std::string exploring_prefix(const Why& why) {
  return why.confirmed ? "" : "not confirmed, to explore: ";
}

}  // namespace faultline
