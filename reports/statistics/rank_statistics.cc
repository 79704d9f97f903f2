// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/rank_statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstdint>

namespace faultline {
namespace {

constexpr double kTail = 0.025;  ///< On each side of a 95 % interval.
constexpr unsigned kExactLimit = 100;

/// For each n up to kExactLimit, how many values w from 0 on have P(W <= w) <= kTail, where W is
/// the sum of the ranks 1..n that a fair coin each keeps. The distribution of n follows from that
/// of n - 1: rank n is kept or not.
std::array<unsigned long, kExactLimit + 1> exact_signed_rank_table() {
  std::array<unsigned long, kExactLimit + 1> ranks{};
  std::vector<double> probability{1.0};
  for (unsigned n = 1; n <= kExactLimit; ++n) {
    std::vector<double> next(probability.size() + n, 0.0);
    for (std::size_t w = 0; w < probability.size(); ++w) {
      next[w] += probability[w] / 2;
      next[w + n] += probability[w] / 2;
    }
    probability = std::move(next);
    double cumulative = 0;
    while ((cumulative += probability[ranks[n]]) <= kTail) ++ranks[n];
  }
  return ranks;
}

/// Maps doubles to integers in the same order, so that a search can halve the doubles themselves.
std::uint64_t ordered(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits >> 63) != 0 ? ~bits : bits | (std::uint64_t{1} << 63);
}

double from_ordered(std::uint64_t key) {
  return std::bit_cast<double>((key >> 63) != 0 ? key & ~(std::uint64_t{1} << 63) : ~key);
}

/// How many Walsh averages of the sorted values are at most `limit`.
std::uint64_t walsh_averages_up_to(const std::vector<double>& sorted, double limit) {
  std::uint64_t count = 0;
  std::size_t end = sorted.size();  // sorted[i]'s averages with [i, end) are at most `limit`.
  for (std::size_t i = 0; i < end; ++i) {
    while (end > i && sorted[i] / 2 + sorted[end - 1] / 2 > limit) --end;
    count += end - i;
  }
  return count;
}

/// The k-th smallest (from 1) Walsh average: the least double up to which there are k of them.
/// Halving the doubles finds it exactly in at most 64 counts, without a list of n² averages.
double walsh_average(const std::vector<double>& sorted, std::uint64_t k) {
  std::uint64_t low = ordered(sorted.front());
  std::uint64_t high = ordered(sorted.back());
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (walsh_averages_up_to(sorted, from_ordered(middle)) >= k)
      high = middle;
    else
      low = middle + 1;
  }
  return from_ordered(low) + 0.0;  // -0.0 becomes 0.0.
}

double median_of_sorted(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[half];
  return sorted[half - 1] / 2 + sorted[half] / 2;
}

}  // namespace

unsigned median_interval_rank(unsigned n) {
  if (n == 0) return 0;
  const boost::math::binomial_distribution<double> tosses(n, 0.5);
  // At most sqrt(n) steps down from a guess that is never too low.
  auto k = static_cast<unsigned>(std::max(0.0, n / 2.0 - 0.9 * std::sqrt(double(n)))) + 1;
  while (k > 0 && boost::math::cdf(tosses, k - 1) > kTail) --k;
  return k;
}

unsigned long signed_rank_interval_rank(unsigned n) {
  static const auto exact = exact_signed_rank_table();
  if (n <= kExactLimit) return exact[n];
  const double mean = double(n) * (n + 1) / 4;
  const double deviation = std::sqrt(double(n) * (n + 1) * (2.0 * n + 1) / 24);
  const double z = boost::math::quantile(boost::math::normal(), 1 - kTail);
  // A whole rank lower than the approximation: its error is then on the safe side.
  return static_cast<unsigned long>(std::floor(mean - z * deviation - 0.5));
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return median_of_sorted(values);
}

Estimate median_estimate(std::vector<double> values) {
  Estimate estimate;
  estimate.n = static_cast<std::uint32_t>(values.size());
  if (values.empty()) return estimate;
  std::sort(values.begin(), values.end());
  estimate.value = median_of_sorted(values);
  if (const unsigned k = median_interval_rank(estimate.n); k > 0) {
    estimate.low = values[k - 1];
    estimate.high = values[values.size() - k];
  }
  return estimate;
}

Estimate pseudo_median(std::vector<double> values) {
  Estimate estimate;
  estimate.n = static_cast<std::uint32_t>(values.size());
  if (values.empty()) return estimate;
  std::sort(values.begin(), values.end());
  const std::uint64_t averages = std::uint64_t{estimate.n} * (estimate.n + 1) / 2;
  const double upper = walsh_average(values, averages / 2 + 1);
  estimate.value = averages % 2 == 1 ? upper : walsh_average(values, averages / 2) / 2 + upper / 2;
  if (const unsigned long k = signed_rank_interval_rank(estimate.n); k > 0) {
    estimate.low = walsh_average(values, k);
    estimate.high = walsh_average(values, averages + 1 - k);
  }
  return estimate;
}

}  // namespace faultline
