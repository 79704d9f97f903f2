// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/instrumented_boot.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "instrument/plugin.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

/// A profile of a guest that runs for hours: far above what was ever seen.
constexpr std::size_t max_account_bytes = std::size_t{1} << 30;

ReadingForm form_of(const Instrument& instrument, bool several_nodes, bool cache) {
  return {.calls = instrument.calls,
          .memory = instrument.memory,
          .cache = instrument.memory && cache,
          .several_nodes = several_nodes};
}

/// "ram-node3" → 3
std::optional<unsigned> node_of(const RamBlock& block) {
  constexpr std::string_view prefix = "ram-node";
  if (!block.name.starts_with(prefix)) return std::nullopt;
  unsigned node = 0;
  const char* end = block.name.data() + block.name.size();
  const auto [stop, error] = std::from_chars(block.name.data() + prefix.size(), end, node);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return node;
}

bool ended_well(const StepRecord& step, std::uint32_t iteration) {
  return iteration < step.iterations.size() && step.iterations[iteration].end == ProcessEnd{};
}

}  // namespace

void check_instrument(const HypervisorFacts& hypervisor, const RunFolders& folders) {
  const std::string doing = "preparing to instrument guests";
  if (!hypervisor.uri.starts_with("qemu:///embed"))
    throw Error(ErrorKind::user_input, doing,
                "QEMU must read and write files of this process, which " + hypervisor.uri +
                    " does not promise",
                "leave --connect out");
  if (const auto obstacle = plugin_obstacle(hypervisor.qemu_binary))
    throw Error(ErrorKind::host, doing, *obstacle,
                "leave 'instrument' out of the experiment, or install a QEMU with plugins");
  if (!fs::exists(folders.plugin))
    throw Error(ErrorKind::host, doing, folders.plugin.string() + " is missing",
                "build the target faultline_instrument_plugin");
}

std::shared_ptr<const Symbols> load_symbols(const KernelArtifact& kernel,
                                            const RunFolders& folders) {
  auto symbols = std::make_shared<Symbols>();
  if (!kernel.symbols.empty()) symbols->kernel = KernelSymbols::parse(read_file(kernel.symbols));
  // Workloads first: code that several programs have is theirs.
  std::vector<fs::path> workloads;
  std::error_code ignored;
  for (const auto& entry :
       fs::recursive_directory_iterator(folders.guest_parts / "workloads", ignored))
    if (entry.is_regular_file()) workloads.push_back(entry.path());
  std::sort(workloads.begin(), workloads.end());
  for (const fs::path& program : workloads)
    symbols->programs.add(program.filename().string(), read_file(program));
  symbols->programs.add("agent", read_file(folders.guest_parts / "agent"));
  symbols->programs.add("busybox", read_file(folders.busybox));
  return symbols;
}

std::vector<MetricInfo> metrics_of_instrument(const std::string& workload,
                                              const Experiment& experiment) {
  const auto& topologies = experiment.topologies;
  const bool several_nodes = std::any_of(topologies.begin(), topologies.end(),
                                         [](const auto& t) { return t.nodes.size() > 1; });
  const bool cache = std::any_of(topologies.begin(), topologies.end(),
                                 [](const auto& t) { return t.cache.has_value(); });
  return instrument_metrics(workload, form_of(experiment.instrument, several_nodes, cache));
}

InstrumentedBoot::InstrumentedBoot(const BootOrder& order, const fs::path& scratch)
    : order_(order), out_(scratch / (order.boot_id + ".account")) {
  if (!order.symbols->kernel.functions.empty()) {
    functions_ = scratch / (order.boot_id + ".functions");
    write_file_atomically(functions_, function_list(order.symbols->kernel));
  }
  if (order.instrument.memory) layout_ = scratch / (order.boot_id + ".layout");
}

InstrumentedBoot::~InstrumentedBoot() {
  std::error_code ignored;
  for (const fs::path& file : {out_, functions_, layout_})
    if (!file.empty()) fs::remove(file, ignored);
}

std::string InstrumentedBoot::plugin_argument() const {
  PluginTask task;
  task.plugin = order_.plugin;
  task.out = out_;
  task.functions = functions_;
  task.layout = layout_;
  for (const TopologyNode& node : order_.topology.nodes) task.cpus.push_back(node.cpus);
  task.calls = order_.instrument.calls;
  if (const auto& cache = order_.topology.cache) {
    task.cache_sets = cache->sets;
    task.cache_ways = cache->ways;
    task.cache_line = cache->line;
  }
  return faultline::plugin_argument(task, order_.symbols->kernel);
}

void InstrumentedBoot::place_memory(const std::vector<RamBlock>& blocks) {
  // What a plugin is told of an address (QEMU 7.2, qemu_plugin_hwaddr_phys_addr()) is the place in
  // QEMU's RAM plus where the block begins in the machine's memory: behind the nodes before it.
  std::vector<NodeMemory> memory;
  for (const RamBlock& block : blocks)
    if (const auto node = node_of(block); node && *node < order_.topology.nodes.size()) {
      std::uint64_t before = 0;
      for (unsigned i = 0; i < *node; ++i) before += order_.topology.nodes[i].memory;
      memory.push_back({*node, block.offset + before, block.size});
    }
  if (memory.size() != order_.topology.nodes.size())
    throw Error(ErrorKind::libvirt, "looking for the nodes' memory in QEMU",
                std::to_string(memory.size()) + " blocks for " +
                    std::to_string(order_.topology.nodes.size()) + " nodes",
                "leave instrument: memory out");
  write_file_atomically(layout_, layout_text(memory));
}

void InstrumentedBoot::complete(BootRecord& record) const {
  std::error_code ignored;
  if (!fs::exists(out_, ignored)) {
    record.notes.push_back("instrument: QEMU did not load the plugin");
    return;
  }
  std::map<std::uint32_t, std::vector<PerCallMetric>> per_call;
  for (std::uint32_t step = 0; step < order_.steps.size(); ++step)
    for (const MetricDefinition& metric : order_.steps[step].metrics)
      if (!metric.per_call.empty()) per_call[step].push_back({metric.name, metric.per_call});
  const ReadingForm form = form_of(order_.instrument, order_.topology.nodes.size() > 1,
                                   order_.topology.cache.has_value());
  Reading reading = make_reading(read_account(read_file(out_, max_account_bytes)), *order_.symbols,
                                 form, per_call);
  for (const std::string& problem : reading.problems)
    record.notes.push_back("instrument: " + problem);
  for (StepRecord& step : record.steps) {
    const auto read = reading.steps.find(step.position);
    if (read == reading.steps.end()) continue;
    step.profile = std::move(read->second.profile);
    for (SampleRecord& sample : read->second.samples)
      if (ended_well(step, sample.iteration)) step.samples.push_back(std::move(sample));
  }
}

}  // namespace faultline
