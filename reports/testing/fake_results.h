// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

#include "outcome/results.h"

// Results for tests, made by rule from a seed: no guest was booted.

namespace faultline::fake {

struct FakeOptions {
  unsigned blocks = 6;
  std::uint64_t seed = 20100117;
  bool one_crash = false;  ///< Block 4 of arm "shared" on two-node dies in its largest step.
};

/// Like the quickstart experiment under TCG: arms chains (baseline) and shared, topologies one-node
/// and two-node, rmap-walk with 16, 64 and 256 children, four metrics, three iterations.
Results quickstart_results(const FakeOptions& options = {});

/// Every name, label and console filled with markup, quotes, marks that turn the direction of
/// writing, terminal escapes, bytes that are no UTF-8, and 10 KB of length.
Results hostile_results();

/// The quickstart on the instruction clock: two blocks that agree in every digit, and what the
/// instrument counted.
Results exact_results();

/// About `samples` samples in the shape of a long nightly run: 2 arms, 2 topologies, `steps` steps,
/// 5 metrics, 3 iterations; as many blocks as that takes.
Results large_results(std::size_t samples, std::size_t steps = 8);

/// Two experiments beside published curves, in one run: vmalloc's page tables with 2, 4 and 8
/// workers, each on a topology that differs in name alone, and aim7's search for the crossover.
Results published_results();

/// The quickstart with what collectors counted: counters that move with the walk, forty that do
/// not, and, from the first block, locks, functions and profiles of steps of their own.
Results explained_results(const FakeOptions& options = {});

}  // namespace faultline::fake
