// SPDX-License-Identifier: GPL-2.0-or-later
// What the experiment says of a run: when it stops, layouts, contamination, what counts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "plan/calibration.h"
#include "plan/plan.h"
#include "run/run_fixture.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ScriptedGuest;

/// Guests for so many blocks of two arms, in the plan's order, that all measure this value.
void push_blocks(FakeHypervisor& hypervisor, const Experiment& experiment,
                 const Catalogue& catalogue, unsigned blocks,
                 const std::function<std::string(const PlannedBoot&)>& value) {
  for (const PlannedBoot& boot : make_plan(experiment, catalogue, blocks).boots)
    hypervisor.push(ScriptedGuest::good(
        "r1-b" + std::to_string(boot.block + 1) + "-" + experiment.arms[boot.arm].name + "-one",
        value(boot)));
}

TEST_F(Run, StopsAtADeclaredLookWhenEveryPrimaryIntervalIsNarrow) {
  experiment_ = experiment({{"a", "bzImage"}, {"b", "bzImage"}}, 6, ", precision: 1%");
  push_blocks(hypervisor_, experiment_, catalogue_, 6, [](const PlannedBoot&) { return "5"; });
  const RunSummary summary = run();
  EXPECT_THAT(summary.stopped, HasSubstr("within ±1 % after 6 of 24 blocks"));
  EXPECT_EQ(summary.boots, 12U);
  EXPECT_FALSE(summary.interrupted);
  const RunInfo info = results().run;
  EXPECT_GT(info.finished_at_ns, 0);
  EXPECT_EQ(info.blocks, 6U);
  EXPECT_EQ(info.planned_boots, 12U);
  EXPECT_EQ(info.stopped, summary.stopped);
  EXPECT_EQ(info.declared.at("runs.precision"), "0.01");
}

TEST_F(Run, GoesOnToTheNextLookWhileAnIntervalIsWide) {
  experiment_ =
      experiment({{"a", "bzImage"}, {"b", "bzImage"}}, 6, ", precision: 1%, max_blocks: 8");
  push_blocks(hypervisor_, experiment_, catalogue_, 8,
              [](const PlannedBoot& boot) { return boot.block % 2 == boot.arm ? "5" : "6"; });
  const RunSummary summary = run();
  EXPECT_EQ(summary.stopped, "");
  EXPECT_EQ(summary.boots, 16U);
  EXPECT_THAT(progress_.said, Contains(HasSubstr("after 6 blocks the widest primary interval is")));
}

TEST_F(Run, BootsSeparateBuildsInTheTextLayoutsOfTheirBlocks) {
  testing::write_mini_kernel(folder_.path() / "linux");
  testing::run_tool({"tar", "-cJf", "mini.tar.xz", "linux"}, folder_.path());
  write("a.config", "CONFIG_MODULES=y\n");
  write("b.config", "CONFIG_MODULES=y\nCONFIG_KSM=y\n");
  const std::string source =
      "source: 'tar:" + (folder_.path() / "mini.tar.xz").string() + "', config: ";
  const ParsedExperiment parsed = parse_experiment(
      "faultline: 1\nname: fake\nkernels:\n"
      "  - {name: a, " +
          source + (folder_.path() / "a.config").string() + "}\n" + "  - {name: b, " + source +
          (folder_.path() / "b.config").string() + "}\n" +
          "  - {name: c, like: b, cmdline: x}\n"
          "topologies:\n  - {name: one, nodes: [{cpus: 1, memory: 256M}]}\n"
          "workloads:\n  - {use: walk}\naccel: tcg\nruns: {seed: 1, blocks: 3, layouts: 2}\n",
      "fake.yaml", catalogue_);
  ASSERT_TRUE(parsed.experiment) << to_string(parsed.diagnostics.at(0));
  experiment_ = *parsed.experiment;
  push_blocks(hypervisor_, experiment_, catalogue_, 3, [](const PlannedBoot&) { return "5"; });
  EXPECT_EQ(run().boots, 9U);
  EXPECT_EQ(progress_.built_arms.size(), 4U);
  EXPECT_THAT(progress_.built_arms, Contains(HasSubstr("b, c in text layout ")));
  const Results found = results();
  ASSERT_EQ(found.kernels.size(), 4U);
  EXPECT_EQ(found.run.declared.at("runs.layouts"), "2");
  std::map<std::string, std::uint32_t> layout_of_kernel;
  for (const KernelRecord& kernel : found.kernels) layout_of_kernel[kernel.key] = kernel.layout;
  const Plan plan = make_plan(experiment_, catalogue_);
  for (std::size_t i = 0; i < found.boots.size(); ++i)
    EXPECT_EQ(layout_of_kernel.at(found.boots[i].kernel_key), plan.boots[i].layout);
}

