// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outcome/results.h"

// The report as a value: statistics are done, nothing is formatted. Renderers only render it.

namespace faultline {

/// A number with its uncertainty. `low` and `high` bound the 95 % interval; absent when there are
/// too few values for one.
struct Estimate {
  double value = 0;
  std::optional<double> low;
  std::optional<double> high;
  std::uint32_t n = 0;  ///< Boots (cells) or complete blocks (comparisons).
  bool operator==(const Estimate&) const = default;
};

/// One metric of one step on one topology in one arm: boots reduced to one value each.
struct CellSummary {
  std::uint32_t arm = 0;  ///< Indices into Results, here and below.
  std::uint32_t topology = 0;
  std::uint32_t step = 0;
  std::uint32_t metric = 0;
  Estimate median;
  double min = 0;
  double max = 0;
  std::string missing;  ///< Why there is nothing, or less than planned; empty when complete.
};

/// An arm against the baseline, paired by block.
struct Comparison {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  std::uint32_t step = 0;
  std::uint32_t metric = 0;
  /// Ratio arm/baseline for ratio-scale metrics, difference arm-baseline otherwise. Only `n` means
  /// something when the verdict is "not comparable", or when n is 0.
  Estimate effect;
  bool is_ratio = true;
  std::string method;  ///< "paired log-ratio, Hodges-Lehmann, Wilcoxon signed-rank interval"
  std::string
      verdict;  ///< "higher", "lower", "no clear difference", "too few blocks", "not comparable"
  std::string note;     ///< "3 of 6 blocks complete", why not comparable
  bool better = false;  ///< With verdict higher/lower: in the metric's good direction.
  bool worse = false;
};

/// What one boot says about one metric of one step: its iterations reduced by the metric's summary.
struct BootValue {
  std::uint32_t boot = 0;  ///< Index into Results::boots.
  std::uint32_t step = 0;
  std::uint32_t metric = 0;
  std::uint32_t iterations = 0;  ///< Finite samples that went in.
  double value = 0;
};

/// One arm on one topology along a sweep.
struct SweepSeries {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  /// Slope of log value over log parameter, fitted in each boot: 1 is linear, 2 is quadratic. n = 0
  /// when no boot has positive values at three or more points.
  Estimate exponent;
};

/// A metric over the values of one numeric parameter, all other parameters held. The medians are in
/// the cells of the points' steps.
struct SweepSummary {
  std::string workload;
  std::string parameter;
  std::string held;  ///< The other parameters of the label, "pages=64"; may be empty.
  std::uint32_t metric = 0;
  std::vector<double> values;        ///< Of the parameter, ascending; at least two.
  std::vector<std::uint32_t> steps;  ///< Beside `values`.
  std::vector<SweepSeries> series;
};

struct Report {
  Results results;                     ///< With the steps in the order of the plan.
  std::vector<BootValue> boot_values;  ///< By topology, step, metric, arm and run order.
  std::vector<CellSummary> cells;      ///< By topology, step, metric, arm.
  std::vector<Comparison> comparisons;
  std::vector<SweepSummary> sweeps;
  std::string headline;               ///< One sentence, first thing that a reader sees.
  std::vector<std::string> warnings;  ///< What is missing and why; how far times can be believed.
};

/// Does the statistics. Pure and deterministic.
Report make_report(Results results);

/// At most 80 columns, for a terminal. `color`: ANSI colours.
std::string render_text(const Report& report, bool color);
/// One self-contained HTML file.
std::string render_html(const Report& report);
/// The report's numbers, for `compare --json`; the schema is in docs/reports.md.
std::string render_json(const Report& report);

}  // namespace faultline
