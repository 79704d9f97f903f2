// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outcome/profile.h"

// "Why did it change", as values: what else moved where a metric did (docs/statistics.md).

namespace faultline {

/// One end of a comparison of counters: median over boots, and how many.
struct CounterLevel {
  double median = 0;
  std::uint32_t boots = 0;
};

/// A counter in an arm against the baseline, paired by block as metrics are.
struct CounterMove {
  std::string source;                ///< "vmstat", "rmap_counters", "node0/numastat", …
  std::string name;                  ///< Places of allocations without their line numbers.
  std::vector<std::string> aliases;  ///< Others with the same number in every boot: SOURCE NAME.
  CounterLevel base;                 ///< Of the pairs below.
  CounterLevel arm;
  bool is_ratio = false;  ///< Positive in both arms in every block: arm/base, else arm - base.
  double change = 0;
  std::optional<double> low;  ///< 95 % interval; absent with too few pairs.
  std::optional<double> high;
  std::uint32_t n = 0;  ///< Complete blocks, or text layouts.
  std::optional<double> p;
  std::optional<double> adjusted_p;  ///< Over all counters looked at here (Benjamini-Hochberg).
  bool exact = false;                ///< Equal in every boot of either arm: no statistics.
};

/// What two arms executed in one step, to the last instruction: from one boot of each, for all of
/// an arm are equal.
struct ExecutionDifference {
  std::uint64_t base = 0;  ///< Instructions, all CPUs, kernel and programs.
  std::uint64_t arm = 0;
  bool memory = false;  ///< Accesses were counted as well.
  std::uint64_t base_local = 0, base_remote = 0;
  std::uint64_t arm_local = 0, arm_remote = 0;
  /// That differ in instructions or remote accesses; the largest change of instructions first.
  std::vector<FunctionDifference> functions;
  std::size_t equal = 0;  ///< Functions that are equal to the last instruction.
};

/// What moved along with the metrics of one step, in one arm on one topology.
struct Why {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  std::uint32_t step = 0;
  /// True: `comparisons` are differences; false: the largest inconclusive one, looked at to
  /// explore.
  bool confirmed = false;
  std::vector<std::uint32_t> comparisons;  ///< Indices into Report::comparisons, strongest first.
  std::uint32_t looked_at = 0;             ///< Counters that did not stand still.
  std::uint32_t blocks = 0;                ///< Most complete blocks (text layouts) of any of them.
  std::vector<CounterMove> moved;          ///< Moved beyond chance; the largest sure change first.
  /// From steps in which collectors ran that perturb: never judged; by source, largest first.
  std::vector<CounterMove> apart;
  std::optional<std::uint32_t> profile;         ///< Index into Report::profiles.
  std::optional<ExecutionDifference> executed;  ///< Between arms that are exact.
};

/// A function's own samples (it was at the end of the stack) and those with what it called.
struct FunctionShare {
  std::string function;
  double base_self = 0;  ///< Shares of all samples of the arm, 0 to 1.
  double arm_self = 0;
  double base_total = 0;
  double arm_total = 0;
  double noise = 0;  ///< Two standard errors of arm_self - base_self if samples were independent.
};

/// A node of both arms' call stacks laid over each other.
struct FlameNode {
  std::uint32_t frame = 0;   ///< Index into ProfileDifference::frames.
  std::uint32_t parent = 0;  ///< Index of its caller; the first node is the root, its own parent.
  double base = 0;           ///< Share of all samples of the arm, with all that it called.
  double arm = 0;
};

/// Where an arm spends its time against where the baseline does, each as shares of its samples.
struct ProfileDifference {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  std::uint32_t step = 0;
  /// Samples of perf without those of the idle task; instructions if `exact`.
  double base_samples = 0;
  double arm_samples = 0;
  double idle_samples = 0;  ///< Left out, of both arms.
  std::uint32_t base_boots = 0;
  std::uint32_t arm_boots = 0;
  std::vector<FunctionShare> functions;  ///< The largest change of their own share first.
  std::vector<std::string> frames;
  std::vector<FlameNode> nodes;  ///< Callers before what they call.
  /// Stacks of the instrument: counted, not sampled. Shares are of the larger arm's instructions,
  /// so that what both execute is equally wide, and there are no `functions`.
  bool exact = false;
  double left_out = 0;  ///< Greatest share of an arm in stacks too small to be drawn.
};

}  // namespace faultline
