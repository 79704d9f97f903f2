// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

// Made-up noise for simulations, the same on every platform.

namespace faultline::noise {

inline double uniform(Random& random) {
  return (double(random.next() >> 11) + 0.5) / 9007199254740992.0;  // 2^53
}

/// Box and Muller; mean 0, deviation 1.
inline double normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(uniform(random)));
  return radius * std::cos(6.283185307179586 * uniform(random));
}

/// How the boots of an experiment scatter, on the logarithmic scale, around their arm's centre.
struct Model {
  std::string name;
  /// `boots` values in run order: one for each boot of the whole run, so that drift and memory can
  /// run over both arms. `arm[i]` is 0 or 1.
  std::vector<double> (*boots)(Random& random, const std::vector<int>& arm);
};

/// Normal, lognormal, 10 % outliers, bimodal, linear drift, AR(1), heteroscedastic arms.
const std::vector<Model>& models();

/// One simulated experiment: for each block the two boots, for each boot its iterations.
struct Experiment {
  std::vector<std::vector<double>> base;  ///< base[block][iteration], logarithms.
  std::vector<std::vector<double>> arm;
};

/// Each block boots both arms in random order; iterations scatter around their boot with a third of
/// the deviation between boots. `effect` is added to every boot of the second arm.
Experiment experiment(const Model& model, unsigned blocks, unsigned iterations, double effect,
                      Random& random);

/// The text layouts of two arms that are separate builds. Each arm has `count` of its own; block b
/// boots one of both, see layout_of_block().
struct Layouts {
  const Model* model = nullptr;  ///< How layouts scatter, in units of the deviation between boots.
  unsigned count = 1;            ///< 1: every block boots the same two kernels.
  double scale = 0;              ///< Of that scatter: 2 is twice what boots have.
};

/// Which layout each block boots: every `count` blocks go through all of them, in random order.
std::vector<unsigned> layout_of_block(unsigned blocks, unsigned count, Random& random);

/// Adds to every iteration what its arm's layout does.
void lay_out(Experiment& experiment, const Layouts& layouts,
             const std::vector<unsigned>& layout_of_block, Random& random);

/// What each block says: its arm's median iteration less the baseline's.
std::vector<double> block_effects(const Experiment& experiment);

}  // namespace faultline::noise
