// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "reports/statistics/testing/noise.h"

// How often each way of comparing two arms is wrong, on made-up experiments.

namespace faultline::noise {

/// The ways that are compared: ours, its declared alternatives, and what else is in use.
enum Procedure : std::size_t {
  hodges_lehmann,    ///< Signed-rank interval of block effects excludes 0.
  mean_t,            ///< Student's interval of block effects excludes 0.
  bootstrap,         ///< BCa interval of block effects excludes 0.
  welch_pooled,      ///< Welch's t over all iterations of all boots, as if independent.
  interval_overlap,  ///< The arms' 95 % intervals over boots do not overlap.
  range_separation,  ///< All boots of one arm are beyond all boots of the other.
  procedures
};
inline constexpr std::array<std::string_view, procedures> procedure_names{
    "Hodges-Lehmann", "mean, t",          "mean, BCa",
    "Welch, pooled",  "interval overlap", "range separation"};

/// The share of `experiments` simulated ones in which each procedure says that the arms differ: of
/// false alarms if `effect` is 0, else of effects seen. The bootstrap, which is dear, is asked in
/// one of `bootstrap_every` experiments. The same on any number of threads.
std::array<double, procedures> share_called_different(const Model& model, unsigned blocks,
                                                      double effect, unsigned experiments,
                                                      unsigned bootstrap_every, std::uint64_t seed);

struct LayoutAnswers {
  double by_block = 0;   ///< Hodges-Lehmann over block effects, whatever layouts they boot.
  double by_layout = 0;  ///< Over their means by layout: what reports do.
};

/// The share of simulated experiments on separate builds in which the 95 % interval excludes 0.
/// Boots scatter as `model` says.
LayoutAnswers share_with_layouts(const Model& model, const Layouts& layouts, unsigned blocks,
                                 double effect, unsigned experiments, std::uint64_t seed);

struct Stopped {
  double coverage = 0;     ///< Share of final intervals that hold the true effect.
  double mean_blocks = 0;  ///< When the runs ended.
  double early = 0;        ///< Share that ended before `max_blocks`.
};

/// Runs that look at the width of the Hodges-Lehmann interval after each of declared_looks(6,
/// max_blocks) and end when it is within ±`precision`, or at `max_blocks`.
Stopped stop_when_precise(const Model& model, unsigned max_blocks, double precision,
                          unsigned experiments, std::uint64_t seed);

/// How one run asks several questions at once: `comparisons` of them, over the same blocks.
struct Family {
  unsigned comparisons = 12;
  /// Of the variance of a block's effect, what all comparisons of the block share (a boot's luck);
  /// the rest is each comparison's own.
  double shared = 0.5;
  double effect = 0;  ///< Of the first `affected` comparisons; the others have none.
  unsigned affected = 0;
};

/// What to make of the comparisons' own p-values.
enum Correction : std::size_t {
  uncorrected,  ///< Each for itself.
  holm_alone,   ///< Holm's step-down with Bonferroni's bound.
  joint,        ///< Ours: Holm's step-down with the bound of joint sign flips.
  corrections
};
inline constexpr std::array<std::string_view, corrections> correction_names{"none", "Holm",
                                                                            "joint flips"};

struct FamilyRates {
  double any_false = 0;  ///< Share of runs that call any comparison without an effect different.
  double found = 0;      ///< Mean share of the affected comparisons that are called different.
  bool operator==(const FamilyRates&) const = default;
};

/// The same rule as the report's: the Hodges-Lehmann interval excludes no effect, and the adjusted
/// p-value is at most 0.05. The same on any number of threads.
std::array<FamilyRates, corrections> family_rates(const Model& model, unsigned blocks,
                                                  const Family& family, unsigned experiments,
                                                  std::uint64_t seed);

}  // namespace faultline::noise
