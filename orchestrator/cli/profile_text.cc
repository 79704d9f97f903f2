// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/profile_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "outcome/profile.h"

namespace faultline {
namespace {

using Json = nlohmann::json;

constexpr std::size_t rows_shown = 30;

/// 1234567 as "1,234,567": counts are exact and shown whole.
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string signed_change(std::uint64_t before, std::uint64_t after) {
  if (before == after) return "0";
  return after > before ? "+" + grouped(after - before) : "-" + grouped(before - after);
}

std::string percent_change(std::uint64_t before, std::uint64_t after) {
  if (before == 0) return after == 0 ? "" : "new";
  if (after == 0) return "gone";
  return fmt::format("{:+.2f} %",
                     (static_cast<double>(after) / static_cast<double>(before) - 1) * 100);
}

std::string name_of(const std::string& image, const std::string& function) {
  const std::string name = function.empty() ? "(no symbols)" : printable(function, 60);
  return image == "kernel" ? name : printable(image, 30) + ": " + name;
}

std::string title(const StepRecord& step) {
  return step.workload + (step.params.empty() ? "" : " " + step.params) +
         (step.perturbed ? " (perturbed by a collector)" : "");
}

std::uint64_t total_of(const StepProfile& profile) {
  std::uint64_t total = 0;
  for (const FunctionProfile& function : profile.functions) total += function.total();
  return total;
}

struct Accesses {
  std::uint64_t local = 0, remote = 0, misses = 0, remote_misses = 0;
};

Accesses accesses_of(const std::vector<NodeTraffic>& traffic) {
  Accesses sum;
  for (const NodeTraffic& row : traffic) {
    if (!row.is_memory()) continue;
    (row.is_remote() ? sum.remote : sum.local) += row.accesses();
    sum.misses += row.misses();
    if (row.is_remote()) sum.remote_misses += row.misses();
  }
  return sum;
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
}

/// Between which nodes the accesses went, and what that would cost by the distance table.
std::string traffic_text(const StepProfile& profile,
                         const std::vector<std::vector<unsigned>>& distances) {
  const std::vector<NodeTraffic> rows = traffic_between_nodes(profile);
  if (rows.empty()) return {};
  const Accesses sum = accesses_of(rows);
  const std::uint64_t all = sum.local + sum.remote;
  std::string text = fmt::format("  memory: {} accesses, {:.4f} % remote\n", grouped(all),
                                 percent(sum.remote, all));
  if (sum.misses > 0)
    text += fmt::format("  cache: {} misses, {:.4f} % remote\n", grouped(sum.misses),
                        percent(sum.remote_misses, sum.misses));
  double weighted = 0;
  bool all_known = true;
  for (const NodeTraffic& row : rows) {
    const std::string to =
        row.is_memory() ? fmt::format("node {}", row.memory_node) : "devices and firmware";
    text += fmt::format("    from node {} to {:<20} {:>18} loads {:>18} stores", row.cpu_node, to,
                        grouped(row.loads), grouped(row.stores));
    if (row.misses() > 0) text += fmt::format(" {:>16} misses", grouped(row.misses()));
    text += "\n";
    if (!row.is_memory()) continue;
    const auto memory_node = static_cast<std::size_t>(row.memory_node);
    if (row.cpu_node >= distances.size() || memory_node >= distances[row.cpu_node].size())
      all_known = false;
    else
      weighted += static_cast<double>(sum.misses > 0 ? row.misses() : row.accesses()) *
                  distances[row.cpu_node][memory_node];
  }
  const std::uint64_t base = sum.misses > 0 ? sum.misses : all;
  if (all_known && base > 0)
    text += fmt::format(
        "  modelled: mean distance {:.3f} {} (10 is local), from the distance table alone\n",
        weighted / static_cast<double>(base), sum.misses > 0 ? "a miss" : "an access");
  return text;
}

std::string functions_text(const StepProfile& profile, bool all) {
  std::vector<const FunctionProfile*> rows;
  bool memory = false;
  for (const FunctionProfile& function : profile.functions) {
    rows.push_back(&function);
    memory = memory || !function.traffic.empty();
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->total() > b->total(); });
  const std::uint64_t total = total_of(profile);
  std::string text = fmt::format("  {:>18} {:>8} {:>14}", "instructions", "share", "entries");
  if (memory) text += fmt::format(" {:>16} {:>16}", "local", "remote");
  text += "  function\n";
  const std::size_t shown = all ? rows.size() : std::min(rows.size(), rows_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("  {:>18} {:>6.2f} % {:>14}", grouped(rows[i]->total()),
                        percent(rows[i]->total(), total), grouped(rows[i]->entries));
    if (memory) {
      const Accesses sum = accesses_of(rows[i]->traffic);
      text += fmt::format(" {:>16} {:>16}", grouped(sum.local), grouped(sum.remote));
    }
    text += "  " + name_of(rows[i]->image, rows[i]->function) + "\n";
  }
  if (shown < rows.size())
    text += fmt::format("  and {} further functions; --all shows them\n", rows.size() - shown);
  return text;
}

const StepRecord* same_step(const BootRecord& boot, const StepRecord& step) {
  const auto found = std::find_if(boot.steps.begin(), boot.steps.end(), [&](const auto& other) {
    return other.workload == step.workload && other.params == step.params &&
           other.perturbed == step.perturbed;
  });
  return found == boot.steps.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::vector<unsigned>> distances_of(const std::string& topology_json) {
  const Json json = Json::parse(topology_json, nullptr, false);
  std::vector<std::vector<unsigned>> distances;
  if (!json.is_object() || !json.contains("distances")) return distances;
  for (const Json& row : json["distances"]) {
    auto& numbers = distances.emplace_back();
    for (const Json& number : row)
      numbers.push_back(number.is_number_unsigned() ? number.get<unsigned>() : 0);
  }
  return distances;
}

std::string profile_text(const BootRecord& boot,
                         const std::vector<std::vector<unsigned>>& distances, bool all) {
  std::string text;
  for (const StepRecord& step : boot.steps) {
    if (step.profile.empty()) continue;
    text += fmt::format("== {}: {} instructions\n", title(step), grouped(total_of(step.profile)));
    text += traffic_text(step.profile, distances);
    text += functions_text(step.profile, all);
  }
  return text;
}

std::string difference_text(const BootRecord& before, const BootRecord& after, bool all) {
  std::string text;
  for (const StepRecord& step : before.steps) {
    const StepRecord* other = same_step(after, step);
    if (other == nullptr || step.profile.empty() || other->profile.empty()) continue;
    const std::uint64_t total_before = total_of(step.profile);
    const std::uint64_t total_after = total_of(other->profile);
    text += fmt::format("== {} on {}: {} against {}\n", title(step), before.topology, after.arm,
                        before.arm);
    text += fmt::format("  {:>18} {:>18} {:>18} {:>10} {:>14}  function\n",
                        before.arm.substr(0, 18), after.arm.substr(0, 18), "change", "", "entries");
    text += fmt::format("  {:>18} {:>18} {:>18} {:>10} {:>14}  (all)\n", grouped(total_before),
                        grouped(total_after), signed_change(total_before, total_after),
                        percent_change(total_before, total_after), "");
    const std::vector<FunctionDifference> rows = profile_difference(step.profile, other->profile);
    std::size_t shown = 0, changed = 0;
    for (const FunctionDifference& row : rows) {
      if (row.before == row.after && row.remote_before == row.remote_after) continue;
      ++changed;
      if (!all && shown >= rows_shown) continue;
      ++shown;
      text += fmt::format(
          "  {:>18} {:>18} {:>18} {:>10} {:>14}  {}", grouped(row.before), grouped(row.after),
          signed_change(row.before, row.after), percent_change(row.before, row.after),
          signed_change(row.entries_before, row.entries_after), name_of(row.image, row.function));
      if (row.remote_before != row.remote_after)
        text += fmt::format(" (remote {})", signed_change(row.remote_before, row.remote_after));
      text += "\n";
    }
    if (shown < changed)
      text += fmt::format("  and {} further functions; --all shows them\n", changed - shown);
    text +=
        fmt::format("  {} functions are equal to the last instruction\n", rows.size() - changed);
  }
  return text;
}

std::string difference_json(const BootRecord& before, const BootRecord& after) {
  Json steps = Json::array();
  for (const StepRecord& step : before.steps) {
    const StepRecord* other = same_step(after, step);
    if (other == nullptr || step.profile.empty() || other->profile.empty()) continue;
    Json functions = Json::array();
    for (const FunctionDifference& row : profile_difference(step.profile, other->profile))
      functions.push_back({{"image", row.image},
                           {"function", row.function},
                           {"instructions", {row.before, row.after}},
                           {"entries", {row.entries_before, row.entries_after}},
                           {"remote_accesses", {row.remote_before, row.remote_after}}});
    Json stacks = Json::array();
    for (const StackDifference& row : stack_difference(step.profile.folded, other->profile.folded))
      stacks.push_back({{"stack", row.stack}, {"instructions", {row.before, row.after}}});
    steps.push_back({{"workload", step.workload},
                     {"params", step.params},
                     {"perturbed", step.perturbed},
                     {"functions", std::move(functions)},
                     {"stacks", std::move(stacks)}});
  }
  const Json json{{"schema", 1},
                  {"topology", before.topology},
                  {"baseline", {{"arm", before.arm}, {"boot", before.boot_id}}},
                  {"arm", {{"arm", after.arm}, {"boot", after.boot_id}}},
                  {"steps", std::move(steps)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace faultline
