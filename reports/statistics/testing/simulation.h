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

struct Stopped {
  double coverage = 0;     ///< Share of final intervals that hold the true effect.
  double mean_blocks = 0;  ///< When the runs ended.
  double early = 0;        ///< Share that ended before `max_blocks`.
};

/// Runs that look at the width of the Hodges-Lehmann interval after each of declared_looks(6,
/// max_blocks) and end when it is within ±`precision`, or at `max_blocks`.
Stopped stop_when_precise(const Model& model, unsigned max_blocks, double precision,
                          unsigned experiments, std::uint64_t seed);

}  // namespace faultline::noise
