// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/sign_flip.h"

#include <algorithm>
#include <bit>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <map>
#include <mutex>
#include <numeric>

#include "base/random.h"

namespace faultline {
namespace {

constexpr std::size_t kEnumerated = 20;  ///< 2^19 sums: milliseconds.
constexpr std::size_t kExactTied = 40;
constexpr std::size_t kExactUntied = 100;
constexpr unsigned kDraws = 100'000;
/// Sums of doubles in another order differ in the last digits; equal ones must count as equal.
constexpr double kSlack = 1 - 1e-9;

std::vector<std::size_t> ascending(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return values[a] != values[b] ? values[a] < values[b] : a < b; });
  return order;
}

/// P(|sum of +-ranks| >= statistic) for ranks that are multiples of one half: the distribution of
/// the sum of the ranks that a coin keeps, built up rank by rank.
double exact_by_convolution(const std::vector<double>& ranks, double statistic) {
  std::vector<double> probability{1.0};  // Index: twice the sum of the kept ranks.
  for (const double rank : ranks) {
    const auto doubled = static_cast<std::size_t>(std::llround(2 * std::fabs(rank)));
    std::vector<double> next(probability.size() + doubled, 0.0);
    for (std::size_t w = 0; w < probability.size(); ++w) {
      next[w] += probability[w] / 2;
      next[w + doubled] += probability[w] / 2;
    }
    probability = std::move(next);
  }
  // The sum with signs is kept - (all - kept); twice that in units of the index.
  const double all = double(probability.size() - 1);
  double tail = 0;
  for (std::size_t w = 0; w < probability.size(); ++w)
    if (std::fabs(2 * double(w) - all) / 2 >= statistic * kSlack) tail += probability[w];
  return std::min(1.0, tail);
}

/// The convolution of the ranks 1..n depends on n alone, and a report has thousands of comparisons.
double exact_untied(std::size_t n, double statistic) {
  static std::mutex mutex;
  static std::map<std::size_t, std::vector<double>> tails;  // P(|sum| >= i), i = 0 … n(n+1)/2.
  const std::lock_guard lock(mutex);
  std::vector<double>& tail = tails[n];
  if (tail.empty()) {
    std::vector<double> probability{1.0};
    for (std::size_t rank = 1; rank <= n; ++rank) {
      std::vector<double> next(probability.size() + rank, 0.0);
      for (std::size_t w = 0; w < probability.size(); ++w) {
        next[w] += probability[w] / 2;
        next[w + rank] += probability[w] / 2;
      }
      probability = std::move(next);
    }
    const std::size_t all = n * (n + 1) / 2;
    tail.assign(all + 2, 0.0);
    for (std::size_t w = 0; w <= all; ++w)
      tail[w > all - w ? 2 * w - all : all - 2 * w] += probability[w];
    for (std::size_t i = all + 1; i-- > 0;) tail[i] += tail[i + 1];
  }
  const auto at = static_cast<std::size_t>(std::ceil(statistic * kSlack));
  return std::min(1.0, tail[std::min(at, tail.size() - 1)]);
}

double normal_p(const std::vector<double>& ranks, double statistic) {
  double variance = 0;
  for (const double rank : ranks) variance += rank * rank;
  if (variance == 0) return 1;
  const double z = std::max(0.0, statistic - 0.5) / std::sqrt(variance);
  return std::min(1.0, 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z)));
}

/// Calls visit(b, sign) for all but the first of the 2^(n-1) ways to set the signs of n blocks (the
/// other half is their mirror image): one sign turns each time, in the order of a Gray code.
template <typename Visit>
void each_flip(std::size_t n, const Visit& visit) {
  std::vector<double> sign(n, 1.0);
  const std::uint64_t ways = n == 0 ? 1 : std::uint64_t{1} << (n - 1);
  for (std::uint64_t i = 1; i < ways; ++i) {
    const auto b = static_cast<std::size_t>(std::countr_zero(i));
    sign[b] = -sign[b];
    visit(b, sign[b]);
  }
}

double absolute_sum(const std::vector<double>& weights) {
  return std::fabs(std::accumulate(weights.begin(), weights.end(), 0.0));
}

std::vector<double> without_zeros(std::vector<double> weights) {
  weights.erase(std::remove(weights.begin(), weights.end(), 0.0), weights.end());
  return weights;
}

}  // namespace

std::vector<double> signed_ranks(const std::vector<double>& effects) {
  std::vector<double> sizes(effects.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = std::fabs(effects[i]);
  const std::vector<std::size_t> order = ascending(sizes);
  std::vector<double> ranks(effects.size());
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i;
    while (end < order.size() && sizes[order[end]] == sizes[order[i]]) ++end;
    const double rank = (double(i) + 1 + double(end)) / 2;
    for (; i < end; ++i) {
      const double effect = effects[order[i]];
      ranks[order[i]] = effect > 0 ? rank : effect < 0 ? -rank : 0;
    }
  }
  return ranks;
}