TEST_F(Run, BlocksOfTheCommandLineSwitchPrecisionOff) {
  experiment_ = experiment({{"a", "bzImage"}, {"b", "bzImage"}}, 6, ", precision: 1%");
  push_blocks(hypervisor_, experiment_, catalogue_, 7, [](const PlannedBoot&) { return "5"; });
  EXPECT_EQ(run({.blocks = 7}).boots, 14U);
}

TEST_F(Run, BeginsNoFurtherBootWhenTheBudgetIsUsedUp) {
  experiment_ = experiment({{"only", "bzImage"}}, 50, ", budget: 1s");
  experiment_.runs.budget = std::chrono::milliseconds(1);  // Less than any boot takes.
  for (int i = 1; i <= 50; ++i)
    hypervisor_.push(ScriptedGuest::good("r1-b" + std::to_string(i) + "-only-one", "1"));
  const RunSummary summary = run();
  EXPECT_GE(summary.boots, 1U);
  EXPECT_LT(summary.boots, 50U);
  EXPECT_THAT(summary.stopped,
              HasSubstr("was used up in block " + std::to_string(summary.boots + 1) + " of 50"));
  EXPECT_GT(results().run.finished_at_ns, 0);
  EXPECT_EQ(results().run.blocks, summary.boots);
}

TEST_F(Run, RepeatsAContaminatedBootAndKeepsBoth) {
  experiment_ =
      experiment({{"only", "bzImage"}}, 1, "", "contamination: {other_guests: 0, reruns: 1}\n");
  write("host/proc/7/cmdline", std::string("/usr/bin/qemu-system-x86_64\0-name\0else\0", 40));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again1", "1"));
  const RunSummary summary = run();
  EXPECT_EQ(summary.boots, 1U);
  const Results found = results();
  ASSERT_EQ(found.boots.size(), 2U) << "one repeat, then it is given up";
  for (const ResultBoot& boot : found.boots) {
    EXPECT_EQ(boot.contamination, "other_guests 1 > 0");
    EXPECT_EQ(boot.conditions.at("other_guests"), 1);
  }
  EXPECT_GT(found.run.finished_at_ns, 0);
}

TEST_F(Run, CountsNothingAgainstACleanRepeat) {
  experiment_ = experiment({{"only", "bzImage"}}, 1, "", "contamination: {other_guests: 0}\n");
  const char* other = "host/proc/7/cmdline";
  write(other, std::string("/usr/bin/qemu-system-x86_64\0-name\0else\0", 40));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again1", "1"));
  progress_.on_start = [&, starts = 0](std::size_t) mutable {
    if (++starts == 2) fs::remove(folder_.path() / other);
  };
  run();
  const Results found = results();
  ASSERT_EQ(found.boots.size(), 2U);
  EXPECT_FALSE(found.boots[0].contamination.empty());
  EXPECT_TRUE(found.boots[1].contamination.empty());
}

TEST_F(Run, StoresWhatTheFileDeclares) {
  experiment_ = experiment({{"only", "bzImage"}}, 1, "",
                           "analysis: {method: mean-t, equivalence: 2%, margins: {value: 1%}}\n"
                           "gate: {times: any}\ncontamination: {steal: 1%}\n");
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  run();
  const std::map<std::string, std::string> wanted{{"analysis.method", "mean-t"},
                                                  {"analysis.equivalence", "0.02"},
                                                  {"analysis.margin value", "0.01"},
                                                  {"gate", ""},
                                                  {"gate.times", "any"},
                                                  {"gate.inconclusive", "pass"},
                                                  {"contamination.steal", "0.01"}};
  EXPECT_EQ(results().run.declared, wanted);
}

TEST_F(Run, StoresTheMetricsThatTheFileCallsPrimary) {
  MetricDefinition detail = catalogue_.workloads.at("walk").metrics[0];
  detail.name = "detail";
  detail.primary = false;
  catalogue_.workloads.at("walk").metrics.push_back(detail);
  experiment_ = experiment({{"only", "bzImage"}}, 1, "", "analysis: {primary: detail}\n");
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  run();
  const RunInfo info = results().run;
  ASSERT_EQ(info.metrics.size(), 2U);
  EXPECT_FALSE(info.metrics[0].primary) << info.metrics[0].name;
  EXPECT_TRUE(info.metrics[1].primary) << info.metrics[1].name;
  EXPECT_EQ(info.declared.at("analysis.primary"), "detail");
}

TEST_F(Run, CalibratesTheBaselineAgainstItself) {
  experiment_ = experiment({{"a", "bzImage"}, {"b", "text"}}, 1);
  experiment_ = calibration_of(experiment_);
  push_blocks(hypervisor_, experiment_, catalogue_, 1, [](const PlannedBoot&) { return "1"; });
  run({.blocks = std::nullopt, .fresh = false, .calibration = true});
  EXPECT_EQ(results().run.kind, "calibration");
  EXPECT_THAT(results().run.arms, ElementsAre("a", "a-twin"));
  EXPECT_THAT(progress_.built_arms, ElementsAre("a, a-twin ok"));
}

}  // namespace
}  // namespace faultline
