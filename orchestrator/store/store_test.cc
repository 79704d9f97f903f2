// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/files.h"
#include "store/sqlite.h"
#include "store/store_builders.h"
#include "store/store_fixture.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_literals;

void expect_same(const BootRecord& a, const BootRecord& b) {
  EXPECT_EQ(a.boot_id, b.boot_id);
  EXPECT_EQ(a.block, b.block);
  EXPECT_EQ(a.position, b.position);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.arm, b.arm);
  EXPECT_EQ(a.topology, b.topology);
  EXPECT_EQ(a.accel, b.accel);
  EXPECT_EQ(a.started_at_ns, b.started_at_ns);
  EXPECT_EQ(a.boot_seconds, b.boot_seconds);
  EXPECT_EQ(a.wall_seconds, b.wall_seconds);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.kernel_key, b.kernel_key);
  EXPECT_EQ(a.kernel_release, b.kernel_release);
  EXPECT_EQ(a.image_hash, b.image_hash);
  EXPECT_EQ(a.cmdline, b.cmdline);
  EXPECT_EQ(a.run_sheet, b.run_sheet);
  EXPECT_EQ(a.domain_xml, b.domain_xml);
  EXPECT_EQ(a.console, b.console);
  EXPECT_EQ(a.topology_found, b.topology_found);
  EXPECT_EQ(a.notes, b.notes);
  EXPECT_EQ(a.artifacts_file, b.artifacts_file);
  EXPECT_EQ(a.collectors, b.collectors);
  ASSERT_EQ(a.steps.size(), b.steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    const StepRecord& x = a.steps[i];
    const StepRecord& y = b.steps[i];
    EXPECT_EQ(x.workload, y.workload);
    EXPECT_EQ(x.params, y.params);
    EXPECT_EQ(x.position, y.position);
    EXPECT_EQ(x.perturbed, y.perturbed);
    ASSERT_EQ(x.iterations.size(), y.iterations.size());
    for (std::size_t j = 0; j < x.iterations.size(); ++j) {
      const IterationRecord& p = x.iterations[j];
      const IterationRecord& q = y.iterations[j];
      EXPECT_EQ(p.end, q.end);
      EXPECT_EQ(p.wall, q.wall);
      EXPECT_EQ(p.user, q.user);
      EXPECT_EQ(p.system, q.system);
      EXPECT_EQ(p.max_rss_kib, q.max_rss_kib);
      EXPECT_EQ(p.minor_faults, q.minor_faults);
      EXPECT_EQ(p.major_faults, q.major_faults);
      EXPECT_EQ(p.voluntary_switches, q.voluntary_switches);
      EXPECT_EQ(p.involuntary_switches, q.involuntary_switches);
      EXPECT_EQ(p.standard_output, q.standard_output);
      EXPECT_EQ(p.standard_error, q.standard_error);
      EXPECT_EQ(p.truncated, q.truncated);
    }
    ASSERT_EQ(x.counters.size(), y.counters.size());
    for (std::size_t j = 0; j < x.counters.size(); ++j) {
      EXPECT_EQ(x.counters[j].source, y.counters[j].source);
      EXPECT_EQ(x.counters[j].name, y.counters[j].name);
      EXPECT_EQ(x.counters[j].before, y.counters[j].before);
      EXPECT_EQ(x.counters[j].after, y.counters[j].after);
    }
    EXPECT_EQ(x.profile, y.profile);
    ASSERT_EQ(x.samples.size(), y.samples.size());
    for (std::size_t j = 0; j < x.samples.size(); ++j) {
      EXPECT_EQ(x.samples[j].metric, y.samples[j].metric);
      EXPECT_EQ(x.samples[j].iteration, y.samples[j].iteration);
      EXPECT_EQ(x.samples[j].value, y.samples[j].value);
    }
  }
}

TEST_F(StoreTest, GivesBackEveryFieldOfABoot) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  const BootRecord boot = a_boot("boot-1");
  store.record_boot(run, boot);
  expect_same(store.boot("boot-1"), boot);
}

