// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "spec/catalogue.h"
#include "spec/read_definitions.h"

// A small catalogue for tests of spec and plan: a workload with a parameter of every type, one with
// none, three series, one of which builds on another, and two config fragments.

namespace faultline::test {

inline const std::string walk_yaml = R"(workload: walk
summary: a workload for tests
command: ["walk", "--children={children}", "--area={area}", "--pause={pause}", "{?touch:-T}",
          "--scope={scope}", "--nodes={nodes}"]
parameters:
  children: {type: integer, min: 1, max: 1000, default: 64, what: "processes"}
  area: {type: size, min: 4K, max: 1G, default: 1M, what: "memory"}
  pause: {type: duration, max: 1h, default: 10ms, what: "between two"}
  touch: {type: boolean, default: false, what: "-T"}
  scope: {type: enum, values: [all, own, "0"], default: all, what: "which pages"}
  nodes: {type: string, default: "0,1", what: "two nodes"}
metrics:
  - {name: seconds, unit: s, direction: lower, primary: true, pattern: '^seconds: (\S+)$'}
timeout: 300s
settings: [{path: /sys/kernel/mm/ksm/run, value: 0}]
memory: 256M
)";

inline const std::string spin_yaml = R"(workload: spin
summary: a workload without parameters
command: [spin]
metrics:
  - {name: rounds, unit: rounds, direction: higher, primary: true, pattern: '^rounds: (\d+)$'}
timeout: 1m
)";

inline const std::string shared_yaml = R"(series: anon-vma-shared
summary: a series for tests
applies-to: ["6.12"]
patches: [0001-share.patch]
switches:
  - {name: rmap.fork_share, kind: cmdline, values: ["0", "1"], default: "0"}
)";

inline const std::string nodes_yaml = R"(series: vmap-nodes
summary: another series for tests
applies-to: ["6.12"]
patches: [0001-nodes.patch]
)";

inline const std::string pools_yaml = R"(series: vmap-pools
summary: a series that builds on another
applies-to: ["6.12"]
requires: [vmap-nodes]
patches: [0001-pools.patch]
)";

inline Catalogue catalogue() {
  std::vector<Diagnostic> diagnostics;
  Catalogue catalogue;
  for (const auto& [name, text] : {std::pair{"walk", walk_yaml}, std::pair{"spin", spin_yaml}})
    if (auto workload =
            parse_workload(text, "workload.yaml", std::string("/root/") + name, diagnostics))
      catalogue.workloads.emplace(name, *workload);
  for (const auto& [name, text] :
       {std::pair{"anon-vma-shared", shared_yaml}, std::pair{"vmap-nodes", nodes_yaml},
        std::pair{"vmap-pools", pools_yaml}})
    if (auto series = parse_series(text, "series.yaml", std::string("/root/") + name, diagnostics))
      catalogue.series.emplace(name, *series);
  catalogue.published["none"].name = "none";
  catalogue.config_fragments = {{"guest", "/root/guest.config"}, {"lockdep", "/root/l.config"}};
  if (!diagnostics.empty()) throw std::logic_error(to_string(diagnostics.front()));
  return catalogue;
}

/// An experiment without a mistake, of nine lines; what tests change is on one line each.
inline const std::vector<std::string> small_experiment{
    /* 1 */ "faultline: 1",
    /* 2 */ "name: t",
    /* 3 */ "kernels:",
    /* 4 */ "  - {name: a, source: \"debian:linux-source-6.12\", config: [guest]}",
    /* 5 */ "  - {name: b, like: a, cmdline: quiet}",
    /* 6 */ "topologies:",
    /* 7 */ "  - {name: one, nodes: [{cpus: 2, memory: 1G}]}",
    /* 8 */ "workloads:",
    /* 9 */ "  - {use: walk, params: {children: [1, 2]}}",
};

/// The small experiment with line `line` (from 1) replaced; 10 appends.
inline std::string edited(std::size_t line, const std::string& text) {
  std::string document;
  for (std::size_t i = 0; i < small_experiment.size(); ++i)
    document += (i + 1 == line ? text : small_experiment[i]) + "\n";
  if (line > small_experiment.size()) document += text + "\n";
  return document;
}

/// An experiment without a mistake that uses every key of the format.
inline const std::string full_experiment = R"(faultline: 1
name: full
question: Is every key read?
reference: published/none
kernels:
  - name: chains
    source: debian:linux-source-6.12
    series: [anon-vma-shared]
    config: [guest]
    cmdline: rmap.fork_share=0 quiet
    settings: [{path: /proc/sys/vm/overcommit_memory, value: 1}]
  - {name: shared, like: chains, cmdline: rmap.fork_share=1}
  - {name: image, source: "image:boot/bzImage", modules: boot/modules}
baseline: chains
topologies:
  - name: one-node
    nodes: [{cpus: 2, memory: 1G}]
    backing: memfd
  - name: two-node
    nodes: [{cpus: 4, memory: 512M, host_node: 0}, {cpus: 0, memory: 1G, host_node: 1}]
    distances: [[10, 21], [21, 10]]
    sockets: 1
    cores: 2
    threads: 2
    backing: hugepages
    hugepage_size: 2M
    pin: [0, 1, 2, 3]
    cache: {sets: 1024, ways: 16, line: 64}
workloads:
  - use: walk
    params: {children: [16, 64], area: 64M, pause: [1s, 500ms], touch: true, scope: own, nodes: "1,0"}
    iterations: 3
    timeout: 2m
    settings: [{path: /sys/kernel/mm/transparent_hugepage/enabled, value: never}]
  - {use: spin}
include:
  - {kernels: [chains, shared], topologies: [one-node, two-node], workloads: [walk, spin]}
  - {workloads: walk, params: {children: [16, 64]}}
exclude:
  - {kernels: shared, topologies: two-node, workloads: walk, params: {children: 64, pause: 1s}}
collect: [vmstat, meminfo, node_meminfo, numastat, functions]
functions: [rmap_walk_anon, vma_link.isra.0]
runs: {blocks: 4, seed: 20100117, precision: 2%, max_blocks: 20, budget: 12h, retries: 1, perturbed: count}
analysis: {method: bootstrap, equivalence: 1%, margins: {seconds: 2%}, primary: [seconds]}
gate: {times: any, inconclusive: fail}
contamination: {host_load: 25%, steal: 1%, frequency_drop: 10%, memory_pressure: 2%,
                clock_drift: 1%, other_guests: 0, reruns: 3}
accel: tcg
)";

}  // namespace faultline::test
