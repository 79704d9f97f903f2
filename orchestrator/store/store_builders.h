// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "outcome/results.h"

// Runs and boots for the tests of the store.

namespace faultline {

inline RunInfo a_run() {
  RunInfo run;
  run.experiment = "anon-vma-rmap";
  run.experiment_text = "faultline: 1\nname: anon-vma-rmap\n";
  run.experiment_hash = "hash-1";
  run.question = "Does it help?";
  run.seed = UINT64_MAX - 3;
  run.blocks = 6;
  run.baseline = "shared";
  run.arms = {"chains", "shared"};
  run.arm_cmdlines = {"", "rmap.fork_share=1"};
  run.topologies = {"one-node", "two-node"};
  run.topology_json = {R"({"nodes":1})", R"({"nodes":2})"};
  run.accel = "tcg";
  run.accel_reason = "no /dev/kvm";
  run.started_at_ns = 1'700'000'000'123'000'000;
  run.faultline_version = "0.1.0";
  run.host = {.cpu_model = "A CPU",
              .cpus = 2,
              .memory_kib = 1 << 20,
              .numa_nodes = 1,
              .kernel = "6.1.0",
              .qemu = "7.2",
              .libvirt = "9.0",
              .connect_uri = "qemu:///embed"};
  run.metrics = {{.workload = "rmap-walk",
                  .name = "walk_ns",
                  .unit = "ns",
                  .direction = "lower",
                  .scale = "ratio",
                  .summary = "median",
                  .primary = true,
                  .what = "One walk."},
                 {.workload = "rmap-walk",
                  .name = "vmas",
                  .unit = "",
                  .direction = "neutral",
                  .scale = "difference",
                  .summary = "max",
                  .primary = false,
                  .what = "VMAs seen."}};
  run.planned_steps = {"rmap-walk\tchildren=16 pages=64", "rmap-walk\tchildren=64 pages=64"};
  run.planned_boots = 24;
  run.published = {.name = "anon-vma-2010",
                   .source = "a thread",
                   .said = "It helps.",
                   .pairs = {{.what = "a walk",
                              .unit = "s",
                              .without = 10,
                              .with = 0.1,
                              .workload = "rmap-walk",
                              .metric = "walk_ns",
                              .arm = "chains",
                              .params = {"children=16"}}},
                   .curves = {{.what = "walks",
                               .unit = "s",
                               .over = "processes",
                               .points = {{64, 0.1}, {128, 1228.8}},
                               .here = {{.workload = "rmap-walk",
                                         .metric = "walk_ns",
                                         .over = "children",
                                         .arm = "",
                                         .params = {"pages=64"}}}}},
                   .may_differ = {"Another machine."}};
  return run;
}

/// A boot of which every field says something.
inline BootRecord a_boot(const std::string& id, std::uint32_t block = 0,
                         const std::string& arm = "chains",
                         const std::string& topology = "two-node", std::uint32_t attempt = 0) {
  BootRecord boot;
  boot.boot_id = id;
  boot.block = block;
  boot.position = 1;
  boot.attempt = attempt;
  boot.arm = arm;
  boot.topology = topology;
  boot.accel = "tcg";
  boot.started_at_ns = 1'700'000'000'123'000'000;
  boot.boot_seconds = 1.25;
  boot.wall_seconds = 7.5;
  boot.outcome = {.kind = OutcomeKind::guest_crashed,
                  .phase = "step rmap-walk children=64",
                  .oops_title = "WARNING in foo (mm/rmap.c:1)",
                  .detail = "The kernel oopsed."};
  boot.kernel_key = "k1";
  boot.kernel_release = "6.12.1-faultline";
  boot.image_hash = "image-1";
  boot.cmdline = "console=ttyS0 quiet";
  boot.run_sheet = R"({"protocol":1})";
  boot.domain_xml = "<domain/>";
  boot.console = "[    0.000000] Linux version 6.12.1\n";
  boot.topology_found = R"({"ok":true})";
  boot.notes = {"sysctl vm.foo did not take", "second note"};
  boot.artifacts_file = "/var/lib/faultline/a.tar";
  boot.collectors = {{.name = "vmstat", .perturbs = false, .problem = ""},
                     {.name = "perf", .perturbs = true, .problem = "this image has no perf"}};
  StepRecord step;
  step.workload = "rmap-walk";
  step.params = "children=64 pages=64";
  step.position = 0;
  IterationRecord iteration;
  iteration.end = {.kind = ProcessEnd::Kind::signalled, .code = 11};
  iteration.wall = std::chrono::nanoseconds(5);
  iteration.user = std::chrono::nanoseconds(3);
  iteration.system = std::chrono::nanoseconds(2);
  iteration.max_rss_kib = 100;
  iteration.minor_faults = 7;
  iteration.major_faults = 1;
  iteration.voluntary_switches = 4;
  iteration.involuntary_switches = 2;
  iteration.standard_output = "walk_ns 12\n";
  iteration.standard_error = "oh\n";
  iteration.truncated = true;
  step.iterations = {iteration, IterationRecord{}};
  step.counters = {{.source = "vmstat", .name = "pgfault", .before = 10, .after = 25},
                   {.source = "node0/numastat", .name = "numa_hit", .before = 0, .after = 1}};
  step.samples = {{.metric = "walk_ns", .iteration = 0, .value = 12.5},
                  {.metric = "walk_ns", .iteration = 1, .value = 13.5},
                  {.metric = "vmas", .iteration = 1, .value = 65}};
  step.profile.functions = {
      {.image = "kernel",
       .function = "rmap_walk",
       .entries = 3,
       .instructions = {{0, 70}, {1, 5}},
       .traffic = {{0, NodeTraffic::no_node, 1, 0, 0, 0}, {0, 1, 9, 4, 2, 1}}},
      {.image = "rmap-walk",
       .function = "",
       .entries = 0,
       .instructions = {{1, 30}},
       .traffic = {}}};
  step.profile.folded = "entry_SYSCALL_64;rmap_walk 75\n";
  boot.steps = {step};
  return boot;
}

inline KernelRecord a_kernel() {
  KernelRecord kernel;
  kernel.key = "k1";
  kernel.release = "6.12.1-faultline";
  kernel.source = "debian:linux-source-6.12";
  kernel.source_hash = "source-1";
  kernel.compiler = "gcc 12.2";
  kernel.config_text = "CONFIG_NUMA=y\n";
  kernel.series = {"anon-vma-shared", "second"};
  kernel.series_hashes = {"s1", "s2"};
  kernel.build_seconds = 88.5;
  kernel.layout = 2'743'185'906;  // Beyond 31 bits.
  return kernel;
}

}  // namespace faultline
