// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "spec/catalogue.h"
#include "spec/shape.h"

namespace faultline {

/// Bounds of an experiment. What they protect is memory and time on hostile files; each is far
/// above what a person would wait for.
struct ExperimentLimits {
  static constexpr std::int64_t kernels = 256;
  static constexpr std::int64_t topologies = 256;
  static constexpr std::int64_t workloads = 256;
  static constexpr std::int64_t filters = 64;
  static constexpr std::uint64_t steps = 10'000;              ///< Different steps of an experiment.
  static constexpr std::uint64_t boots = 1'000'000;           ///< All blocks together.
  static constexpr std::uint64_t planned_steps = 10'000'000;  ///< Over all boots.
  static constexpr std::int64_t cpus = 512;
  static constexpr std::int64_t nodes = 64;
  static constexpr std::int64_t min_memory = std::int64_t{64} << 20;
  static constexpr std::int64_t max_memory = std::int64_t{16} << 40;
};

/// The grammar of an experiment file. Names of workloads and series are those of the catalogue.
Shape experiment_shape(const Catalogue& catalogue);

/// The names in the catalogue, sorted.
std::vector<std::string> workload_names(const Catalogue& catalogue);
std::vector<std::string> series_names(const Catalogue& catalogue);
std::vector<std::string> config_names(const Catalogue& catalogue);

}  // namespace faultline
