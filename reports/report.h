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
  std::uint32_t arm = 0;
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
  /// Ratio arm/baseline for ratio-scale metrics, difference arm-baseline otherwise.
  Estimate effect;
  bool is_ratio = true;
  std::string method;  ///< "paired log-ratio, Hodges-Lehmann, Wilcoxon signed-rank interval"
  std::string
      verdict;  ///< "higher", "lower", "no clear difference", "too few blocks", "not comparable"
  std::string note;     ///< "3 of 6 blocks complete", why not comparable
  bool better = false;  ///< With verdict higher/lower: in the metric's good direction.
  bool worse = false;
};

struct Report {
  Results results;
  std::vector<CellSummary> cells;
  std::vector<Comparison> comparisons;
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
