// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// What a step executed and which memory it touched, counted exactly (docs/instrument.md): plain
// data, and what is derived from it. Pure.

namespace faultline {

struct CpuInstructions {
  std::uint32_t cpu = 0;
  std::uint64_t instructions = 0;
  bool operator==(const CpuInstructions&) const = default;
};

/// Loads and stores from the CPUs of one node to the memory of one node.
struct NodeTraffic {
  static constexpr std::int32_t no_node = -1;  ///< Devices and firmware.
  std::uint32_t cpu_node = 0;
  std::int32_t memory_node = no_node;
  std::uint64_t loads = 0;
  std::uint64_t stores = 0;
  std::uint64_t load_misses = 0;  ///< Of the cache that the topology describes; 0 without one.
  std::uint64_t store_misses = 0;

  bool is_memory() const { return memory_node != no_node; }
  bool is_remote() const {
    return is_memory() && static_cast<std::uint32_t>(memory_node) != cpu_node;
  }
  std::uint64_t accesses() const { return loads + stores; }
  std::uint64_t misses() const { return load_misses + store_misses; }
  bool operator==(const NodeTraffic&) const = default;
};

/// One function in one step, all its iterations together.
struct FunctionProfile {
  std::string image;                          ///< "kernel", or the program's name.
  std::string function;                       ///< "" where there are no symbols.
  std::uint64_t entries = 0;                  ///< Times that its first instruction was executed.
  std::vector<CpuInstructions> instructions;  ///< By CPU, ascending.
  std::vector<NodeTraffic> traffic;           ///< By CPU's node, then memory's.

  std::uint64_t total() const;
  bool operator==(const FunctionProfile&) const = default;
};

/// Of one step.
struct StepProfile {
  std::vector<FunctionProfile> functions;  ///< By image, then name.
  /// Call stacks, outermost function first, "a;b;c COUNT" a line, sorted; "" if not asked for.
  std::string folded;

  bool empty() const { return functions.empty() && folded.empty(); }
  bool operator==(const StepProfile&) const = default;
};

/// All that a step did, in one row each pair of nodes.
std::vector<NodeTraffic> traffic_between_nodes(const StepProfile& profile);

/// A function in two profiles; 0 where one of them does not have it.
struct FunctionDifference {
  std::string image;
  std::string function;
  std::uint64_t before = 0;  ///< Instructions.
  std::uint64_t after = 0;
  std::uint64_t entries_before = 0;
  std::uint64_t entries_after = 0;
  std::uint64_t remote_before = 0;  ///< Accesses to memory of other nodes.
  std::uint64_t remote_after = 0;

  std::int64_t change() const { return static_cast<std::int64_t>(after - before); }
  bool operator==(const FunctionDifference&) const = default;
};

/// Every function of either, the largest change of instructions first; functions that are equal in
/// everything come last. Exact: there is nothing to estimate.
std::vector<FunctionDifference> profile_difference(const StepProfile& before,
                                                   const StepProfile& after);

/// Calls visit(stack, count) for each line of StepProfile::folded.
void for_each_stack(std::string_view folded,
                    const std::function<void(std::string_view, std::uint64_t)>& visit);

/// A call stack in two profiles.
struct StackDifference {
  std::string stack;  ///< "a;b;c"
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  bool operator==(const StackDifference&) const = default;
};

/// Every stack of either, sorted by its text: what a difference flame graph is drawn from.
std::vector<StackDifference> stack_difference(std::string_view folded_before,
                                              std::string_view folded_after);

}  // namespace faultline