TEST_F(StoreTest, KeepsBytesThatAreNotText) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("boot-1");
  boot.console = "nul \0 and \xff\xfe and ' \" ; DROP TABLE boot; --"s;
  boot.outcome.detail = "quote ' quote";
  boot.steps[0].iterations[0].standard_output = std::string(3, '\0');
  store.record_boot(run, boot);
  expect_same(store.boot("boot-1"), boot);
}

TEST_F(StoreTest, GivesBackEveryFieldOfARun) {
  const RunInfo run = a_run();
  {
    Store store = writer();
    const std::int64_t id = store.begin_run(run);
    store.finish_run(id, 1'700'000'100'000'000'000);
  }
  const std::vector<RunInfo> runs = Store::open(file(), Store::Mode::read_only).runs();
  ASSERT_EQ(runs.size(), 1U);
  const RunInfo& read = runs[0];
  EXPECT_EQ(read.run_id, 1);
  EXPECT_EQ(read.experiment, run.experiment);
  EXPECT_EQ(read.experiment_text, run.experiment_text);
  EXPECT_EQ(read.experiment_hash, run.experiment_hash);
  EXPECT_EQ(read.question, run.question);
  EXPECT_EQ(read.seed, run.seed);
  EXPECT_EQ(read.blocks, run.blocks);
  EXPECT_EQ(read.baseline, run.baseline);
  EXPECT_EQ(read.arms, run.arms);
  EXPECT_EQ(read.arm_cmdlines, run.arm_cmdlines);
  EXPECT_EQ(read.topologies, run.topologies);
  EXPECT_EQ(read.topology_json, run.topology_json);
  EXPECT_EQ(read.accel, run.accel);
  EXPECT_EQ(read.accel_reason, run.accel_reason);
  EXPECT_EQ(read.started_at_ns, run.started_at_ns);
  EXPECT_EQ(read.finished_at_ns, 1'700'000'100'000'000'000);
  EXPECT_EQ(read.faultline_version, run.faultline_version);
  EXPECT_EQ(read.host.cpu_model, run.host.cpu_model);
  EXPECT_EQ(read.host.cpus, run.host.cpus);
  EXPECT_EQ(read.host.memory_kib, run.host.memory_kib);
  EXPECT_EQ(read.host.numa_nodes, run.host.numa_nodes);
  EXPECT_EQ(read.host.kernel, run.host.kernel);
  EXPECT_EQ(read.host.qemu, run.host.qemu);
  EXPECT_EQ(read.host.libvirt, run.host.libvirt);
  EXPECT_EQ(read.host.connect_uri, run.host.connect_uri);
  EXPECT_EQ(read.metrics, run.metrics);
  EXPECT_EQ(read.planned_steps, run.planned_steps);
  EXPECT_EQ(read.planned_boots, run.planned_boots);
}

