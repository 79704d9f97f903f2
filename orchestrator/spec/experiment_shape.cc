// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/experiment_shape.h"

#include <limits>

#include "spec/collectors.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

using namespace shape;

using Limits = ExperimentLimits;

constexpr std::int64_t day_ms = 24 * 3'600'000;

template <typename Map>
std::vector<std::string> keys_of(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

Shape with_hint(Shape shape, std::string hint) {
  shape.hint = std::move(hint);
  return shape;
}

Shape kernel_shape(const Catalogue& catalogue) {
  Shape fragment = text("A fragment of kernel-patches/config, or the path of a file.", 1024);
  fragment.choices = config_names(catalogue);
  return object(
      "a kernel", "One arm of the comparison: a kernel, its command line and its settings.",
      {required("name", name("Names the arm in results and reports.")),
       optional("like", text("Another kernel, whose keys this one takes over unless it gives them "
                             "itself.")),
       optional("source", text("debian:PACKAGE, git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE.")),
       optional("series", one_or_more(choice("series", series_names(catalogue),
                                             "A folder of kernel-patches."),
                                      64, "Patch series, applied in this order.")),
       optional("config", one_or_more(fragment, 64,
                                      "Config fragments; a later one wins over an earlier one.")),
       optional("cmdline", text("Further kernel parameters. Replaces those of 'like'.", 1024)),
       optional("settings",
                settings_shape("Written in the guest before the first step, and read back.")),
       optional("modules", text("With image: only: the folder lib/modules/RELEASE."))});
}

Shape topology_shape() {
  const Shape node = object(
      "a node", "One NUMA node.",
      {required("cpus", integer(0, Limits::cpus, "CPUs; 0 makes a node of memory only.")),
       required("memory",
                size(Limits::min_memory, Limits::max_memory, "Memory, a multiple of 1M.")),
       optional("host_node", integer(0, 1023, "Bind its memory and CPUs to this host node."))});
  const Shape distance =
      with_hint(integer(10, 254, "As in the ACPI SLIT: 10 is local."),
                "a distance is 10 for a node to itself and 11 to 254 between nodes");
  return object(
      "a topology", "The machine that a guest sees.",
      {required("name", name("Names the topology in results and reports.")),
       required("nodes", list(node, 1, Limits::nodes, "The NUMA nodes, node 0 first.")),
       optional("distances",
                list(list(distance, 1, Limits::nodes, "From one node to every node."), 1,
                     Limits::nodes, "A row for each node. Without it: 10 local, 20 remote.")),
       optional("sockets", integer(1, Limits::cpus, "Sockets of the machine.")),
       optional("cores", integer(1, Limits::cpus, "Cores of a socket.")),
       optional("threads", integer(1, 16, "Threads of a core.")),
       optional("backing", choice("memory backing", {"anonymous", "memfd", "hugepages"},
                                  "What the host backs the guest's memory with.")),
       optional("hugepage_size", choice("huge page size", {"2M", "1G"},
                                        "With backing: hugepages; 2M if not given.")),
       optional("pin", list(integer(0, 4095, "A CPU of the host."), 1, Limits::cpus,
                            "The host CPU of each guest CPU.")),
       optional("cache",
                object("a cache", "For instrument: memory, a cache in front of each node's CPUs.",
                       {required("sets", integer(1, 1 << 20, "Sets, a power of two.")),
                        required("ways", integer(1, 64, "Lines of a set.")),
                        optional("line", integer(16, 4096,
                                                 "Bytes of a line, a power of two; 64 if not "
                                                 "given."))}))});
}

Shape workload_shape(const Catalogue& catalogue) {
  return object(
      "a workload", "A workload and the values of its parameters.",
      {required("use", choice("workload", workload_names(catalogue), "A folder of workloads.")),
       optional("params", any("One value or a list of values for each parameter; every combination "
                              "is a step.")),
       optional("iterations", integer(1, 100'000,
                                      "Runs of the program in one boot; 1 if not "
                                      "given.")),
       optional("timeout", duration(1, 7 * day_ms,
                                    "Of one iteration at real speed; the "
                                    "workload's own if not given.")),
       optional("settings",
                settings_shape("Written before each of its steps, put back afterwards."))});
}

Shape filter_shape() {
  const auto names = [](const char* what) { return one_or_more(text("A name."), 256, what); };
  return object("a filter", "Keys that are given must all match; one that is not matches all.",
                {optional("kernels", names("Kernels that it matches.")),
                 optional("topologies", names("Topologies that it matches.")),
                 optional("workloads", names("Workloads that it matches.")),
                 optional("params", map(one_or_more(text("A value."), 1000, "Values."),
                                        "Steps whose parameters have these values."))});
}

Shape runs_shape() {
  return object(
      "runs", "How often everything is repeated, and when to stop.",
      {optional("blocks", integer(1, 1'000'000,
                                  "Blocks, each of which boots everything once; 6 if "
                                  "not given, 2 with accel: icount.")),
       optional("seed", integer(0, std::numeric_limits<std::int64_t>::max(),
                                "Decides every random order; 0 if not given.")),
       optional("precision", percentage("Add blocks until every primary interval is this narrow.")),
       optional("max_blocks", integer(1, 1'000'000,
                                      "With precision: no more than this; four "
                                      "times blocks if not given.")),
       optional("layouts", integer(2, 64,
                                   "Text layouts that each build is linked in; blocks go through "
                                   "them. 6 or more for a verdict.")),
       optional("budget", duration(1000, 365 * day_ms, "Begin no further boot after this long.")),
       optional("retries", integer(0, 10,
                                   "Further attempts of a boot that the host failed; 2 if "
                                   "not given.")),
       optional("perturbed", choice("place", {"apart", "count"},
                                    "Where collectors that perturb run: in further steps that no "
                                    "verdict counts, or in the measured ones."))});
}

Shape analysis_shape() {
  return object(
      "analysis", "How the results are read; fixed before the run.",
      {optional("method", choice("method", {"hodges-lehmann", "mean-t", "bootstrap"},
                                 "Estimate and interval; hodges-lehmann if not given.")),
       optional("equivalence", percentage("Ratios whose interval is within this of 1 are "
                                          "equivalent.")),
       optional("margins", map(text("A percentage for a ratio metric, a number in its unit for a "
                                    "difference."),
                               "The margin of equivalence of single metrics.")),
       optional("primary", one_or_more(text("A metric."), 100,
                                       "Metrics that are primary, in place of their workload's "
                                       "own."))});
}

Shape gate_shape() {
  return object(
      "a gate", "Ends run and compare with status 1 when a primary metric regressed.",
      {optional("times", choice("kind of times", {"backed", "any"},
                                "Topologies whose times are judged; backed if not given.")),
       optional("inconclusive", choice("answer", {"pass", "fail"},
                                       "What an inconclusive primary metric means; pass if not "
                                       "given."))});
}

Shape contamination_shape() {
  return object(
      "contamination", "Boots beyond one of these limits are repeated and not counted.",
      {optional("host_load", percentage("CPU time of other processes, of all CPUs.")),
       optional("steal", percentage("CPU time that the host's own host took.")),
       optional("frequency_drop", percentage("How far CPUs ran below their highest frequency.")),
       optional("memory_pressure", percentage("Time in which a task waited for memory.")),
       optional("clock_drift", percentage("How far the guest's clock went wrong.")),
       optional("other_guests", integer(0, 1000, "Other QEMU processes on the host.")),
       optional("reruns", integer(0, 10,
                                  "Further attempts of a contaminated boot; 2 if not "
                                  "given."))});
}

}  // namespace

