// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/effect.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sign_flip.h"

namespace faultline {
namespace {

constexpr double kTail = 0.025;
constexpr double kPower = 0.8;
constexpr double kLevel = 0.05;
constexpr std::uint32_t kMostFurther = 1000;

constexpr std::array<std::pair<Method, std::string_view>, 3> kMethods{
    {{Method::hodges_lehmann, "hodges-lehmann"},
     {Method::mean_t, "mean-t"},
     {Method::bootstrap, "bootstrap"}}};

double mean_of(const std::vector<double>& values) {
  double mean = 0;  // Divided first: sums of values at the ends of the doubles overflow.
  for (const double value : values) mean += value / double(values.size());
  return mean;
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double square = 0;
  for (const double value : values) square += (value - mean) * (value - mean);
  return std::sqrt(square / double(values.size() - 1));
}

double t_quantile(double probability, std::uint32_t n) {
  return boost::math::quantile(boost::math::students_t(double(n) - 1), probability);
}

/// Between the order statistics, as R's type 7 and SciPy do.
double quantile_of_sorted(const std::vector<double>& sorted, double probability) {
  const double place = std::clamp(probability, 0.0, 1.0) * double(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - double(below));
}

}  // namespace

std::string to_string(Method method) {
  for (const auto& [value, name] : kMethods)
    if (value == method) return std::string(name);
  return {};
}

std::optional<Method> method_from(std::string_view name) {
  for (const auto& [value, known] : kMethods)
    if (known == name) return value;
  return std::nullopt;
}

std::string describe(Method method, bool is_ratio) {
  const std::string effects = is_ratio ? "paired log-ratios" : "paired differences";
  switch (method) {
    case Method::hodges_lehmann:
      return "Hodges-Lehmann of " + effects + ", signed-rank interval";
    case Method::mean_t:
      return "mean of " + effects + ", Student's t interval";
    case Method::bootstrap:
      return "mean of " + effects + ", BCa bootstrap interval";
  }
  return {};
}

Estimate mean_t(const std::vector<double>& values) {
  Estimate estimate;
  estimate.n = static_cast<std::uint32_t>(values.size());
  if (values.empty()) return estimate;
  estimate.value = mean_of(values);
  if (values.size() < 2) return estimate;
  const double half =
      t_quantile(1 - kTail, estimate.n) * deviation_of(values) / std::sqrt(double(values.size()));
  estimate.low = estimate.value - half;
  estimate.high = estimate.value + half;
  return estimate;
}

Estimate bca_mean(const std::vector<double>& values, std::uint64_t seed, unsigned resamples) {
  Estimate estimate;
  estimate.n = static_cast<std::uint32_t>(values.size());
  if (values.empty()) return estimate;
  estimate.value = mean_of(values);
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least == *most) {
    estimate.value = *least;
    estimate.low = estimate.high = *least;
    return estimate;
  }
  Random random(seed);
  std::vector<double> means(resamples);
  for (double& mean : means) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      sum += values[random.below(values.size())] / double(values.size());
    mean = sum;
  }
  std::sort(means.begin(), means.end());
  const auto below = std::lower_bound(means.begin(), means.end(), estimate.value) - means.begin();
  const auto up_to = std::upper_bound(means.begin(), means.end(), estimate.value) - means.begin();
  const double share =
      std::clamp(double(below + up_to) / (2.0 * resamples), 0.5 / resamples, 1 - 0.5 / resamples);
  const boost::math::normal normal;
  const double bias = boost::math::quantile(normal, share);
  // The acceleration of a mean, from the jackknife: leaving out x moves the mean by (m - x)/(n -
  // 1).
  double square = 0;
  double cube = 0;
  for (const double value : values) {
    const double d = value - estimate.value;
    square += d * d;
    cube += d * d * d;
  }
  const double acceleration = cube / (6 * std::pow(square, 1.5));
  if (!std::isfinite(acceleration)) return estimate;  // Values at the ends of the doubles.
  const auto bound = [&](double probability) {
    const double z = bias + boost::math::quantile(normal, probability);
    const double moved = bias + z / (1 - acceleration * z);
    return quantile_of_sorted(means, boost::math::cdf(normal, moved));
  };
  estimate.low = bound(kTail);
  estimate.high = bound(1 - kTail);
  return estimate;
}

Effect estimate_effect(Method method, const std::vector<double>& effects, std::uint64_t seed) {
  Effect effect;
  switch (method) {
    case Method::hodges_lehmann:
      effect.estimate = pseudo_median(effects);
      effect.p = signed_rank_p(signed_ranks(effects));
      break;
    case Method::mean_t:
      effect.estimate = mean_t(effects);
      effect.p = sign_flip_p(effects, seed);
      break;
    case Method::bootstrap:
      effect.estimate = bca_mean(effects, seed);
      effect.p = sign_flip_p(effects, seed + 1);
      break;
  }
  const Estimate& e = effect.estimate;
  const bool finite = std::isfinite(e.value) && std::isfinite(e.low.value_or(0)) &&
                      std::isfinite(e.high.value_or(0));
  if (effects.size() < kFewestForInterval || !finite) {
    effect.estimate.low.reset();
    effect.estimate.high.reset();
  }
  return effect;
}

std::optional<std::uint32_t> further_blocks(double value, double half_width, std::uint32_t n,
                                            std::optional<double> margin, std::size_t comparisons) {
  if (n < 2 || !std::isfinite(value) || !std::isfinite(half_width)) return std::nullopt;
  // A half-width shrinks as Student's quantile over the root of n.
  const double spread = half_width * std::sqrt(double(n)) / t_quantile(1 - kTail, n);
  const std::uint32_t first = std::max<std::uint32_t>(n + 1, kFewestForInterval);
  for (std::uint32_t wanted = first; wanted <= n + kMostFurther; ++wanted) {
    const double reach = (t_quantile(1 - kTail, wanted) + t_quantile(kPower, wanted)) * spread /
                         std::sqrt(double(wanted));
    const double least_p =
        wanted > 60 ? 0 : double(comparisons) / double(std::uint64_t{1} << (wanted - 1));
    if (std::fabs(value) > reach && least_p <= kLevel) return wanted - n;
    if (margin && std::fabs(value) + reach < *margin) return wanted - n;
  }
  return std::nullopt;
}

double visible_effect(const std::vector<double>& effects, std::uint32_t n) {
  if (effects.size() < 2 || n < kFewestForInterval) return 0;
  // Few blocks may have a deviation that is small by luck; the larger of two measures of spread
  // promises too little rather than too much.
  std::vector<double> sizes(effects.size());
  const double middle = median_of(effects);
  for (std::size_t i = 0; i < sizes.size(); ++i) sizes[i] = std::fabs(effects[i] - middle);
  const double spread = std::max(1.4826 * median_of(sizes), deviation_of(effects));
  return (t_quantile(1 - kTail, n) + t_quantile(kPower, n)) * spread / std::sqrt(double(n));
}

}  // namespace faultline
