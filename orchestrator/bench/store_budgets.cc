// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include "base/files.h"
#include "base/random.h"
#include "bench/budgets.h"
#include "reports/report.h"
#include "store/store.h"

namespace faultline::bench {
namespace {

constexpr unsigned arms = 2;
constexpr unsigned topologies = 5;
constexpr unsigned steps = 10;
constexpr unsigned blocks = 1000;
constexpr unsigned iterations = 10;

RunInfo large_run() {
  RunInfo run;
  run.experiment = "large";
  run.experiment_hash = "large";
  run.blocks = blocks;
  run.baseline = "arm0";
  for (unsigned i = 0; i < arms; ++i) {
    run.arms.push_back(fmt::format("arm{}", i));
    run.arm_cmdlines.emplace_back();
  }
  for (unsigned i = 0; i < topologies; ++i) {
    run.topologies.push_back(fmt::format("topology{}", i));
    run.topology_json.emplace_back(
        R"({"nodes":[{"cpus":2,"memory":1073741824}],"distances":[[10]]})");
  }
  for (unsigned i = 0; i < steps; ++i)
    run.planned_steps.push_back(fmt::format("rmap-walk\tchildren={}", 16 << i));
  run.metrics.push_back({"rmap-walk", "walk_seconds", "s", "lower", "ratio", "median", true, ""});
  run.accel = "tcg";
  run.planned_boots = std::uint64_t{blocks} * arms * topologies;
  return run;
}

BootRecord boot_record(unsigned block, unsigned arm, unsigned topology, Random& random) {
  BootRecord boot;
  boot.boot_id = fmt::format("b{}-{}-{}", block, arm, topology);
  boot.block = block;
  boot.position = arm * topologies + topology;
  boot.arm = fmt::format("arm{}", arm);
  boot.topology = fmt::format("topology{}", topology);
  boot.accel = "tcg";
  boot.started_at_ns = 1'800'000'000'000'000'000 + std::int64_t{block} * 60'000'000'000;
  boot.boot_seconds = 1.5;
  boot.wall_seconds = 10;
  for (unsigned i = 0; i < steps; ++i) {
    StepRecord step;
    step.workload = "rmap-walk";
    step.params = fmt::format("children={}", 16 << i);
    step.position = i;
    for (unsigned iteration = 0; iteration < iterations; ++iteration) {
      const double noise = static_cast<double>(random.below(1000)) / 1e4;
      step.samples.push_back({"walk_seconds", iteration, (1 + noise) * (arm + 1) * (i + 1)});
    }
    boot.steps.push_back(std::move(step));
  }
  return boot;
}

}  // namespace

std::vector<Row> store_and_report_budgets() {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "large.sqlite";
  const Measurement storing = measured([&file] {
    Store store = Store::open(file, Store::Mode::read_write);
    const std::int64_t run = store.begin_run(large_run());
    Random random(1);
    for (unsigned block = 0; block < blocks; ++block)
      for (unsigned arm = 0; arm < arms; ++arm)
        for (unsigned topology = 0; topology < topologies; ++topology)
          store.record_boot(run, boot_record(block, arm, topology, random));
    store.finish_run(run, 1);
  });
  const auto html = folder.path() / "large.html";
  const Measurement reporting = measured([&file, &html] {
    Store store = Store::open(file, Store::Mode::read_only);
    write_file_atomically(html, render_html(make_report(store.results(1))));
  });
  const double html_mib = static_cast<double>(std::filesystem::file_size(html)) / (1 << 20);
  return {{"store 1,000,000 samples in 10,000 boots", fmt::format("{:.2f} s", storing.seconds),
           "4 s", storing.seconds <= 4},
          {"report over 1,000,000 samples", fmt::format("{:.2f} s", reporting.seconds), "2 s",
           reporting.seconds <= 2},
          {"  its memory", fmt::format("{:.0f} MiB", reporting.max_rss_mib), "300 MiB",
           reporting.max_rss_mib <= 300},
          {"  its HTML", fmt::format("{:.1f} MiB", html_mib), "5 MiB", html_mib <= 5}};
}

}  // namespace faultline::bench