Shape experiment_shape(const Catalogue& catalogue) {
  return object(
      "an experiment", "An experiment of Faultline.",
      {required("faultline", with_hint(integer(1, 1, "Version of this format."),
                                       "the version of this format is 1")),
       required("name", name("Names the experiment in databases and reports.")),
       optional("question", text("What it is to find out, in a sentence.")),
       optional("reference", text("Published figures to print beside these.")),
       required("kernels",
                list(kernel_shape(catalogue), 1, Limits::kernels, "The arms to compare.")),
       optional("baseline", text("The kernel that the others are compared with; the first if not "
                                 "given.")),
       required("topologies",
                list(topology_shape(), 1, Limits::topologies, "The machines to compare on.")),
       required("workloads",
                list(workload_shape(catalogue), 1, Limits::workloads, "What is measured.")),
       optional("include", list(filter_shape(), 1, Limits::filters,
                                "Only what one of these matches. Without it: everything.")),
       optional("exclude",
                list(filter_shape(), 0, Limits::filters, "Nothing that one of these matches.")),
       optional("collect", one_or_more(choice("collector", collector_names(), "A source."), 32,
                                       "What else is read of the kernel in each step.")),
       optional("instrument",
                one_or_more(choice("count", {"functions", "calls", "memory"}, "What to count."), 3,
                            "With accel: icount: what QEMU counts of each step.")),
       optional("runs", runs_shape()), optional("analysis", analysis_shape()),
       optional("gate", gate_shape()), optional("contamination", contamination_shape()),
       optional("accel", choice("accelerator", {"auto", "kvm", "tcg", "icount"},
                                "What guests run on; auto if not given.")),
       optional("functions", one_or_more(text("A function of the kernel.", 128), 64,
                                         "With collect: functions, those that are counted."))});
}

std::vector<std::string> workload_names(const Catalogue& catalogue) {
  return keys_of(catalogue.workloads);
}
std::vector<std::string> series_names(const Catalogue& catalogue) {
  return keys_of(catalogue.series);
}
std::vector<std::string> config_names(const Catalogue& catalogue) {
  return keys_of(catalogue.config_fragments);
}

}  // namespace faultline
