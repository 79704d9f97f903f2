// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"

namespace faultline {
namespace {

/// Quoted where RFC 4180 asks for it. A name that a spreadsheet would take for a formula gets a
/// quote mark before it.
std::string text_field(std::string_view text) {
  std::string shown = visible_line(text);
  if (!shown.empty() && std::string_view("=+-@").find(shown[0]) != std::string_view::npos)
    shown.insert(shown.begin(), '\'');
  if (shown.find_first_of(",\"") == std::string::npos) return shown;
  std::string quoted = "\"";
  for (const char c : shown) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// As many digits as bring back the same number; empty for none.
std::string number_field(std::optional<double> value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "";
}

}  // namespace

std::string render_csv(const Report& report) {
  const RunInfo& run = report.results.run;
  std::string out =
      "experiment,run,topology,topology_label,workload,params,metric,unit,direction,primary,arm,"
      "baseline,baseline_median,arm_median,n,scale,effect,low,high,p,adjusted_p,margin,exact,"
      "verdict,time_label,further_blocks,reason,note\n";
  for (const Comparison& c : report.comparisons) {
    const MetricInfo& metric = run.metrics[c.metric];
    const ResultStep& step = report.results.steps[c.step];
    const auto median = [&](std::uint32_t arm) -> std::optional<double> {
      const CellSummary* cell = cell_of(report, c, arm);
      if (cell == nullptr || cell->median.n == 0) return std::nullopt;
      return cell->median.value;
    };
    const auto effect = [&](std::optional<double> value) {
      return has_effect(c) ? number_field(value) : std::string();
    };
    const std::vector<std::string> fields{text_field(run.experiment),
                                          std::to_string(run.run_id),
                                          text_field(run.topologies[c.topology]),
                                          to_string(report.labels[c.topology]),
                                          text_field(step.workload),
                                          text_field(step.params),
                                          text_field(metric.name),
                                          text_field(metric.unit),
                                          text_field(metric.direction),
                                          c.primary ? "1" : "0",
                                          text_field(run.arms[c.arm]),
                                          text_field(run.baseline),
                                          number_field(median(baseline_index(run))),
                                          number_field(median(c.arm)),
                                          std::to_string(c.effect.n),
                                          c.is_ratio ? "ratio" : "difference",
                                          effect(c.effect.value),
                                          effect(c.effect.low),
                                          effect(c.effect.high),
                                          number_field(c.p),
                                          number_field(c.adjusted_p),
                                          number_field(c.margin),
                                          c.exact ? "1" : "0",
                                          to_string(c.verdict),
                                          c.time_label ? to_string(*c.time_label) : "",
                                          c.further_blocks ? std::to_string(*c.further_blocks) : "",
                                          text_field(c.reason),
                                          text_field(c.note)};
    for (std::size_t i = 0; i < fields.size(); ++i) out += (i > 0 ? "," : "") + fields[i];
    out += "\n";
  }
  return out;
}

}  // namespace faultline
