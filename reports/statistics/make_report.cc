// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <map>
#include <utility>

#include "reports/format.h"
#include "reports/report.h"
#include "reports/statistics/boot_values.h"
#include "reports/statistics/calibration.h"
#include "reports/statistics/cells.h"
#include "reports/statistics/comparisons.h"
#include "reports/statistics/curves_beside.h"
#include "reports/statistics/exactness.h"
#include "reports/statistics/explain.h"
#include "reports/statistics/gate.h"
#include "reports/statistics/headline.h"
#include "reports/statistics/policy.h"
#include "reports/statistics/published_beside.h"
#include "reports/statistics/sweep.h"
#include "reports/statistics/topology_label.h"
#include "reports/statistics/warnings.h"

namespace faultline {
namespace {

/// Puts the steps into the order of the plan, with those that no boot has reached, so that reports
/// read in the order of the experiment file and what is missing has a place.
void order_steps(Results& results) {
  std::vector<ResultStep> ordered;
  std::map<std::pair<std::string, std::string>, std::uint32_t> place;
  const auto add = [&](ResultStep step) {
    const auto [at, is_new] =
        place.try_emplace({step.workload, step.params}, static_cast<std::uint32_t>(ordered.size()));
    if (is_new) ordered.push_back(std::move(step));
    return at->second;
  };
  for (const std::string& planned : results.run.planned_steps) {
    const std::size_t tab = std::min(planned.find('\t'), planned.size());
    add({planned.substr(0, tab), planned.substr(std::min(tab + 1, planned.size()))});
  }
  std::vector<std::uint32_t> moved;
  for (ResultStep& step : results.steps) moved.push_back(add(std::move(step)));
  const auto move = [&](auto& rows) {
    for (auto& row : rows)
      row.step = row.step < moved.size()
                     ? moved[row.step]
                     : static_cast<std::uint32_t>(ordered.size());  // Stays dangling.
  };
  move(results.samples);
  move(results.counters);
  move(results.profiles);
  move(results.executions);
  results.steps = std::move(ordered);
}

std::vector<TopologyLabel> label_topologies(const RunInfo& run) {
  std::vector<TopologyLabel> labels;
  for (std::size_t i = 0; i < run.topologies.size(); ++i)
    labels.push_back(label_topology(
        i < run.topology_json.size() ? run.topology_json[i] : std::string(), run.host, run.accel));
  return labels;
}

}  // namespace

Report make_report(Results results, const Results* calibration, unsigned threads) {
  Report report;
  report.results = std::move(results);
  order_steps(report.results);
  const RunInfo& run = report.results.run;
  const AnalysisPolicy policy = policy_of(run);
  const std::vector<bool> counted = counted_boots(report.results);
  LeftOut left_out;
  report.boot_values = reduce_samples(report.results, left_out);
  const CellIndex cells(report.results, report.boot_values, counted);
  report.cells = cells.summaries();
  report.labels = label_topologies(run);
  report.proofs = prove_exactness(report.results, counted);
  report.contaminated = static_cast<std::uint32_t>(
      std::count_if(report.results.boots.begin(), report.results.boots.end(),
                    [](const ResultBoot& boot) { return !boot.contamination.empty(); }));
  report.comparisons = compare_arms(report, cells, policy, threads);
  explain(report, counted, threads);
  report.published = published_beside(report);
  report.curves = curves_beside(report);
  report.sweeps = find_sweeps(report.results, report.boot_values);
  if (run.kind == "calibration") calibration = &report.results;  // It speaks of itself.
  if (calibration != nullptr && !all_exact(report))
    report.calibration = calibrate(*calibration, report, policy);
  if (policy.gate) report.gate = judge_gate(report, *policy.gate);
  report.headline = make_headline(report);
  report.warnings = make_warnings(report, left_out);
  return report;
}

}  // namespace faultline
