// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spec/parse_experiment.h"
#include "spec/test_catalogue.h"

// Every mistake that parse_experiment() knows, with the exact words for it: a line of
// test::small_experiment is replaced (line 10: appended).

namespace faultline {
namespace {

struct Mistake {
  std::size_t line;
  std::string text;
  std::vector<std::string> diagnostics;
};

void expect_diagnostics(const std::vector<Mistake>& mistakes) {
  const Catalogue catalogue = test::catalogue();
  for (const Mistake& mistake : mistakes) {
    const std::string document = test::edited(mistake.line, mistake.text);
    const ParsedExperiment parsed = parse_experiment(document, "x.yaml", catalogue);
    std::vector<std::string> found;
    for (const Diagnostic& diagnostic : parsed.diagnostics) found.push_back(to_string(diagnostic));
    EXPECT_THAT(found, testing::ElementsAreArray(mistake.diagnostics)) << document;
    EXPECT_EQ(parsed.experiment.has_value(), !has_errors(parsed.diagnostics)) << document;
  }
}

TEST(ExperimentMistakes, OfForm) {
  expect_diagnostics({
      {2,
       "nmae: t",
       {"x.yaml:1:1: error: an experiment needs the key 'name'",
        "x.yaml:2:1: error: unknown key 'nmae' in an experiment; did you mean 'name'?"}},
      {2,
       "name: [t]",
       {"x.yaml:2:7: error: 'name' must be a name, not a list; use up to 63 letters, digits, '.', "
        "'_' and '-'"}},
      {2,
       "name: a b",
       {"x.yaml:2:7: error: 'name' must be a name, not 'a b'; use up to 63 letters, digits, '.', "
        "'_' and '-'"}},
      {2,
       "name:",
       {"x.yaml:2:1: error: 'name' must be a name, not nothing; use up to 63 letters, digits, '.', "
        "'_' and '-'"}},
      {1,
       "faultline: 2",
       {"x.yaml:1:12: error: 'faultline' is 2, not 1; the version of this format is 1"}},
      {1,
       "faultline: one",
       {"x.yaml:1:12: error: 'faultline' must be a whole number, not 'one'; write for example 1; "
        "the version of this format is 1"}},
      {1,
       "faultline: \"1\"",
       {"x.yaml:1:12: error: 'faultline' must be a whole number, not the text '1'; write for "
        "example 1; the version of this format is 1"}},
      {3,
       "kernals:",
       {"x.yaml:1:1: error: an experiment needs the key 'kernels'",
        "x.yaml:3:1: error: unknown key 'kernals' in an experiment; did you mean 'kernels'?"}},
      {4,
       "  - {nam: a, source: \"debian:linux-source-6.12\"}",
       {"x.yaml:4:5: error: a kernel needs the key 'name'",
        "x.yaml:4:6: error: unknown key 'nam' in a kernel; did you mean 'name'?",
        "x.yaml:5:21: error: unknown kernel 'a'; known: b"}},
      {4,
       "  - a",
       {"x.yaml:4:5: error: a kernel must be a map, not 'a'; known: name, like, source, series, "
        "config, cmdline, settings, modules",
        "x.yaml:5:21: error: unknown kernel 'a'; known: b"}},
      {6,
       "topologies: {}\nothers:",
       {"x.yaml:6:13: error: 'topologies' must be a list, not a map; write [a, b] or one '- a' a "
        "line",
        "x.yaml:7:1: error: unknown key 'others' in an experiment; known: faultline, name, "
        "question, reference, kernels, baseline, topologies, workloads, include, exclude, collect, "
        "instrument, …"}},
      {9, "  []", {"x.yaml:9:3: error: 'workloads' is empty"}},
      {10,
       "runs: {blocks: six, seed: -1, precision: 2, budget: 90}",
       {"x.yaml:10:16: error: 'blocks' must be a whole number, not 'six'; write for example 4",
        "x.yaml:10:27: error: 'seed' is -1, less than 0",
        "x.yaml:10:42: error: 'precision' must be a percentage, not '2'; write for example 2%",
        "x.yaml:10:53: error: 'budget' must be a duration, not '90'; write for example 500ms, 30s, "
        "2m or 1h"}},
      {10,
       "runs: {blocks: 0, precision: 150%, retries: 11, budget: 1ms}",
       {"x.yaml:10:16: error: 'blocks' is 0, not within 1 to 1000000",
        "x.yaml:10:30: error: 'precision' is 150%, not within 0% to 100%",
        "x.yaml:10:45: error: 'retries' is 11, not within 0 to 10",
        "x.yaml:10:57: error: 'budget' is 1ms, not within 1s to 8760h"}},
      {10,
       "runs: {blocks: 010, precision: 2.%}",
       {"x.yaml:10:16: error: 'blocks' must be a whole number, not '010'; write for example 4",
        "x.yaml:10:32: error: 'precision' must be a percentage, not '2.%'; write for example 2%"}},
      {10,
       "runs: 6",
       {"x.yaml:10:7: error: runs must be a map, not '6'; known: blocks, seed, precision, "
        "max_blocks, layouts, budget, retries, perturbed"}},
      {10,
       "runs: {layouts: 6}",
       {"x.yaml:10:17: error: all kernels are one build: their text is laid out alike; leave "
        "'layouts' out: nothing here comes from where code lies"}},
      {5,
       "  - {name: b, source: \"image:bz\"}\nruns: {layouts: 6}",
       {"x.yaml:6:17: error: kernel 'b' is a finished image: it has one layout; leave 'layouts' "
        "out, or build that kernel from its source"}},
      {5,
       "  - {name: b, like: a, source: \"tar:t\"}\nruns: {layouts: 5}",
       {"x.yaml:6:17: warning: fewer than 6 layouts allow no verdict; a layout is to them what a "
        "block is elsewhere (docs/statistics.md)"}},
      {10,
       "runs: {layouts: 7}",
       {"x.yaml:10:17: error: 6 blocks cannot go through 7 layouts; every block boots one: give at "
        "least as many blocks"}},
      {10, "runs: {layouts: 1}", {"x.yaml:10:17: error: 'layouts' is 1, not within 2 to 64"}},
      {10,
       "accel: icount\nruns: {layouts: 2}",
       {"x.yaml:11:17: error: 'layouts' has no meaning on the instruction clock; an instruction "
        "counts the same wherever it lies: leave it out"}},
      {10, "accel: kvn", {"x.yaml:10:8: error: unknown accelerator 'kvn'; did you mean 'kvm'?"}},
      {10,
       "accel: [kvm]",
       {"x.yaml:10:8: error: 'accel' must be one name, not a list; known: auto, kvm, tcg, icount"}},
      {10,
       "collect: [vmstat, vmstats, vmstat]",
       {"x.yaml:10:19: error: unknown collector 'vmstats'; did you mean 'vmstat'?",
        "x.yaml:10:28: error: 'vmstat' is collected twice"}},
      {10,
       "collect: [vmstat, functions]",
       {"x.yaml:10:10: error: the collector 'functions' does not know which; write for example "
        "functions: [rmap_walk_anon]"}},
      {10,
       "functions: rmap_walk_anon",
       {"x.yaml:10:12: error: 'functions' is for the collector of that name; add it to "
        "'collect'"}},
      {10,
       "collect: functions\nfunctions: [ok.isra.0, 'rmap_*', a b]",
       {"x.yaml:11:24: error: 'rmap_*' is no name of a function; write it as /proc/kallsyms does",
        "x.yaml:11:34: error: 'a b' is no name of a function; write it as /proc/kallsyms does"}},
      {10,
       "runs: {perturbed: never}",
       {"x.yaml:10:19: error: unknown place 'never'; known: apart, count"}},
      {10,
       "name: again",
       {"x.yaml:10:1: error: key 'name' is given twice; the first is on line 2"}},
      {10,
       "question: |\n  two\n  lines",
       {"x.yaml:10:11: error: 'question' must be one line; write >- before text that is folded "
        "over lines"}},
      {10, "include: []", {"x.yaml:10:10: error: 'include' is empty"}},
      {10, "question: \"\\e[31m\"", {"x.yaml:10:11: error: 'question' has control characters"}},
  });
}

TEST(ExperimentMistakes, AboutKernels) {
  expect_diagnostics({
      {4,
       "  - {name: a, source: \"rpm:kernel\"}",
       {"x.yaml:4:23: error: kernel source 'rpm:kernel' is of no known kind; write debian:PACKAGE, "
        "git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, source: linux-6.12}",
       {"x.yaml:4:23: error: kernel source 'linux-6.12' is of no known kind; write debian:PACKAGE, "
        "git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, source: \"git:/src/linux\"}",
       {"x.yaml:4:23: error: kernel source 'git:/src/linux' names no commit; write debian:PACKAGE, "
        "git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, source: \"git:/src/linux#-x\"}",
       {"x.yaml:4:23: error: kernel source 'git:/src/linux#-x' names no commit; write "
        "debian:PACKAGE, git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, source: \"git:https://git.kernel.org/x.git#v6.12\"}",
       {"x.yaml:4:23: error: kernel source 'git:https://git.kernel.org/x.git#v6.12' is not on this "
        "machine; write debian:PACKAGE, git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, source: \"dir:\"}",
       {"x.yaml:4:23: error: kernel source 'dir:' names nothing; write debian:PACKAGE, "
        "git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, source: \"debian:../x\"}",
       {"x.yaml:4:23: error: '../x' is no name of a package; write debian:PACKAGE, git:DIR#REF, "
        "tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, config: [guest]}",
       {"x.yaml:4:5: error: this kernel has neither 'source' nor 'like'; write debian:PACKAGE, "
        "git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", config: [gest, ../my.config, other]}",
       {"x.yaml:4:60: error: unknown config fragment 'gest'; did you mean 'guest'?",
        "x.yaml:4:80: error: unknown config fragment 'other'; known: guest, lockdep"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", series: [anon-vma-share]}",
       {"x.yaml:4:60: error: unknown series 'anon-vma-share'; did you mean 'anon-vma-shared'?"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", series: [vmap-nodes, vmap-nodes]}",
       {"x.yaml:4:72: error: series 'vmap-nodes' is applied twice"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.1\", series: [vmap-nodes]}",
       {"x.yaml:4:5: error: series 'vmap-nodes' does not apply to 6.1; known: 6.12"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", modules: x}",
       {"x.yaml:4:5: error: this kernel has 'modules' but is no image; modules of other sources "
        "are built with the kernel"}},
      {4,
       "  - {name: a, source: \"image:x\", config: [guest]}",
       {"x.yaml:4:5: error: this kernel is a finished image: no series or config can be applied; "
        "write series: [] and config: [] if 'like' brought them"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", settings: [{path: /etc/passwd, value: "
       "1}, {path: /sys/../etc/x, value: 1}, {path: /proc/sys/vm/x, value: 1}, {path: "
       "/proc/sys/vm/x, value: 2}]}",
       {"x.yaml:4:69: error: setting '/etc/passwd' cannot be made; settings are files below "
        "/proc/sys/ or /sys/",
        "x.yaml:4:100: error: setting '/sys/../etc/x' cannot be made; settings are files below "
        "/proc/sys/ or /sys/",
        "x.yaml:4:167: error: setting '/proc/sys/vm/x' is made twice"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", series: [vmap-pools]}",
       {"x.yaml:4:59: error: series 'vmap-pools' builds on 'vmap-nodes'; write 'vmap-nodes' before "
        "it"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", series: [vmap-pools, vmap-nodes]}",
       {"x.yaml:4:59: error: series 'vmap-pools' builds on 'vmap-nodes'; write 'vmap-nodes' before "
        "it"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", series: [vmap-nodes, vmap-pools]}",
       {}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", series: [anon-vma-shared], cmdline: "
       "rmap.fork_shar=1}",
       {"x.yaml:4:87: warning: 'rmap.fork_shar' is no switch of the series; did you mean "
        "'rmap.fork_share'?"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", series: [anon-vma-shared], cmdline: "
       "rmap.fork_share=2}",
       {"x.yaml:4:87: warning: the series describes no value '2' of rmap.fork_share; known: 0, 1"}},
      {4,
       "  - {name: a, source: \"debian:linux-source-6.12\", cmdline: quiet rmap.fork_share=1}",
       {"x.yaml:4:60: warning: 'rmap.fork_share' is a switch of a series that this kernel does not "
        "have; add 'anon-vma-shared' to series"}},
      {5,
       "  - {name: b, like: a}",
       {"x.yaml:5:5: error: kernels 'a' and 'b' are identical; they must differ in source, series, "
        "config, cmdline or settings"}},
      {5,
       "  - {name: b, like: a, cmdline: \"  \"}",
       {"x.yaml:5:5: error: kernels 'a' and 'b' are identical; they must differ in source, series, "
        "config, cmdline or settings"}},
      {5,
       "  - {name: b, like: aa, cmdline: quiet}",
       {"x.yaml:5:21: error: unknown kernel 'aa'; did you mean 'a'?"}},
      {5,
       "  - {name: a, like: a, cmdline: quiet}",
       {"x.yaml:5:12: error: kernel 'a' is defined twice; the first is on line 4"}},
      {5,
       "  - {name: b, like: b}",
       {"x.yaml:5:21: error: 'like' goes round in a circle: b -> b; give one of them a source of "
        "its own"}},
      {5,
       "  - {name: b, like: c}\n  - {name: c, like: d}\n  - {name: d, like: b}\n  - {name: e, "
       "like: b}",
       {"x.yaml:5:21: error: 'like' goes round in a circle: b -> c -> d -> b; give one of them a "
        "source of its own"}},
      {10, "baseline: c", {"x.yaml:10:11: error: unknown kernel 'c'; known: a, b"}},
  });
}

TEST(ExperimentMistakes, AboutTopologies) {
  expect_diagnostics({
      {7, "  - {name: one, nodes: []}", {"x.yaml:7:24: error: 'nodes' is empty"}},
      {7,
       "  - {name: one, nodes: [{cpus: 0, memory: 1G}]}",
       {"x.yaml:7:24: error: this topology has no CPU; give at least one node some cpus"}},
      {7,
       "  - {name: one, nodes: [{cpus: 2}]}",
       {"x.yaml:7:25: error: a node needs the key 'memory'"}},
      {7,
       "  - {name: one, nodes: [{cpus: 2, memory: 1X}]}",
       {"x.yaml:7:43: error: 'memory' must be a size, not '1X'; write for example 512M or 1G"}},
      {7,
       "  - {name: one, nodes: [{cpus: 2, memory: 32M}, {cpus: 600, memory: 17T}]}",
       {"x.yaml:7:24: error: this topology has 602 CPUs, more than 512",
        "x.yaml:7:24: error: this topology has more than 16T of memory",
        "x.yaml:7:43: error: 'memory' is 32M, not within 64M to 16T",
        "x.yaml:7:56: error: 'cpus' is 600, not within 0 to 512",
        "x.yaml:7:69: error: 'memory' is 17T, not within 64M to 16T"}},
      {7,
       "  - {name: one, nodes: [{cpus: 300, memory: 1G}, {cpus: 300, memory: 1G}]}",
       {"x.yaml:7:24: error: this topology has 600 CPUs, more than 512"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 9T}, {cpus: 1, memory: 9T}]}",
       {"x.yaml:7:24: error: this topology has more than 16T of memory"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 100000001}]}",
       {"x.yaml:7:43: error: 'memory' is 100000001, not a multiple of 1M"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 513M}], backing: hugepages}",
       {"x.yaml:7:43: error: 'memory' is 513M, not a multiple of 2M; the huge pages of the backing "
        "decide that"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 1G}], hugepage_size: 2M}",
       {"x.yaml:7:64: error: 'hugepage_size' without huge pages; add backing: hugepages"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 1G}], distances: [[10, 20], [20, 10]]}",
       {"x.yaml:7:60: error: 'distances' has 2 rows for 1 node; write a row for each node",
        "x.yaml:7:61: error: row 0 of 'distances' has 2 numbers for 1 node; write one for each "
        "node",
        "x.yaml:7:71: error: row 1 of 'distances' has 2 numbers for 1 node; write one for each "
        "node"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 1G}, {cpus: 1, memory: 1G}], distances: [[10, "
       "20], [20]]}",
       {"x.yaml:7:94: error: row 1 of 'distances' has 1 number for 2 nodes; write one for each "
        "node"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 1G}, {cpus: 1, memory: 1G}], distances: [[10, "
       "9], [255, 10]]}",
       {"x.yaml:7:89: error: 'distances' is 9, not within 10 to 254; a distance is 10 for a node "
        "to itself and 11 to 254 between nodes",
        "x.yaml:7:94: error: 'distances' is 255, not within 10 to 254; a distance is 10 for a node "
        "to itself and 11 to 254 between nodes"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 1G}, {cpus: 1, memory: 1G}], distances: [[11, "
       "10], [20, 10]]}",
       {"x.yaml:7:85: error: the distance of node 0 to itself is 11; it must be 10",
        "x.yaml:7:89: error: the distance from node 0 to node 1 is 10, which means the same node; "
        "write 11 to 254, for example 21"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 1G}, {cpus: 1, memory: 1G}], distances: [[10, "
       "20], [30, 10]]}",
       {"x.yaml:7:95: warning: the distance from node 1 to node 0 is 30, back it is 20; machines "
        "are symmetric as a rule"}},
      {7,
       "  - {name: one, nodes: [{cpus: 1, memory: 1G}, {cpus: 1, memory: 1G}], distances: [10, "
       "20]}",
       {"x.yaml:7:84: error: 'distances' must be a list, not '10'; write [a, b] or one '- a' a "
        "line",
        "x.yaml:7:88: error: 'distances' must be a list, not '20'; write [a, b] or one '- a' a "
        "line"}},
      {7,
       "  - {name: one, nodes: [{cpus: 4, memory: 1G}], threads: 2}",
       {"x.yaml:7:5: error: sockets × cores × threads make 2 CPUs, the nodes have 4; one that is "
        "not given counts as 1"}},
      {7,
       "  - {name: one, nodes: [{cpus: 2, memory: 1G}], pin: [0, 0, 1]}",
       {"x.yaml:7:54: error: 'pin' names 3 host CPUs for 2 guest CPUs; write one for each guest "
        "CPU, node by node",
        "x.yaml:7:58: warning: host CPU 0 is pinned to twice; guest CPUs that share one wait for "
        "each other"}},
      {7,
       "  - {name: one, nodes: [{cpus: 2, memory: 1G}]}\n  - {name: one, nodes: [{cpus: 4, memory: "
       "1G}]}",
       {"x.yaml:8:12: error: topology 'one' is defined twice; the first is on line 7"}},
      {7,
       "  - {name: one, nodes: [{cpus: 2, memory: 64M}]}",
       {"x.yaml:7:5: warning: topology 'one' has 64M of memory, workload 'walk' needs about 256M"}},
  });
}

TEST(ExperimentMistakes, AboutWorkloadsFiltersAndRuns) {
  expect_diagnostics({
      {9, "  - {use: wlak}", {"x.yaml:9:11: error: unknown workload 'wlak'; did you mean 'walk'?"}},
      {9,
       "  - {use: walk, params: {childs: 1}}",
       {"x.yaml:9:26: error: unknown key 'childs' in the parameters of walk; did you mean "
        "'children'?"}},
      {9,
       "  - {use: walk, params: {children: many}}",
       {"x.yaml:9:36: error: 'children' must be a whole number, not 'many'; write for example 4"}},
      {9,
       "  - {use: walk, params: {children: [0, 1001]}}",
       {"x.yaml:9:37: error: 'children' is 0, not within 1 to 1000",
        "x.yaml:9:40: error: 'children' is 1001, not within 1 to 1000"}},
      {9, "  - {use: walk, params: {children: []}}", {"x.yaml:9:36: error: 'children' is empty"}},
      {9,
       "  - {use: walk, params: {children: [[1]]}}",
       {"x.yaml:9:37: error: 'children' must be a whole number, not a list; write for example 4"}},
      {9,
       "  - {use: walk, params: {children: [1, 1]}}",
       {"x.yaml:9:40: error: 'children' has the value 1 twice"}},
      {9,
       "  - {use: walk, params: {area: [1024K, 1M]}}",
       {"x.yaml:9:40: error: 'area' has the value 1M twice"}},
      {9,
       "  - {use: walk, params: {area: 1k, pause: 5, touch: yes, scope: mine}}",
       {"x.yaml:9:32: error: 'area' must be a size, not '1k'; write for example 512M or 1G",
        "x.yaml:9:43: error: 'pause' must be a duration, not '5'; write for example 500ms, 30s, 2m "
        "or 1h",
        "x.yaml:9:53: error: 'touch' must be true or false, not 'yes'",
        "x.yaml:9:65: error: unknown scope 'mine'; known: all, own, 0"}},
      {9,
       "  - {use: walk, params: [1]}",
       {"x.yaml:9:25: error: the parameters of walk must be a map, not a list; known: children, "
        "area, pause, touch, scope, nodes"}},
      {9,
       "  - {use: walk, iterations: 0, timeout: 0s}",
       {"x.yaml:9:29: error: 'iterations' is 0, not within 1 to 100000",
        "x.yaml:9:41: error: 'timeout' is 0s, not within 1ms to 168h"}},
      {9,
       "  - {use: walk}\n  - {use: walk, params: {children: 64}}",
       {"x.yaml:10:5: error: workload 'walk' runs twice with the same parameters; the first use is "
        "on line 9"}},
      {9,
       "  - {use: walk, settings: [{path: vm.swappiness, value: 1}]}",
       {"x.yaml:9:35: error: setting 'vm.swappiness' cannot be made; settings are files below "
        "/proc/sys/ or /sys/"}},
      {10,
       "include: [{kernels: c}, {topologies: [two]}, {workloads: spin}, {params: {child: 1}}, "
       "{params: {children: x}}]",
       {"x.yaml:10:21: error: this experiment has no kernel 'c'; known: a, b",
        "x.yaml:10:39: error: this experiment has no topology 'two'; known: one",
        "x.yaml:10:58: error: this experiment has no workload 'spin'; known: walk",
        "x.yaml:10:75: error: unknown parameter 'child'; did you mean 'children'?",
        "x.yaml:10:107: error: 'x' is no value of parameter 'children'"}},
      {10,
       "include: [{params: {children: 7}}]",
       {"x.yaml:10:10: error: the filters leave nothing to boot",
        "x.yaml:10:11: warning: this filter of 'include' matches nothing"}},
      {10,
       "exclude: [{kernels: a}]",
       {"x.yaml:7:5: warning: the baseline 'a' does not boot on topology 'one'; nothing can be "
        "compared there"}},
      {10,
       "exclude: [{kernels: [a, b]}]",
       {"x.yaml:10:10: error: the filters leave nothing to boot"}},
      {10,
       "runs: {blocks: 500001}",
       {"x.yaml:10:7: error: 500001 blocks of 2 boots are more than 1000000 boots; use fewer "
        "blocks"}},
      {10,
       "runs: {blocks: 4, max_blocks: 8}",
       {"x.yaml:10:31: error: 'max_blocks' without 'precision' has no effect; add precision, or "
        "give blocks alone"}},
      {10,
       "runs: {blocks: 4, precision: 2%, max_blocks: 3}",
       {"x.yaml:10:46: error: 'max_blocks' is less than the 4 of 'blocks'"}},
  });
}

TEST(ExperimentMistakes, OfTheAnalysis) {
  expect_diagnostics({
      {10,
       "analysis: {method: guess}",
       {"x.yaml:10:20: error: unknown method 'guess'; known: hodges-lehmann, mean-t, "
        "bootstrap"}},
      {10,
       "analysis: {margins: {secnds: 2%}}",
       {"x.yaml:10:30: error: unknown metric 'secnds'; did you mean 'seconds'?"}},
      {10,
       "analysis: {margins: {seconds: 0.02}}",
       {"x.yaml:10:31: error: the margin of 'seconds' must be a percentage, not '0.02'; write for "
        "example 2%"}},
      {10,
       "analysis: {primary: [seconds, secnds]}",
       {"x.yaml:10:31: error: unknown metric 'secnds'; did you mean 'seconds'?"}},
      {10,
       "gate: {times: all}",
       {"x.yaml:10:15: error: unknown kind of times 'all'; did you mean 'any'?"}},
  });
}

}  // namespace
}  // namespace faultline
