// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/profile.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>
#include <utility>

namespace faultline {
namespace {

void add_to(NodeTraffic& sum, const NodeTraffic& part) {
  sum.loads += part.loads;
  sum.stores += part.stores;
  sum.load_misses += part.load_misses;
  sum.store_misses += part.store_misses;
}

std::uint64_t remote_accesses(const FunctionProfile& function) {
  std::uint64_t sum = 0;
  for (const NodeTraffic& traffic : function.traffic)
    if (traffic.is_remote()) sum += traffic.accesses();
  return sum;
}

std::uint64_t magnitude(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : b - a;
}

using Stacks = std::map<std::string, std::pair<std::uint64_t, std::uint64_t>, std::less<>>;

}  // namespace

void for_each_stack(std::string_view folded,
                    const std::function<void(std::string_view, std::uint64_t)>& visit) {
  while (!folded.empty()) {
    const std::size_t end = std::min(folded.find('\n'), folded.size());
    const std::string_view line = folded.substr(0, end);
    folded.remove_prefix(std::min(end + 1, folded.size()));
    const std::size_t blank = line.rfind(' ');
    if (blank == std::string_view::npos) continue;
    std::uint64_t count = 0;
    std::from_chars(line.data() + blank + 1, line.data() + line.size(), count);
    visit(line.substr(0, blank), count);
  }
}

std::uint64_t FunctionProfile::total() const {
  std::uint64_t sum = 0;
  for (const CpuInstructions& cpu : instructions) sum += cpu.instructions;
  return sum;
}

std::vector<NodeTraffic> traffic_between_nodes(const StepProfile& profile) {
  std::map<std::pair<std::uint32_t, std::int32_t>, NodeTraffic> pairs;
  for (const FunctionProfile& function : profile.functions)
    for (const NodeTraffic& traffic : function.traffic) {
      NodeTraffic& sum = pairs[{traffic.cpu_node, traffic.memory_node}];
      sum.cpu_node = traffic.cpu_node;
      sum.memory_node = traffic.memory_node;
      add_to(sum, traffic);
    }
  std::vector<NodeTraffic> rows;
  for (const auto& [nodes, sum] : pairs) rows.push_back(sum);
  return rows;
}

std::vector<FunctionDifference> profile_difference(const StepProfile& before,
                                                   const StepProfile& after) {
  std::map<std::pair<std::string, std::string>, FunctionDifference> functions;
  const auto row = [&](const FunctionProfile& function) -> FunctionDifference& {
    FunctionDifference& found = functions[{function.image, function.function}];
    found.image = function.image;
    found.function = function.function;
    return found;
  };
  for (const FunctionProfile& function : before.functions) {
    FunctionDifference& found = row(function);
    found.before += function.total();
    found.entries_before += function.entries;
    found.remote_before += remote_accesses(function);
  }
  for (const FunctionProfile& function : after.functions) {
    FunctionDifference& found = row(function);
    found.after += function.total();
    found.entries_after += function.entries;
    found.remote_after += remote_accesses(function);
  }
  std::vector<FunctionDifference> rows;
  for (auto& [name, difference] : functions) rows.push_back(std::move(difference));
  const auto weight = [](const FunctionDifference& row) {
    return std::tuple(magnitude(row.before, row.after),
                      magnitude(row.remote_before, row.remote_after),
                      magnitude(row.entries_before, row.entries_after));
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& a, const auto& b) { return weight(a) > weight(b); });
  return rows;
}

std::vector<StackDifference> stack_difference(std::string_view folded_before,
                                              std::string_view folded_after) {
  Stacks stacks;
  for_each_stack(folded_before, [&](std::string_view stack, std::uint64_t count) {
    stacks[std::string(stack)].first += count;
  });
  for_each_stack(folded_after, [&](std::string_view stack, std::uint64_t count) {
    stacks[std::string(stack)].second += count;
  });
  std::vector<StackDifference> rows;
  for (const auto& [stack, counts] : stacks) rows.push_back({stack, counts.first, counts.second});
  return rows;
}

}  // namespace faultline
