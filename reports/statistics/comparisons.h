// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "reports/report.h"
#include "reports/statistics/cells.h"
#include "reports/statistics/policy.h"

namespace faultline {

/// What an arm and the baseline differ by in each complete block of one cell.
struct BlockEffects {
  /// Effects (log-ratios or differences), all finite. Empty if any pair refuses a ratio.
  ByBlock effects;
  ByBlock units;                   ///< Their means over what is independent: BlockUnits.
  bool layouts = false;            ///< The units are text layouts.
  std::uint32_t pairs = 0;         ///< Complete blocks.
  std::uint32_t not_positive = 0;  ///< Of them, with a zero or negative value in a ratio.
  std::uint32_t not_finite = 0;    ///< Of them, whose effect is beyond the doubles.

  std::vector<double> values() const;  ///< Of the units.
};

BlockEffects block_effects(const Results& results, const CellIndex& cells, std::uint32_t baseline,
                           const CellSummary& cell);

/// Every arm against the baseline in every planned cell of report.cells; uses the report's labels
/// and proofs. Empty if the baseline is none of the arms.
std::vector<Comparison> compare_arms(const Report& report, const CellIndex& cells,
                                     const AnalysisPolicy& policy, unsigned threads);

/// The baseline's index in RunInfo::arms.
std::optional<std::uint32_t> baseline_of(const RunInfo& run);

/// The value of an effect that is none: 1 for ratios, 0 for differences.
inline double no_effect(const Comparison& comparison) {
  return comparison.is_ratio ? 1 : 0;
}

/// True if the whole interval is on one side of no_effect().
bool excludes_none(const Comparison& comparison);

/// True for improved, regressed and changed.
bool is_difference(Verdict verdict);

}  // namespace faultline
