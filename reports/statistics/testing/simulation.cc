// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/testing/simulation.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "reports/statistics/effect.h"
#include "reports/statistics/parallel.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sign_flip.h"
#include "reports/statistics/stopping.h"

namespace faultline::noise {
namespace {

constexpr unsigned kIterations = 10;
constexpr unsigned kResamples = 1999;
constexpr double kTail = 0.025;

bool excludes_zero(const Estimate& e) {
  return e.low && e.high && (*e.low > 0 || *e.high < 0);
}

struct Moments {
  double n = 0, mean = 0, variance = 0;
};

Moments moments_of(const std::vector<double>& values) {
  Moments m;
  m.n = double(values.size());
  for (const double value : values) m.mean += value / m.n;
  for (const double value : values) m.variance += (value - m.mean) * (value - m.mean) / (m.n - 1);
  return m;
}

bool welch_differs(const std::vector<double>& a, const std::vector<double>& b) {
  const Moments x = moments_of(a);
  const Moments y = moments_of(b);
  const double u = x.variance / x.n;
  const double v = y.variance / y.n;
  const double freedom = (u + v) * (u + v) / (u * u / (x.n - 1) + v * v / (y.n - 1));
  const double t = std::fabs(x.mean - y.mean) / std::sqrt(u + v);
  return t > boost::math::quantile(boost::math::students_t(freedom), 1 - kTail);
}

std::vector<double> pooled(const std::vector<std::vector<double>>& boots) {
  std::vector<double> all;
  for (const auto& boot : boots) all.insert(all.end(), boot.begin(), boot.end());
  return all;
}

std::vector<double> boot_values(const std::vector<std::vector<double>>& boots) {
  std::vector<double> values;
  for (const auto& boot : boots) values.push_back(median_of(boot));
  return values;
}

bool intervals_apart(const std::vector<double>& a, const std::vector<double>& b) {
  const Estimate x = faultline::mean_t(a);
  const Estimate y = faultline::mean_t(b);
  return *x.high < *y.low || *y.high < *x.low;
}

bool ranges_apart(const std::vector<double>& a, const std::vector<double>& b) {
  const auto [low_a, high_a] = std::minmax_element(a.begin(), a.end());
  const auto [low_b, high_b] = std::minmax_element(b.begin(), b.end());
  return *high_a < *low_b || *high_b < *low_a;
}

/// Runs one(i) for every experiment and adds the results up in order.
template <typename Result, typename One>
std::vector<Result> every(unsigned experiments, const One& one) {
  std::vector<Result> results(experiments);
  parallel_for(experiments, 0, [&](std::size_t i) { results[i] = one(i); });
  return results;
}

Random random_of(std::uint64_t seed, std::size_t experiment) {
  return Random(Random(seed + 0x9e3779b97f4a7c15ULL * (experiment + 1)).next());
}

}  // namespace

std::array<double, procedures> share_called_different(const Model& model, unsigned blocks,
                                                      double effect, unsigned experiments,
                                                      unsigned bootstrap_every,
                                                      std::uint64_t seed) {
  using Answers = std::array<bool, procedures>;
  const auto answers = every<Answers>(experiments, [&](std::size_t i) {
    Random random = random_of(seed, i);
    const Experiment made = experiment(model, blocks, kIterations, effect, random);
    const std::vector<double> effects = block_effects(made);
    const std::vector<double> base = boot_values(made.base);
    const std::vector<double> arm = boot_values(made.arm);
    Answers says{};
    says[hodges_lehmann] = excludes_zero(pseudo_median(effects));
    says[mean_t] = excludes_zero(faultline::mean_t(effects));
    if (i % bootstrap_every == 0)
      says[bootstrap] = excludes_zero(bca_mean(effects, random.next(), kResamples));
    says[welch_pooled] = welch_differs(pooled(made.base), pooled(made.arm));
    says[interval_overlap] = intervals_apart(base, arm);
    says[range_separation] = ranges_apart(base, arm);
    return says;
  });
  std::array<double, procedures> shares{};
  for (const Answers& says : answers)
    for (std::size_t p = 0; p < procedures; ++p) shares[p] += says[p];
  const unsigned asked = (experiments + bootstrap_every - 1) / bootstrap_every;
  for (std::size_t p = 0; p < procedures; ++p) shares[p] /= p == bootstrap ? asked : experiments;
  return shares;
}

LayoutAnswers share_with_layouts(const Model& model, const Layouts& layouts, unsigned blocks,
                                 double effect, unsigned experiments, std::uint64_t seed) {
  const auto answers = every<std::array<bool, 2>>(experiments, [&](std::size_t i) {
    Random random = random_of(seed, i);
    Experiment made = experiment(model, blocks, kIterations, effect, random);
    const std::vector<unsigned> of_block = layout_of_block(blocks, layouts.count, random);
    lay_out(made, layouts, of_block, random);
    const std::vector<double> effects = block_effects(made);
    std::vector<double> sums(layouts.count), sizes(layouts.count), means;
    for (std::size_t block = 0; block < effects.size(); ++block) {
      sums[of_block[block]] += effects[block];
      ++sizes[of_block[block]];
    }
    for (std::size_t layout = 0; layout < sums.size(); ++layout)
      if (sizes[layout] > 0) means.push_back(sums[layout] / sizes[layout]);
    return std::array{excludes_zero(pseudo_median(effects)), excludes_zero(pseudo_median(means))};
  });
  LayoutAnswers shares;
  for (const auto& [by_block, by_layout] : answers) {
    shares.by_block += double(by_block) / experiments;
    shares.by_layout += double(by_layout) / experiments;
  }
  return shares;
}

Stopped stop_when_precise(const Model& model, unsigned max_blocks, double precision,
                          unsigned experiments, std::uint64_t seed) {
  const std::vector<unsigned> looks = declared_looks(6, max_blocks);
  struct End {
    bool held = false;
    unsigned blocks = 0;
  };
  const auto ends = every<End>(experiments, [&](std::size_t i) {
    Random random = random_of(seed, i);
    const std::vector<double> all =
        block_effects(experiment(model, max_blocks, kIterations, 0, random));
    for (const unsigned look : looks) {
      const Estimate e =
          pseudo_median({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(look)});
      if (std::exp((*e.high - *e.low) / 2) - 1 <= precision || look == max_blocks)
        return End{*e.low <= 0 && 0 <= *e.high, look};
    }
    return End{};
  });
  Stopped stopped;
  for (const End& end : ends) {
    stopped.coverage += double(end.held) / experiments;
    stopped.mean_blocks += double(end.blocks) / experiments;
    stopped.early += double(end.blocks < max_blocks) / experiments;
  }
  return stopped;
}

namespace {

/// A row of block effects for each comparison.
std::vector<std::vector<double>> family_effects(const Model& model, unsigned blocks,
                                                const Family& family, Random& random) {
  const auto drawn = [&] {
    return block_effects(experiment(model, blocks, kIterations, 0, random));
  };
  const std::vector<double> common = drawn();
  const double own_share = std::sqrt(1 - family.shared);
  const double common_share = std::sqrt(family.shared);
  std::vector<std::vector<double>> rows;
  for (unsigned i = 0; i < family.comparisons; ++i) {
    std::vector<double>& row = rows.emplace_back(drawn());
    for (std::size_t block = 0; block < row.size(); ++block)
      row[block] = own_share * row[block] + common_share * common[block] +
                   (i < family.affected ? family.effect : 0);
  }
  return rows;
}

}  // namespace

std::array<FamilyRates, corrections> family_rates(const Model& model, unsigned blocks,
                                                  const Family& family, unsigned experiments,
                                                  std::uint64_t seed) {
  struct Counts {
    std::array<unsigned, corrections> found{};
    std::array<bool, corrections> any_false{};
  };
  const auto all = every<Counts>(experiments, [&](std::size_t i) {
    Random random = random_of(seed, i);
    const auto rows = family_effects(model, blocks, family, random);
    std::array<std::vector<double>, corrections> p;
    std::vector<bool> clear;
    for (const auto& row : rows) {
      p[uncorrected].push_back(signed_rank_p(signed_ranks(row)));
      clear.push_back(excludes_zero(pseudo_median(row)));
    }
    p[holm_alone] = holm(p[uncorrected]);
    p[joint] = joint_sign_flip_p(rows);
    Counts counts;
    for (std::size_t c = 0; c < corrections; ++c)
      for (std::size_t row = 0; row < rows.size(); ++row) {
        // As the report does: no adjusted p-value is less than the comparison's own.
        const double adjusted = std::max(p[c][row], p[uncorrected][row]);
        if (!clear[row] || adjusted > 2 * kTail) continue;
        if (row < family.affected)
          ++counts.found[c];
        else
          counts.any_false[c] = true;
      }
    return counts;
  });
  std::array<FamilyRates, corrections> rates{};
  for (const Counts& counts : all)
    for (std::size_t c = 0; c < corrections; ++c) {
      rates[c].any_false += double(counts.any_false[c]) / experiments;
      if (family.affected > 0)
        rates[c].found += double(counts.found[c]) / family.affected / experiments;
    }
  return rates;
}

}  // namespace faultline::noise
