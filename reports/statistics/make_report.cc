// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "reports/format.h"
#include "reports/report.h"
#include "reports/statistics/boot_values.h"
#include "reports/statistics/findings.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sweep.h"

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
  for (ResultSample& sample : results.samples)
    if (sample.step < moved.size())
      sample.step = moved[sample.step];
    else
      sample.step = static_cast<std::uint32_t>(ordered.size());  // Stays dangling.
  results.steps = std::move(ordered);
}

/// Everything about one (arm, topology) that decides what its cells should hold.
struct Place {
  std::vector<std::uint32_t> boots;  ///< The last attempt of each block, in run order.
  std::set<std::uint32_t> steps;     ///< With any sample, counted or not.
  bool all_completed = true;
};

class Analysis {
 public:
  explicit Analysis(Report& report)
      : report_(report), run_(report.results.run), counted_(counted_boots(report.results)) {
    for (const ResultBoot& boot : report.results.boots) blocks_ = std::max(blocks_, boot.block + 1);
    blocks_ = std::max<std::uint32_t>(blocks_, run_.blocks);
    index_places();
    index_values();
  }

  void fill_cells() {
    for (std::uint32_t topology = 0; topology < run_.topologies.size(); ++topology)
      for (std::uint32_t step = 0; step < report_.results.steps.size(); ++step)
        for (std::uint32_t metric = 0; metric < run_.metrics.size(); ++metric)
          if (run_.metrics[metric].workload == report_.results.steps[step].workload)
            for (std::uint32_t arm = 0; arm < run_.arms.size(); ++arm)
              if (is_planned(arm, topology, step)) add_cell(arm, topology, step, metric);
  }

  void fill_comparisons() {
    const auto found = std::find(run_.arms.begin(), run_.arms.end(), run_.baseline);
    if (found == run_.arms.end()) return;
    const auto baseline = static_cast<std::uint32_t>(found - run_.arms.begin());
    for (const CellSummary& cell : report_.cells)
      if (cell.arm != baseline && is_planned(baseline, cell.topology, cell.step))
        add_comparison(cell, baseline);
  }

 private:
  using CellKey = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
  struct Range {
    const BootValue* begin = nullptr;
    const BootValue* end = nullptr;
  };

  void index_places() {
    std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::uint32_t> last;
    const auto& boots = report_.results.boots;
    for (std::uint32_t i = 0; i < boots.size(); ++i) {
      const auto [at, is_new] =
          last.try_emplace({boots[i].arm, boots[i].topology, boots[i].block}, i);
      if (!is_new && boots[at->second].attempt <= boots[i].attempt) at->second = i;
    }
    for (const auto& [key, boot] : last) {
      Place& place = places_[{std::get<0>(key), std::get<1>(key)}];
      place.boots.push_back(boot);
      place.all_completed &= boots[boot].outcome.kind == OutcomeKind::completed;
    }
    std::uint32_t seen_boot = UINT32_MAX;  // Samples come grouped: most repeat the last one's key.
    std::uint32_t seen_step = UINT32_MAX;
    for (const ResultSample& sample : report_.results.samples) {
      if (sample.boot >= boots.size() || (sample.boot == seen_boot && sample.step == seen_step))
        continue;
      seen_boot = sample.boot;
      seen_step = sample.step;
      places_[{boots[sample.boot].arm, boots[sample.boot].topology}].steps.insert(sample.step);
    }
  }

  void index_values() {
    const auto& values = report_.boot_values;
    const auto key_of = [&](const BootValue& value) {
      const ResultBoot& boot = report_.results.boots[value.boot];
      return CellKey{boot.arm, boot.topology, value.step, value.metric};
    };
    for (std::size_t i = 0; i < values.size();) {
      std::size_t end = i;
      while (end < values.size() && key_of(values[end]) == key_of(values[i])) ++end;
      cells_[key_of(values[i])] = {values.data() + i, values.data() + end};
      i = end;
    }
  }

