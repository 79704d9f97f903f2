// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/reading.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace faultline {
namespace {

using Place = Account::Place;

constexpr const char* kernel_image = "kernel";
/// Kernel code outside of the build: modules, and what the kernel writes itself.
constexpr const char* module_image = "kernel modules";

bool is_user(const std::string& image) {
  return image != kernel_image && image != module_image;
}

/// Names of all places of an account.
class PlaceNames {
 public:
  PlaceNames(const Account& account, const Symbols& symbols) {
    names_.reserve(account.places.size());
    for (const Place& place : account.places) names_.push_back(name_of(place, symbols));
  }
  const ProgramFunction& operator[](std::uint32_t place) const { return names_[place]; }

 private:
  static ProgramFunction name_of(const Place& place, const Symbols& symbols) {
    if (place.kind == Place::Kind::user) return symbols.programs.find(place.page, place.pc);
    const auto& functions = symbols.kernel.functions;
    if (place.kind == Place::Kind::kernel && place.function < functions.size())
      return {kernel_image, functions[place.function].name, true};
    if (functions.empty()) return {kernel_image, "", false};
    return {module_image, "", false};
  }
  std::vector<ProgramFunction> names_;
};

/// One step while its iterations are added up.
struct Sum {
  struct Function {
    std::uint64_t entries = 0;
    std::map<std::uint32_t, std::uint64_t> instructions;
    std::map<std::pair<std::uint32_t, std::int32_t>, NodeTraffic> traffic;
  };
  std::map<std::pair<std::string, std::string>, Function> functions;
  std::map<std::string, std::uint64_t> stacks;

  Function& function(const ProgramFunction& name) { return functions[{name.image, name.function}]; }
};

void add(const Account::Section& section, const PlaceNames& names, bool calls, Sum& sum) {
  for (const auto& row : section.instructions)
    sum.function(names[row.place]).instructions[row.cpu] += row.count;
  // A block of a program is a place of its own; only the first one is where the function begins.
  for (const auto& row : section.entries)
    if (names[row.place].is_begin) sum.function(names[row.place]).entries += row.count;
  for (const auto& row : section.accesses) {
    NodeTraffic& traffic =
        sum.function(names[row.place]).traffic[{row.traffic.cpu_node, row.traffic.memory_node}];
    traffic.cpu_node = row.traffic.cpu_node;
    traffic.memory_node = row.traffic.memory_node;
    traffic.loads += row.traffic.loads;
    traffic.stores += row.traffic.stores;
    traffic.load_misses += row.traffic.load_misses;
    traffic.store_misses += row.traffic.store_misses;
  }
  if (!calls) return;
  for (const auto& stack : section.stacks) {
    std::string text;
    const std::string* last = nullptr;
    for (const std::uint32_t place : stack.path) {
      const ProgramFunction& name = names[place];
      const std::string& shown = name.function.empty() ? name.image : name.function;
      if (last && *last == shown) continue;
      if (!text.empty()) text += ';';
      text += shown;
      last = &shown;
    }
    sum.stacks[text] += stack.count;
  }
}

/// User code has no call stacks: each of its functions stands below its program.
void add_user_stacks(Sum& sum) {
  for (const auto& [name, function] : sum.functions) {
    if (!is_user(name.first)) continue;
    std::uint64_t total = 0;
    for (const auto& [cpu, count] : function.instructions) total += count;
    if (total > 0)
      sum.stacks[name.second.empty() ? name.first : name.first + ";" + name.second] += total;
  }
}

StepProfile finish(Sum sum, bool calls) {
  StepProfile profile;
  if (calls) add_user_stacks(sum);
  for (const auto& [name, function] : sum.functions) {
    FunctionProfile row{name.first, name.second, function.entries, {}, {}};
    for (const auto& [cpu, count] : function.instructions) row.instructions.push_back({cpu, count});
    for (const auto& [nodes, traffic] : function.traffic) row.traffic.push_back(traffic);
    profile.functions.push_back(std::move(row));
  }
  for (const auto& [stack, count] : sum.stacks)
    profile.folded += stack + " " + std::to_string(count) + "\n";
  return profile;
}

/// Instructions of one iteration for each call of the metric's functions, or none if nothing called
/// them.
void add_per_call(const Account::Section& section, const PlaceNames& names,
                  const PerCallMetric& metric, std::vector<SampleRecord>& samples) {
  const std::set<std::string_view> wanted(metric.functions.begin(), metric.functions.end());
  const auto is_wanted = [&](std::uint32_t place) {
    return names[place].image == kernel_image && wanted.contains(names[place].function);
  };
  std::uint64_t calls = 0;
  for (const auto& row : section.entries)
    if (is_wanted(row.place)) calls += row.count;
  if (calls == 0) return;
  std::uint64_t instructions = 0;
  for (const auto& stack : section.stacks)
    if (std::any_of(stack.path.begin(), stack.path.end(), is_wanted)) instructions += stack.count;
  samples.push_back({metric.metric, section.iteration,
                     static_cast<double>(instructions) / static_cast<double>(calls)});
}

void add_samples(const Account::Section& section, const PlaceNames& names, const ReadingForm& form,
                 std::vector<SampleRecord>& samples) {
  const auto add = [&](const char* metric, std::uint64_t value) {
    samples.push_back({metric, section.iteration, static_cast<double>(value)});
  };
  std::uint64_t user = 0;
  for (const auto& row : section.instructions)
    if (is_user(names[row.place].image)) user += row.count;
  add("instructions", section.total);
  add("kernel_instructions", section.total - user);
  add("user_instructions", user);
  if (!form.memory) return;
  std::uint64_t local = 0, remote = 0, local_misses = 0, remote_misses = 0;
  for (const auto& row : section.accesses) {
    if (!row.traffic.is_memory()) continue;
    (row.traffic.is_remote() ? remote : local) += row.traffic.accesses();
    (row.traffic.is_remote() ? remote_misses : local_misses) += row.traffic.misses();
  }
  add("local_accesses", local);
  if (form.several_nodes) add("remote_accesses", remote);
  if (form.cache) add("local_misses", local_misses);
  if (form.cache && form.several_nodes) add("remote_misses", remote_misses);
}

}  // namespace