TEST_F(StoreTest, ResultsIndexArmsTopologiesStepsAndMetrics) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  store.record_kernel(a_kernel());
  BootRecord later = a_boot("b-later", 1, "shared", "one-node");
  later.outcome = {};
  later.steps[0].params = "children=16 pages=64";
  store.record_boot(run, later);
  store.record_boot(run, a_boot("b-first", 0));

  const Results results = store.results(run);
  ASSERT_EQ(results.boots.size(), 2U);
  EXPECT_EQ(results.boots[0].boot_id, "b-first");
  EXPECT_EQ(results.boots[0].arm, 0U);
  EXPECT_EQ(results.boots[0].topology, 1U);
  EXPECT_EQ(results.boots[0].outcome, a_boot("").outcome);
  EXPECT_EQ(results.boots[0].kernel_key, "k1");
  EXPECT_EQ(results.boots[0].notes, a_boot("").notes);
  EXPECT_EQ(results.boots[0].console_tail, a_boot("").console);
  EXPECT_EQ(results.boots[1].arm, 1U);
  EXPECT_EQ(results.boots[1].topology, 0U);
  EXPECT_EQ(results.boots[1].console_tail, "") << "only boots that did not complete have one";
  EXPECT_THAT(results.steps, ElementsAre(ResultStep{"rmap-walk", "children=16 pages=64"},
                                         ResultStep{"rmap-walk", "children=64 pages=64"}));
  ASSERT_EQ(results.samples.size(), 6U);
  EXPECT_EQ(results.samples[0].boot, 0U);
  EXPECT_EQ(results.samples[0].step, 1U);
  EXPECT_EQ(results.samples[0].metric, 0U);
  EXPECT_EQ(results.samples[0].value, 12.5);
  EXPECT_EQ(results.samples[2].metric, 1U);
  EXPECT_EQ(results.samples[2].iteration, 1U);
  EXPECT_EQ(results.samples[5].boot, 1U);
  EXPECT_EQ(results.samples[5].step, 0U);

  ASSERT_EQ(results.kernels.size(), 1U);
  const KernelRecord kernel = a_kernel();
  EXPECT_EQ(results.kernels[0].key, kernel.key);
  EXPECT_EQ(results.kernels[0].release, kernel.release);
  EXPECT_EQ(results.kernels[0].source, kernel.source);
  EXPECT_EQ(results.kernels[0].source_hash, kernel.source_hash);
  EXPECT_EQ(results.kernels[0].compiler, kernel.compiler);
  EXPECT_EQ(results.kernels[0].config_text, kernel.config_text);
  EXPECT_EQ(results.kernels[0].series, kernel.series);
  EXPECT_EQ(results.kernels[0].series_hashes, kernel.series_hashes);
  EXPECT_EQ(results.kernels[0].build_seconds, kernel.build_seconds);
  EXPECT_EQ(results.kernels[0].layout, kernel.layout);
}

TEST_F(StoreTest, ConsoleTailIsWholeLinesOfABoundedEnd) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("b");
  boot.console.clear();
  for (int i = 0; i < 1000; ++i) boot.console += "line " + std::to_string(i) + "\n";
  store.record_boot(run, boot);
  const std::string tail = store.results(run).boots[0].console_tail;
  EXPECT_LE(tail.size(), 4096U);
  EXPECT_GT(tail.size(), 4000U);
  EXPECT_TRUE(tail.starts_with("line ")) << tail.substr(0, 20);
  EXPECT_TRUE(tail.ends_with("line 999\n"));
}

TEST_F(StoreTest, KeepsWhatWasDeclaredAndWhatTheHostWasLike) {
  Store store = writer();
  RunInfo info = a_run();
  info.kind = "calibration";
  info.declared = {{"analysis.equivalence", "0.02"}, {"gate", ""}};
  const std::int64_t run = store.begin_run(info);
  BootRecord boot = a_boot("b");
  boot.conditions = {{"host_load", 0.71}, {"other_guests", 2}};
  boot.contamination = "host_load 71 % > 50 %";
  store.record_boot(run, boot);
  const Results results = store.results(run);
  EXPECT_EQ(results.run.kind, "calibration");
  EXPECT_EQ(results.run.declared, info.declared);
  ASSERT_EQ(results.boots.size(), 1U);
  EXPECT_EQ(results.boots[0].conditions, boot.conditions);
  EXPECT_EQ(results.boots[0].contamination, boot.contamination);
  EXPECT_EQ(store.boot("b").conditions, boot.conditions);
  EXPECT_EQ(store.boot("b").contamination, boot.contamination);
  EXPECT_EQ(store.spent_seconds(run), 7.5);
}

TEST_F(StoreTest, ExportsOneRunWithNothingOfTheOthers) {
  Store store = writer();
  RunInfo secret = a_run();
  secret.experiment_hash = "hash-2";
  secret.experiment_text = "a secret experiment";
  secret.host.cpu_model = "a secret CPU";
  secret.declared = {{"a secret", "limit"}};
  const std::int64_t other = store.begin_run(secret);
  BootRecord boot = a_boot("other", 0);
  boot.console = "a secret console";
  boot.kernel_key = "a secret kernel";
  store.record_boot(other, boot);
  const std::int64_t run = store.begin_run(a_run());
  store.record_boot(run, a_boot("a", 0));
  store.record_boot(run, a_boot("b", 1));

  const std::filesystem::path copy = file().parent_path() / "one.db";
  store.export_run(run, copy);
  EXPECT_EQ(read_file(copy).find("secret"), std::string::npos);
  Store one = Store::open(copy, Store::Mode::read_only);
  ASSERT_EQ(one.runs().size(), 1U);
  EXPECT_EQ(one.runs()[0].run_id, run);
  EXPECT_EQ(one.results(run).samples.size(), store.results(run).samples.size());
  expect_same(one.boot("a"), store.boot("a"));
  EXPECT_EQ(store.runs().size(), 2U);
  EXPECT_THROW(store.export_run(run, copy), Error);
  EXPECT_THROW(store.export_run(99, file().parent_path() / "none.db"), Error);
}

