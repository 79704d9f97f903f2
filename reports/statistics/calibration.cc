// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <map>
#include <set>

#include "base/random.h"
#include "reports/format.h"
#include "reports/statistics/boot_values.h"
#include "reports/statistics/comparisons.h"
#include "reports/statistics/rank_statistics.h"

namespace faultline {
namespace {

std::string was_is(const char* what, const std::string& was, const std::string& is) {
  return fmt::format("{} was {}, is {}", what, was.empty() ? "unknown" : short_name(was, 60),
                     is.empty() ? "unknown" : short_name(is, 60));
}

std::set<std::string> baseline_kernels(const Results& results) {
  std::set<std::string> keys;
  const auto baseline = baseline_of(results.run);
  for (const ResultBoot& boot : results.boots)
    if (baseline && boot.arm == *baseline && !boot.kernel_key.empty()) keys.insert(boot.kernel_key);
  return keys;
}

std::string baseline_options(const RunInfo& run) {
  const auto baseline = baseline_of(run);
  const std::string options = baseline ? boot_options(run, *baseline) : "";
  return options.empty() ? "empty" : options;
}

/// Most blocks of any comparison of the report.
std::uint32_t blocks_of(const Report& report) {
  std::uint32_t most = 0;
  for (const Comparison& c : report.comparisons) most = std::max(most, c.effect.n);
  return most;
}

std::vector<std::string> run_mismatches(const RunInfo& then, const RunInfo& now) {
  std::vector<std::string> found;
  const auto hold = [&](const char* what, const std::string& was, const std::string& is) {
    if (was != is) found.push_back(was_is(what, was, is));
  };
  hold("the host's CPU", then.host.cpu_model, now.host.cpu_model);
  hold("the number of host CPUs", std::to_string(then.host.cpus), std::to_string(now.host.cpus));
  hold("the number of host nodes", std::to_string(then.host.numa_nodes),
       std::to_string(now.host.numa_nodes));
  hold("the host's kernel", then.host.kernel, now.host.kernel);
  hold("QEMU", then.host.qemu, now.host.qemu);
  hold("the accelerator", accelerator_name(then.accel), accelerator_name(now.accel));
  hold("the baseline", then.baseline, now.baseline);
  hold("the baseline's command line", baseline_options(then), baseline_options(now));
  const auto layouts = [](const RunInfo& run) {
    const auto declared = run.declared.find("runs.layouts");
    return declared == run.declared.end() ? std::string("none") : declared->second;
  };
  hold("the number of text layouts", layouts(then), layouts(now));
  std::map<std::string, std::string> topologies;
  for (std::size_t i = 0; i < then.topologies.size() && i < then.topology_json.size(); ++i)
    topologies[then.topologies[i]] = then.topology_json[i];
  for (std::size_t i = 0; i < now.topologies.size() && i < now.topology_json.size(); ++i) {
    const auto known = topologies.find(now.topologies[i]);
    if (known == topologies.end())
      found.push_back("it has no topology " + short_name(now.topologies[i], 60));
    else if (known->second != now.topology_json[i])
      found.push_back("topology " + short_name(now.topologies[i], 60) + " was another machine");
  }
  const std::set<std::string> steps(then.planned_steps.begin(), then.planned_steps.end());
  std::size_t lacking = 0;
  for (const std::string& step : now.planned_steps) lacking += !steps.contains(step);
  if (lacking > 0)
    found.push_back(
        fmt::format("it lacks {} of {}", lacking, count_of(now.planned_steps.size(), "step")));
  std::map<std::pair<std::string, std::string>, std::string> units;
  for (const MetricInfo& metric : then.metrics) units[{metric.workload, metric.name}] = metric.unit;
  for (const MetricInfo& metric : now.metrics)
    if (const auto unit = units.find({metric.workload, metric.name});
        unit != units.end() && unit->second != metric.unit)
      found.push_back(was_is(("the unit of " + short_name(metric.name, 40)).c_str(), unit->second,
                             metric.unit));
  return found;
}

}  // namespace

std::size_t calibration_distance(const RunInfo& calibration, const RunInfo& run) {
  return run_mismatches(calibration, run).size();
}

std::vector<std::string> calibration_mismatches(const Results& calibration,
                                                const Results& results) {
  std::vector<std::string> found = run_mismatches(calibration.run, results.run);
  const std::set<std::string> then = baseline_kernels(calibration);
  const std::set<std::string> now = baseline_kernels(results);
  if (then != now && !then.empty() && !now.empty())
    found.emplace_back("the baseline's kernel was another build");
  return found;
}

Calibration calibrate(const Results& calibration, const Report& report,
                      const AnalysisPolicy& policy) {
  Calibration found;
  found.run_id = calibration.run.run_id;
  found.started_at_ns = calibration.run.started_at_ns;
  found.mismatches = calibration_mismatches(calibration, report.results);
  const auto baseline = baseline_of(calibration.run);
  if (!baseline) return found;

  LeftOut left_out;
  const std::vector<BootValue> values = reduce_samples(calibration, left_out);
  const CellIndex cells(calibration, values, counted_boots(calibration));
  if (cells.units().are_layouts()) found.unit = "text layout";
  // A calibration's own report speaks of runs as short as they come: later ones hold it against
  // their own number of blocks.
  const std::uint32_t now = report.results.run.kind == "calibration"
                                ? std::uint32_t{kFewestForInterval}
                                : std::max(blocks_of(report), std::uint32_t{kFewestForInterval});
  found.visible_blocks = now;
  std::vector<double> primary;
  std::vector<double> all;
  std::uint64_t number = 0;
  for (const CellSummary& cell : cells.summaries()) {
    if (cell.arm == *baseline) continue;
    const MetricInfo& metric = calibration.run.metrics[cell.metric];
    const std::vector<double> effects = block_effects(calibration, cells, *baseline, cell).values();
    // Identical in every block, such as a count: that says nothing of chance.
    const bool varies =
        std::any_of(effects.begin(), effects.end(), [](double effect) { return effect != 0; });
    if (effects.size() < kFewestForInterval || !varies) continue;
    const std::size_t group = std::min<std::size_t>(effects.size(), now);
    found.blocks = static_cast<std::uint32_t>(group);
    for (std::size_t at = 0; at + group <= effects.size(); at += group) {
      const std::vector<double> part(effects.begin() + std::ptrdiff_t(at),
                                     effects.begin() + std::ptrdiff_t(at + group));
      const Estimate estimate =
          estimate_effect(policy.method, part, Random(calibration.run.seed + ++number).next())
              .estimate;
      if (!estimate.low || !estimate.high) continue;
      ++found.comparisons;
      found.false_positives += *estimate.low > 0 || *estimate.high < 0;
    }
    if (metric.scale == "difference") continue;
    const double visible = visible_effect(effects, now);
    all.push_back(visible);
    if (metric.primary) primary.push_back(visible);
  }
  if (const auto& sizes = primary.empty() ? all : primary; !sizes.empty())
    found.visible_ratio = std::exp(median_of(sizes));
  if (found.comparisons == 0) return found;
  using Binomial = boost::math::binomial_distribution<double>;
  found.rate = double(found.false_positives) / found.comparisons;
  found.rate_low = Binomial::find_lower_bound_on_p(found.comparisons, found.false_positives, 0.025);
  found.rate_high =
      Binomial::find_upper_bound_on_p(found.comparisons, found.false_positives, 0.025);
  return found;
}

}  // namespace faultline