Reading make_reading(const Account& account, const Symbols& symbols, const ReadingForm& form,
                     const std::map<std::uint32_t, std::vector<PerCallMetric>>& per_call) {
  const PlaceNames names(account, symbols);
  Reading reading;
  reading.problems = account.problems;
  std::map<std::uint32_t, Sum> sums;
  for (const Account::Section& section : account.sections) {
    add(section, names, form.calls, sums[section.step]);
    std::vector<SampleRecord>& samples = reading.steps[section.step].samples;
    add_samples(section, names, form, samples);
    const auto wanted = per_call.find(section.step);
    if (!form.calls || wanted == per_call.end()) continue;
    for (const PerCallMetric& metric : wanted->second)
      add_per_call(section, names, metric, samples);
  }
  for (auto& [step, sum] : sums) reading.steps[step].profile = finish(std::move(sum), form.calls);
  for (auto& [step, read] : reading.steps)
    std::stable_sort(read.samples.begin(), read.samples.end(),
                     [](const auto& a, const auto& b) { return a.metric < b.metric; });
  return reading;
}

std::vector<MetricInfo> instrument_metrics(const std::string& workload, const ReadingForm& form) {
  std::vector<MetricInfo> metrics;
  const auto add = [&](const char* name, const char* unit, const char* direction, const char* scale,
                       const char* what) {
    metrics.push_back({workload, name, unit, direction, scale, "median", false, what});
  };
  add("instructions", "instr", "lower", "ratio", "instructions of all CPUs while it ran");
  add("kernel_instructions", "instr", "lower", "ratio", "of them, in the kernel");
  add("user_instructions", "instr", "neutral", "ratio", "of them, in programs");
  if (!form.memory) return metrics;
  add("local_accesses", "accesses", "neutral", "ratio", "loads and stores of the CPU's own node");
  if (form.several_nodes)
    add("remote_accesses", "accesses", "lower", "difference",
        "loads and stores of other nodes' memory");
  if (form.cache)
    add("local_misses", "misses", "lower", "difference",
        "accesses to the CPU's own node that the topology's cache does not hold");
  if (form.cache && form.several_nodes)
    add("remote_misses", "misses", "lower", "difference",
        "accesses to other nodes' memory that the topology's cache does not hold");
  return metrics;
}

}  // namespace faultline
