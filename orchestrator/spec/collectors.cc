// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/collectors.h"

#include <algorithm>

namespace faultline {
namespace {

const CollectorDefinition* find_collector(const std::string& name) {
  const auto& all = collectors();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& known) { return known.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<CollectorDefinition>& collectors() {
  static const std::vector<CollectorDefinition> all{
      {"vmstat", "/proc/vmstat", false, false, ""},
      {"meminfo", "/proc/meminfo", false, false, ""},
      {"node_meminfo", "meminfo of each node", false, false, "NUMA"},
      {"node_vmstat", "vmstat of each node", false, false, "NUMA"},
      {"numastat", "numastat of each node", false, false, "NUMA"},
      {"slabinfo", "/proc/slabinfo", false, false, "SLUB_DEBUG"},
      {"allocinfo", "/proc/allocinfo", false, false, "MEM_ALLOC_PROFILING"},
      {"buddyinfo", "/proc/buddyinfo", false, false, ""},
      {"pagetypeinfo", "/proc/pagetypeinfo", false, false, ""},
      {"pressure", "/proc/pressure", false, false, "PSI"},
      {"zoneinfo", "/proc/zoneinfo", false, false, ""},
      {"vmallocinfo", "/proc/vmallocinfo", false, false, ""},
      {"interrupts", "/proc/interrupts", false, false, ""},
      {"contention", "tracepoints lock:contention_begin and _end", true, false, "EVENT_TRACING"},
      {"functions", "ftrace's function profiler", true, false, "FUNCTION_PROFILER"},
      {"perf", "perf record -e cpu-clock -g", true, true, "PERF_EVENTS"}};
  return all;
}

std::vector<std::string> collector_names() {
  std::vector<std::string> names;
  for (const CollectorDefinition& collector : collectors()) names.push_back(collector.name);
  return names;
}

std::vector<std::string> chosen_collectors(const Experiment& experiment, bool perturbing) {
  std::vector<std::string> names;
  for (const std::string& name : experiment.collect)
    if (const auto* known = find_collector(name); known && known->perturbs == perturbing)
      names.push_back(name);
  return names;
}

std::string image_of(const Experiment& experiment, const Catalogue& catalogue) {
  for (const WorkloadUse& use : experiment.workloads) {
    const auto workload = catalogue.workloads.find(use.workload);
    if (workload != catalogue.workloads.end() && workload->second.image == "debian")
      return "debian";
  }
  for (const std::string& name : experiment.collect)
    if (const auto* known = find_collector(name); known && known->debian) return "debian";
  return "minimal";
}

const std::vector<std::string>& symbols_of_image(const std::string& image) {
  static const std::vector<std::string> minimal;
  static const std::vector<std::string> debian{"VIRTIO_BLK", "SQUASHFS", "SQUASHFS_LZ4",
                                               "OVERLAY_FS", "TMPFS"};
  return image == "debian" ? debian : minimal;
}

}  // namespace faultline
