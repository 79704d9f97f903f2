// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "reports/report.h"

// Order statistics with exact intervals. Nothing here assumes a distribution of the noise.
// The methods, their sources and their limits are in docs/statistics.md.

namespace faultline {

/// The fewest values for which a 95 % interval exists: with 5, even the whole range is passed by
/// the true value once in 16 times (2 / 2^5), with 6 once in 32.
inline constexpr unsigned kFewestForInterval = 6;

/// The k for which [k-th smallest, k-th largest] of n values covers the median of a continuous
/// distribution with a probability of at least 95 % (binomial, exact); 0 when no k does.
unsigned median_interval_rank(unsigned n);

/// The k for which [k-th smallest, k-th largest] of the n(n+1)/2 Walsh averages covers the centre
/// of a symmetric distribution with a probability of at least 95 %: Wilcoxon's signed-rank test
/// turned round. Exact up to n = 100, by the normal approximation above. 0 when no k does.
unsigned long signed_rank_interval_rank(unsigned n);

/// The median of finite values, with its order-statistic interval. Empty input: n = 0.
Estimate median_estimate(std::vector<double> values);

/// The Hodges-Lehmann pseudo-median of finite values (the median of all means of two, each value
/// with itself included), with the signed-rank interval. Empty input: n = 0. O(n log n) time.
Estimate pseudo_median(std::vector<double> values);

/// The median of a non-empty list (mean of the middle two).
double median_of(std::vector<double> values);

}  // namespace faultline