double signed_rank_p(const std::vector<double>& all) {
  const std::vector<double> ranks = without_zeros(all);
  if (ranks.empty()) return 1;
  const double statistic = absolute_sum(ranks);
  std::vector<double> sorted(ranks);
  for (double& rank : sorted) rank = std::fabs(rank);
  std::sort(sorted.begin(), sorted.end());
  bool untied = true;
  for (std::size_t i = 0; i < sorted.size(); ++i) untied &= sorted[i] == double(i + 1);
  if (untied && ranks.size() <= kExactUntied) return exact_untied(ranks.size(), statistic);
  if (ranks.size() <= kExactTied) return exact_by_convolution(ranks, statistic);
  return normal_p(ranks, statistic);
}

double sign_flip_p(const std::vector<double>& all, std::uint64_t seed) {
  const std::vector<double> weights = without_zeros(all);
  if (weights.empty()) return 1;
  const double statistic = absolute_sum(weights) * kSlack;
  double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::uint64_t beyond = 1;  // The signs as they are.
  if (weights.size() <= kEnumerated) {
    each_flip(weights.size(), [&](std::size_t b, double sign) {
      sum += 2 * sign * weights[b];
      beyond += std::fabs(sum) >= statistic;
    });
    return double(beyond) / double(std::uint64_t{1} << (weights.size() - 1));
  }
  Random random(seed);
  for (unsigned draw = 0; draw < kDraws; ++draw) {
    sum = 0;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (i % 64 == 0) bits = random.next();
      sum += (bits >> (i % 64) & 1) != 0 ? weights[i] : -weights[i];
    }
    beyond += std::fabs(sum) >= statistic;
  }
  return double(beyond) / (kDraws + 1.0);
}

std::vector<double> joint_sign_flip_p(const std::vector<std::vector<double>>& weights) {
  const std::size_t rows = weights.size();
  if (rows == 0) return {};
  const std::size_t blocks = weights[0].size();
  if (blocks == 0 || blocks > kEnumerated || (rows << (blocks - 1)) > kJointWork) return {};
  // Every comparison on one scale: its sum over the spread that the flips give it.
  std::vector<double> statistic(rows, 0.0);
  std::vector<std::vector<double>> scaled = weights;
  for (std::size_t i = 0; i < rows; ++i) {
    double square = 0;
    for (const double w : scaled[i]) square += w * w;
    for (double& w : scaled[i]) w = square > 0 ? w / std::sqrt(square) : 0;
    statistic[i] = absolute_sum(scaled[i]);
  }
  const std::vector<std::size_t> order = ascending(statistic);  // The weakest first.
  // By block, in that order: what a flip adds to each comparison.
  std::vector<std::vector<double>> by_block(blocks, std::vector<double>(rows));
  std::vector<double> sums(rows);
  std::vector<double> bounds(rows);
  for (std::size_t place = 0; place < rows; ++place) {
    const std::vector<double>& row = scaled[order[place]];
    for (std::size_t b = 0; b < blocks; ++b) by_block[b][place] = 2 * row[b];
    sums[place] = std::accumulate(row.begin(), row.end(), 0.0);
    bounds[place] = statistic[order[place]] * kSlack;
  }
  std::vector<std::uint64_t> beyond(rows, 1);
  each_flip(blocks, [&](std::size_t b, double sign) {
    double most = 0;  // Of this comparison and all weaker ones.
    for (std::size_t place = 0; place < rows; ++place) {
      sums[place] += sign * by_block[b][place];
      most = std::max(most, std::fabs(sums[place]));
      beyond[place] += most >= bounds[place];
    }
  });
  const double ways = double(std::uint64_t{1} << (blocks - 1));
  std::vector<double> adjusted(rows);
  double least = 0;  // No comparison may be surer than a stronger one.
  for (std::size_t place = rows; place-- > 0;) {
    least = std::max(least, double(beyond[place]) / ways);
    adjusted[order[place]] = least;
  }
  return adjusted;
}

std::vector<double> holm(const std::vector<double>& p) {
  const std::vector<std::size_t> order = ascending(p);
  std::vector<double> adjusted(p.size());
  double least = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    least = std::max(least, std::min(1.0, p[order[i]] * double(p.size() - i)));
    adjusted[order[i]] = least;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(const std::vector<double>& p) {
  const std::vector<std::size_t> order = ascending(p);
  std::vector<double> adjusted(p.size());
  double most = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    most = std::min(most, p[order[i]] * double(p.size()) / double(i + 1));
    adjusted[order[i]] = most;
  }
  return adjusted;
}

}  // namespace faultline
