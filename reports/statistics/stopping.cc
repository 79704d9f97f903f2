// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/stopping.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"
#include "reports/report.h"
#include "reports/statistics/comparisons.h"
#include "reports/statistics/rank_statistics.h"

namespace faultline {
namespace {

/// Half the interval as a share: 0.02 for one of ±2 %.
double half_width(const Report& report, const Comparison& c) {
  const double low = *c.effect.low;
  const double high = *c.effect.high;
  if (c.is_ratio) return low > 0 ? std::sqrt(high / low) - 1 : INFINITY;
  if (low == high) return 0;
  const auto baseline = baseline_of(report.results.run);
  for (const CellSummary& cell : report.cells)
    if (baseline && cell.arm == *baseline && cell.topology == c.topology && cell.step == c.step &&
        cell.metric == c.metric && cell.median.value != 0)
      return (high - low) / 2 / std::fabs(cell.median.value);
  return INFINITY;
}

}  // namespace

std::vector<unsigned> declared_looks(unsigned blocks, unsigned max_blocks) {
  std::vector<unsigned> looks;
  for (unsigned next = std::max(blocks, kFewestForInterval); next < max_blocks;
       next += std::max(1u, next / 2))
    looks.push_back(next);
  looks.push_back(max_blocks);
  return looks;
}

Look look_at_widths(Results results, unsigned blocks, double precision) {
  // A run that was interrupted may hold later boots already: this look would not have seen them.
  for (ResultBoot& boot : results.boots)
    if (boot.block >= blocks) boot.outcome.kind = OutcomeKind::cancelled;
  results.run.blocks = blocks;
  const Report report = make_report(std::move(results));
  const bool any_primary = std::any_of(report.comparisons.begin(), report.comparisons.end(),
                                       [](const Comparison& c) { return c.primary; });
  Look look;
  look.widest = "not there: nothing can be compared yet";
  double widest = -1;
  for (const Comparison& c : report.comparisons) {
    if ((any_primary && !c.primary) || c.verdict == Verdict::not_comparable) continue;
    const std::string place =
        fmt::format("{} of {} on {}", short_name(report.results.run.metrics[c.metric].name, 40),
                    short_name(step_name(report.results.steps[c.step]), 60),
                    short_name(report.results.run.topologies[c.topology], 40));
    if (!c.effect.low || !c.effect.high) {
      look.widest = place + " has no interval yet";
      return look;
    }
    const double width = half_width(report, c);
    if (width <= widest) continue;
    widest = width;
    look.widest = width < 1 ? fmt::format("{}: ±{:.2g} %", place, width * 100)
                            : fmt::format("{}: ±{:.0f} %", place, width * 100);
  }
  look.precise = widest >= 0 && widest <= precision;
  return look;
}

}  // namespace faultline
