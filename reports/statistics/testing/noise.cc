// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/testing/noise.h"

#include <algorithm>

#include "reports/statistics/rank_statistics.h"

namespace faultline::noise {
namespace {

constexpr double kDeviation = 0.03;  ///< Between boots: 3 %.
constexpr double kWithin = 0.01;     ///< Between iterations of a boot.

template <typename Draw>
std::vector<double> each(Random& random, const std::vector<int>& arm, const Draw& draw) {
  std::vector<double> values(arm.size());
  for (std::size_t i = 0; i < arm.size(); ++i) values[i] = kDeviation * draw(random, i);
  return values;
}

std::vector<double> normal_boots(Random& random, const std::vector<int>& arm) {
  return each(random, arm, [](Random& r, std::size_t) { return normal(r); });
}

/// Skewed to the right, less its mean: the arms differ symmetrically all the same.
std::vector<double> lognormal_boots(Random& random, const std::vector<int>& arm) {
  return each(random, arm,
              [](Random& r, std::size_t) { return std::exp(0.8 * normal(r)) - std::exp(0.32); });
}

/// One boot in ten is far slower.
std::vector<double> outlier_boots(Random& random, const std::vector<int>& arm) {
  return each(random, arm,
              [](Random& r, std::size_t) { return normal(r) + (uniform(r) < 0.1 ? 10 : 0); });
}

/// A boot lands in one of two states, such as two memory layouts.
std::vector<double> bimodal_boots(Random& random, const std::vector<int>& arm) {
  return each(random, arm,
              [](Random& r, std::size_t) { return 0.3 * normal(r) + (uniform(r) < 0.5 ? 3 : 0); });
}

/// The host becomes slower from the first boot to the last, by five deviations in all.
std::vector<double> drifting_boots(Random& random, const std::vector<int>& arm) {
  return each(random, arm, [&](Random& r, std::size_t i) {
    return normal(r) + 5 * double(i) / double(arm.size());
  });
}

/// Each boot keeps 0.7 of what the one before had.
std::vector<double> correlated_boots(Random& random, const std::vector<int>& arm) {
  double state = normal(random);
  return each(random, arm, [&](Random& r, std::size_t) {
    return state = 0.7 * state + std::sqrt(1 - 0.49) * normal(r);
  });
}

/// The second arm scatters four times as much.
std::vector<double> unequal_boots(Random& random, const std::vector<int>& arm) {
  return each(random, arm,
              [&](Random& r, std::size_t i) { return normal(r) * (arm[i] == 1 ? 4 : 1); });
}

}  // namespace

const std::vector<Model>& models() {
  static const std::vector<Model> all{{"normal", normal_boots},
                                      {"lognormal", lognormal_boots},
                                      {"10 % outliers", outlier_boots},
                                      {"bimodal", bimodal_boots},
                                      {"linear drift", drifting_boots},
                                      {"AR(1), 0.7", correlated_boots},
                                      {"arms of spread 1:4", unequal_boots}};
  return all;
}

Experiment experiment(const Model& model, unsigned blocks, unsigned iterations, double effect,
                      Random& random) {
  std::vector<int> arm;
  for (unsigned block = 0; block < blocks; ++block) {
    const int first = static_cast<int>(random.below(2));
    arm.push_back(first);
    arm.push_back(1 - first);
  }
  const std::vector<double> boots = model.boots(random, arm);
  Experiment made;
  for (std::size_t i = 0; i < boots.size(); ++i) {
    std::vector<double> values(iterations);
    for (double& value : values)
      value = boots[i] + (arm[i] == 1 ? effect : 0) + kWithin * normal(random);
    (arm[i] == 1 ? made.arm : made.base).push_back(std::move(values));
  }
  return made;
}

std::vector<unsigned> layout_of_block(unsigned blocks, unsigned count, Random& random) {
  std::vector<unsigned> order;
  while (order.size() < blocks) {
    std::vector<unsigned> cycle(count);
    for (unsigned i = 0; i < count; ++i) cycle[i] = i;
    random.shuffle(cycle);
    order.insert(order.end(), cycle.begin(), cycle.end());
  }
  order.resize(blocks);
  return order;
}

void lay_out(Experiment& experiment, const Layouts& layouts,
             const std::vector<unsigned>& layout_of_block, Random& random) {
  for (auto* boots : {&experiment.base, &experiment.arm}) {
    const std::vector<double> deviations =
        layouts.model->boots(random, std::vector<int>(layouts.count, 0));
    for (std::size_t block = 0; block < boots->size(); ++block)
      for (double& value : (*boots)[block])
        value += layouts.scale * deviations[layout_of_block[block]];
  }
}

std::vector<double> block_effects(const Experiment& experiment) {
  std::vector<double> effects;
  for (std::size_t block = 0; block < experiment.base.size(); ++block)
    effects.push_back(median_of(experiment.arm[block]) - median_of(experiment.base[block]));
  return effects;
}

}  // namespace faultline::noise