  /// The plan's include/exclude lines are not in the results: what every boot of a place completed
  /// without is taken as not asked for.
  bool is_planned(std::uint32_t arm, std::uint32_t topology, std::uint32_t step) const {
    const auto place = places_.find({arm, topology});
    if (place == places_.end())
      return run_.finished_at_ns == 0 &&
             std::uint64_t{places_.size()} * blocks_ < run_.planned_boots;
    return !place->second.all_completed || place->second.steps.contains(step);
  }

  Range values_of(std::uint32_t arm, std::uint32_t topology, std::uint32_t step,
                  std::uint32_t metric) const {
    const auto found = cells_.find({arm, topology, step, metric});
    return found == cells_.end() ? Range{} : found->second;
  }

  std::string why_missing(const Range& range, std::uint32_t arm, std::uint32_t topology,
                          std::uint32_t step) const {
    std::set<std::uint32_t> present;
    for (const BootValue* value = range.begin; value != range.end; ++value)
      present.insert(value->boot);
    std::vector<std::pair<std::string, std::uint32_t>> reasons;
    const auto add = [&](const std::string& reason, std::uint32_t count) {
      for (auto& [known, total] : reasons)
        if (known == reason) {
          total += count;
          return;
        }
      reasons.emplace_back(reason, count);
    };
    std::uint32_t booted = 0;
    if (const auto place = places_.find({arm, topology}); place != places_.end()) {
      booted = static_cast<std::uint32_t>(place->second.boots.size());
      for (const std::uint32_t i : place->second.boots) {
        if (present.contains(i)) continue;
        const ResultBoot& boot = report_.results.boots[i];
        const bool ran = boot.outcome.kind == OutcomeKind::completed ||
                         (counted_[i] && boot.outcome.kind == OutcomeKind::workload_failed &&
                          failed_step(report_.results, boot) != step);
        add(ran ? "no finite value" : to_string(boot.outcome.kind), 1);
      }
    }
    if (booted < blocks_)
      add(run_.finished_at_ns == 0 ? "not run yet" : "not run", blocks_ - booted);
    if (reasons.empty()) return "";
    std::uint32_t missing = 0;
    std::string text;
    for (const auto& [reason, count] : reasons) {
      missing += count;
      text += (text.empty() ? ": " : ", ") + std::to_string(count) + " " + reason;
    }
    return std::to_string(missing) + " of " + count_of(blocks_, "boot") + " missing" + text;
  }

  void add_cell(std::uint32_t arm, std::uint32_t topology, std::uint32_t step,
                std::uint32_t metric) {
    const Range range = values_of(arm, topology, step, metric);
    CellSummary cell{arm, topology, step, metric, {}, 0, 0, {}};
    std::vector<double> values;
    for (const BootValue* value = range.begin; value != range.end; ++value)
      values.push_back(value->value);
    if (!values.empty()) {
      const auto [least, most] = std::minmax_element(values.begin(), values.end());
      cell.min = *least;
      cell.max = *most;
    }
    cell.median = median_estimate(std::move(values));
    cell.missing = why_missing(range, arm, topology, step);
    report_.cells.push_back(std::move(cell));
  }

  /// The values of both arms in the blocks that have both.
  std::vector<std::pair<double, double>> paired(const CellSummary& cell,
                                                std::uint32_t baseline) const {
    std::map<std::uint32_t, double> base;
    const auto& boots = report_.results.boots;
    const Range range = values_of(baseline, cell.topology, cell.step, cell.metric);
    for (const BootValue* value = range.begin; value != range.end; ++value)
      base[boots[value->boot].block] = value->value;
    std::vector<std::pair<double, double>> pairs;
    const Range own = values_of(cell.arm, cell.topology, cell.step, cell.metric);
    for (const BootValue* value = own.begin; value != own.end; ++value)
      if (const auto partner = base.find(boots[value->boot].block); partner != base.end())
        pairs.emplace_back(partner->second, value->value);
    return pairs;
  }

