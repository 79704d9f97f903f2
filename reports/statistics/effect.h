// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.h"

// From the effects of blocks (log-ratios or differences) to an estimate, an interval and a p-value.

namespace faultline {

/// How the centre of the blocks' effects is estimated. The experiment declares it.
enum class Method {
  hodges_lehmann,  ///< Pseudo-median, signed-rank interval: the default.
  mean_t,          ///< Mean, Student's t.
  bootstrap,       ///< Mean, bias-corrected and accelerated bootstrap (BCa).
};
/// "hodges-lehmann", "mean-t", "bootstrap".
std::string to_string(Method method);
std::optional<Method> method_from(std::string_view name);
/// "Hodges-Lehmann of paired log-ratios, signed-rank interval".
std::string describe(Method method, bool is_ratio);

struct Effect {
  Estimate estimate;  ///< On the scale of the effects.
  double p = 1;       ///< Exact sign-flip p-value, two-sided.
};

/// Estimates the centre of finite effects. Below kFewestForInterval of them there is no interval.
/// `seed` decides the bootstrap's draws and, beyond 20 blocks, those of the test of means.
Effect estimate_effect(Method method, const std::vector<double>& effects, std::uint64_t seed);

/// The mean with Student's interval; 2 values or more.
Estimate mean_t(const std::vector<double>& values);

/// The mean with the BCa interval of `resamples` seeded draws (Efron 1987); 2 values or more.
Estimate bca_mean(const std::vector<double>& values, std::uint64_t seed, unsigned resamples = 9999);

/// About how many blocks more than `n` it takes, with a probability of 80 %, until an interval that
/// is now `half_width` wide on each side of `value` excludes 0 and, in a family of `comparisons`,
/// stays significant; or until it is inside ±`margin`, if that is sooner. Nothing if more than 1000
/// would not do.
std::optional<std::uint32_t> further_blocks(double value, double half_width, std::uint32_t n,
                                            std::optional<double> margin, std::size_t comparisons);

/// The smallest effect, on the scale of the effects, that `n` blocks show with a probability of
/// 80 % when their noise is that of `effects` of identical arms. 2 values or more, n at least 6.
double visible_effect(const std::vector<double>& effects, std::uint32_t n);

}  // namespace faultline