TEST_F(StoreTest, RefusesASecondRecordOfOneAttemptAndStoresNothingOfIt) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  store.record_boot(run, a_boot("one"));
  EXPECT_THROW(store.record_boot(run, a_boot("two")), Error);
  BootRecord again = a_boot("one", 5);
  again.steps[0].params = "children=999";
  EXPECT_THROW(store.record_boot(run, again), Error);
  EXPECT_EQ(shell().integer("SELECT count(*) FROM boot"), 1);
  EXPECT_EQ(shell().integer("SELECT count(*) FROM step_kind WHERE params = 'children=999'"), 0);
  store.record_boot(run, a_boot("three", 7));  // The Store still works.
}

TEST_F(StoreTest, RefusesABootOfAnArmOrARunThatDoesNotExist) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  EXPECT_THROW(store.record_boot(run, a_boot("x", 0, "nonesuch")), Error);
  EXPECT_THROW(store.record_boot(run, a_boot("x", 0, "chains", "nonesuch")), Error);
  EXPECT_THROW(store.record_boot(run + 1, a_boot("x")), Error);
  EXPECT_THROW(store.finish_run(run + 1, 1), Error);
}

TEST_F(StoreTest, KeepsNumbersThatAreNoNumbers) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("b");
  const double infinity = std::numeric_limits<double>::infinity();
  boot.steps[0].samples = {{"walk_ns", 0, std::nan("")},
                           {"walk_ns", 1, infinity},
                           {"walk_ns", 2, -infinity},
                           {"walk_ns", 3, 1e-310}};
  store.record_boot(run, boot);
  const Results results = store.results(run);
  ASSERT_EQ(results.samples.size(), 4U);
  EXPECT_TRUE(std::isnan(results.samples[0].value));
  EXPECT_EQ(results.samples[1].value, infinity);
  EXPECT_EQ(results.samples[2].value, -infinity);
  EXPECT_EQ(results.samples[3].value, 1e-310);
  EXPECT_EQ(shell().integer("SELECT count(*) FROM v_sample WHERE value IS NULL"), 1);
}

TEST_F(StoreTest, KeepsAMetricThatNobodyAnnounced) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("b");
  boot.steps[0].samples = {{"surprise", 0, 1}};
  store.record_boot(run, boot);
  const Results results = store.results(run);
  ASSERT_EQ(results.run.metrics.size(), 3U);
  EXPECT_EQ(results.run.metrics[2].name, "surprise");
  EXPECT_EQ(results.run.metrics[2].direction, "neutral");
  EXPECT_EQ(results.samples[0].metric, 2U);
}

TEST_F(StoreTest, KeepsAStepThatNobodyPlannedAfterThePlannedOnes) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("b");
  boot.steps[0].params = "unplanned";
  store.record_boot(run, boot);
  const Results results = store.results(run);
  ASSERT_EQ(results.steps.size(), 3U);
  EXPECT_EQ(results.steps[2].params, "unplanned");
  EXPECT_EQ(results.samples[0].step, 2U);
}

TEST_F(StoreTest, KeepsEqualTextsOnce) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  for (std::uint32_t block = 0; block < 20; ++block) {
    BootRecord boot = a_boot("b" + std::to_string(block), block);
    boot.console = std::string(10000, 'x');
    store.record_boot(run, boot);
  }
  EXPECT_EQ(shell().integer("SELECT count(*) FROM text_blob WHERE length(content) = 10000"), 1);
}