  void add_comparison(const CellSummary& cell, std::uint32_t baseline) {
    const MetricInfo& metric = run_.metrics[cell.metric];
    Comparison comparison;
    comparison.arm = cell.arm;
    comparison.topology = cell.topology;
    comparison.step = cell.step;
    comparison.metric = cell.metric;
    comparison.is_ratio = metric.scale != "difference";
    comparison.method = comparison.is_ratio
                            ? "paired log-ratio, Hodges-Lehmann, Wilcoxon signed-rank interval"
                            : "paired difference, Hodges-Lehmann, Wilcoxon signed-rank interval";
    const auto pairs = paired(cell, baseline);
    comparison.effect.n = static_cast<std::uint32_t>(pairs.size());
    if (pairs.size() < blocks_)
      comparison.note =
          std::to_string(pairs.size()) + " of " + count_of(blocks_, "block") + " complete";
    const auto not_positive = std::count_if(pairs.begin(), pairs.end(), [](const auto& pair) {
      return pair.first <= 0 || pair.second <= 0;
    });
    if (comparison.is_ratio && not_positive > 0) {
      comparison.verdict = "not comparable";
      comparison.note = "zero or negative value in " + std::to_string(not_positive) + " of " +
                        count_of(pairs.size(), "block");
    } else {
      judge(pairs, metric, comparison);
    }
    report_.comparisons.push_back(std::move(comparison));
  }

  static void judge(const std::vector<std::pair<double, double>>& pairs, const MetricInfo& metric,
                    Comparison& comparison) {
    std::vector<double> effects;
    for (const auto& [base, value] : pairs)
      effects.push_back(comparison.is_ratio ? std::log(value) - std::log(base) : value - base);
    // Differences of values at the ends of the doubles.
    const auto finite = std::remove_if(effects.begin(), effects.end(),
                                       [](double effect) { return !std::isfinite(effect); });
    if (finite != effects.end())
      comparison.note += (comparison.note.empty() ? "" : ", ") +
                         count_of(static_cast<std::uint64_t>(effects.end() - finite), "block") +
                         " beyond the range of numbers";
    effects.erase(finite, effects.end());
    const bool alike = !effects.empty() && std::all_of(effects.begin(), effects.end(),
                                                       [&](double e) { return e == effects[0]; });
    Estimate effect = pseudo_median(std::move(effects));
    comparison.verdict = "too few blocks";
    if (effect.low && effect.high) {
      comparison.verdict = *effect.low > 0    ? "higher"
                           : *effect.high < 0 ? "lower"
                                              : "no clear difference";
      comparison.better = comparison.verdict == metric.direction;
      comparison.worse = (comparison.verdict == "higher" && metric.direction == "lower") ||
                         (comparison.verdict == "lower" && metric.direction == "higher");
    }
    if (alike && effect.n > 1)
      comparison.note += (comparison.note.empty() ? "" : ", ") + std::string("all blocks alike");
    if (comparison.is_ratio && effect.n > 0) {
      effect.value = std::exp(effect.value);
      if (effect.low) effect.low = std::exp(*effect.low);
      if (effect.high) effect.high = std::exp(*effect.high);
    }
    comparison.effect = effect;
  }

  Report& report_;
  const RunInfo& run_;
  std::vector<bool> counted_;
  std::uint32_t blocks_ = 0;                                         ///< Planned, or seen if more.
  std::map<std::pair<std::uint32_t, std::uint32_t>, Place> places_;  ///< By arm, topology.
  std::map<CellKey, Range> cells_;
};

}  // namespace

Report make_report(Results results) {
  Report report;
  report.results = std::move(results);
  order_steps(report.results);
  LeftOut left_out;
  report.boot_values = reduce_samples(report.results, left_out);
  Analysis analysis(report);
  analysis.fill_cells();
  analysis.fill_comparisons();
  report.sweeps = find_sweeps(report.results, report.boot_values);
  report.headline = make_headline(report);
  report.warnings = make_warnings(report, left_out);
  return report;
}

}  // namespace faultline