TEST_F(StoreTest, AKernelFromTheCacheKeepsTheTimeItsBuildTook) {
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  store.record_boot(run, a_boot("b"));  // Before its kernel's record.
  store.record_kernel(a_kernel());
  KernelRecord cached = a_kernel();
  cached.build_seconds = 0;
  cached.release = "";
  cached.series = {"only-one"};
  cached.series_hashes = {"s"};
  store.record_kernel(cached);
  const Results results = store.results(run);
  ASSERT_EQ(results.kernels.size(), 1U);
  EXPECT_EQ(results.kernels[0].build_seconds, 88.5);
  EXPECT_EQ(results.kernels[0].release, "6.12.1-faultline");
  EXPECT_THAT(results.kernels[0].series, ElementsAre("only-one"));
}

TEST_F(StoreTest, KeepsWhatAnImageIsMadeOf) {
  Store store = writer();
  ImageRecord debian{.hash = "i2",
                     .name = "debian",
                     .disk_hash = "d1",
                     .packages = {{"gcc", "4:12.2.0-3", "amd64"}, {"make", "4.3-4.1", "amd64"}}};
  const ImageRecord minimal{.hash = "i1", .name = "minimal", .disk_hash = "", .packages = {}};
  store.record_image(minimal);
  store.record_image(debian);
  store.record_image(debian);
  EXPECT_EQ(store.image("i1"), minimal);
  EXPECT_EQ(store.image("i2"), debian);
  EXPECT_EQ(store.image("i3"), std::nullopt);
  debian.hash = "i4";  // another agent on the same disk
  store.record_image(debian);
  EXPECT_EQ(store.image("i4"), debian);
  EXPECT_EQ(shell().integer("SELECT count(*) FROM disk_package"), 2) << "a disk is kept once";
}

TEST_F(StoreTest, LeavesSamplesOfPerturbedStepsOutOfResultsUnlessTheyCount) {
  Store store = writer();
  for (const bool counts : {false, true}) {
    RunInfo info = a_run();
    info.experiment_hash = counts ? "counts" : "apart";
    info.count_perturbed = counts;
    const std::int64_t run = store.begin_run(info);
    BootRecord boot = a_boot(info.experiment_hash);
    boot.steps.push_back(boot.steps[0]);
    boot.steps[1].position = 1;
    boot.steps[1].perturbed = true;
    store.record_boot(run, boot);
    expect_same(store.boot(boot.boot_id), boot);
    const Results results = store.results(run);
    EXPECT_EQ(results.run.count_perturbed, counts);
    EXPECT_EQ(results.samples.size(), counts ? 6U : 3U);
    EXPECT_EQ(results.perturbed_samples, counts ? 0U : 3U);
  }
  EXPECT_EQ(shell().integer("SELECT count(*) FROM v_sample WHERE perturbed"), 6);
  EXPECT_EQ(shell().integer("SELECT sum(perturbed_steps) FROM v_boot"), 2);
  EXPECT_EQ(shell().integer("SELECT count(*) FROM v_counter WHERE perturbed"), 4);
}

/// No deadline here: orchestrator/bench measures it. This shows that nothing breaks at that size.
TEST_F(StoreTest, HoldsAMillionSamples) {
  constexpr std::uint32_t boots = 50;
  constexpr std::uint32_t samples = 20'000;
  Store store = writer();
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("");
  boot.steps[0].samples.clear();
  for (std::uint32_t i = 0; i < samples; ++i)
    boot.steps[0].samples.push_back({i % 2 == 0 ? "walk_ns" : "vmas", i / 2, i * 1.5});
  for (std::uint32_t block = 0; block < boots; ++block) {
    boot.boot_id = "b" + std::to_string(block);
    boot.block = block;
    store.record_boot(run, boot);
  }
  const Results results = store.results(run);
  ASSERT_EQ(results.samples.size(), std::size_t{boots} * samples);
  EXPECT_EQ(results.samples.back().boot, boots - 1);
  EXPECT_EQ(results.samples.back().value, (samples - 1) * 1.5);
}

}  // namespace
}  // namespace faultline
