// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/exact_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/parse_experiment.h"
#include "spec/test_catalogue.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> mistakes(const std::string& document, const Catalogue& catalogue) {
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : parse_experiment(document, "x.yaml", catalogue).diagnostics)
    found.push_back(to_string(diagnostic));
  return found;
}

Experiment parsed(const std::string& document) {
  const ParsedExperiment parsed = parse_experiment(document, "x.yaml", test::catalogue());
  for (const Diagnostic& diagnostic : parsed.diagnostics) ADD_FAILURE() << to_string(diagnostic);
  return parsed.experiment.value();
}

TEST(ExactRun, HasTwoBlocksUnlessTheFileSaysOtherwise) {
  EXPECT_EQ(parsed(test::edited(10, "accel: icount")).runs.blocks, 2U);
  EXPECT_EQ(parsed(test::edited(10, "accel: icount\nruns: {blocks: 5}")).runs.blocks, 5U);
  EXPECT_EQ(parsed(test::edited(10, "accel: tcg")).runs.blocks, 6U);
  Experiment experiment = parsed(test::edited(10, "accel: tcg"));
  use_accelerator(experiment, Accelerator::icount);
  EXPECT_EQ(experiment.runs.blocks, 2U);
  experiment = parsed(test::edited(10, "runs: {blocks: 6}"));
  use_accelerator(experiment, Accelerator::icount);
  EXPECT_EQ(experiment.runs.blocks, 6U);
}

TEST(ExactRun, RefusesWorkloadsThatWaitForADeviceAtTheirLine) {
  Catalogue catalogue = test::catalogue();
  const std::string document = test::edited(9, "  - {use: walk}\n  - {use: spin}\naccel: icount");
  EXPECT_THAT(mistakes(document, catalogue), IsEmpty());
  catalogue.workloads.at("spin").not_exact = "it writes to a disk";
  catalogue.workloads.at("walk").image = "debian";
  EXPECT_THAT(
      mistakes(document, catalogue),
      ElementsAre("x.yaml:9:5: error: workload 'walk' cannot run on the instruction clock: its "
                  "image 'debian' is a disk, which answers at the host's times; use accel: auto, "
                  "kvm or tcg for it",
                  "x.yaml:10:5: error: workload 'spin' cannot run on the instruction clock: it "
                  "writes to a disk; use accel: auto, kvm or tcg for it"));
  EXPECT_THAT(mistakes(test::edited(9, "  - {use: spin}\naccel: tcg"), catalogue), IsEmpty());
}

TEST(ExactRun, RefusesCollectorsThatNeedADisk) {
  const auto found =
      mistakes(test::edited(10, "accel: icount\ncollect: [vmstat, perf]"), test::catalogue());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0], testing::HasSubstr("collector 'perf' cannot run on the instruction clock"));
}

TEST(ExactRun, WarnsOfASingleBlockWhichProvesNothing) {
  EXPECT_THAT(mistakes(test::edited(10, "accel: icount\nruns: {blocks: 1}"), test::catalogue()),
              ElementsAre("x.yaml:11:16: warning: one block proves nothing on the instruction "
                          "clock: no result is called exact before a second boot of each arm has "
                          "agreed; leave 'blocks' out, or write 2"));
  EXPECT_THAT(mistakes(test::edited(10, "accel: tcg\nruns: {blocks: 1}"), test::catalogue()),
              IsEmpty());
}

TEST(ExactRun, HasNoPrecision) {
  EXPECT_THAT(mistakes(test::edited(10, "accel: icount\nruns: {precision: 2%}"), test::catalogue()),
              ElementsAre("x.yaml:11:19: error: 'precision' has no meaning on the instruction "
                          "clock; its figures are exact: leave precision out"));
}

TEST(Instrument, IsReadFromAListOrASingleName) {
  EXPECT_EQ(parsed(test::edited(10, "accel: icount\ninstrument: functions")).instrument,
            (Instrument{true, false, false}));
  EXPECT_EQ(parsed(test::edited(10, "accel: icount\ninstrument: [calls, memory]")).instrument,
            (Instrument{true, true, true}));
  EXPECT_FALSE(parsed(test::edited(10, "accel: icount")).instrument.wanted());
}

TEST(Instrument, NeedsTheInstructionClock) {
  EXPECT_THAT(mistakes(test::edited(10, "instrument: memory"), test::catalogue()),
              ElementsAre("x.yaml:10:13: error: 'instrument' needs the instruction clock; add "
                          "accel: icount"));
  Experiment experiment = parsed(test::edited(10, "accel: icount\ninstrument: memory"));
  EXPECT_THAT(exact_run_problems(experiment, test::catalogue()), IsEmpty());
  use_accelerator(experiment, Accelerator::tcg);
  EXPECT_EQ(exact_run_problems(experiment, test::catalogue()).size(), 1U);
}

TEST(Instrument, TakesACacheFromTheTopology) {
  const std::string with_cache =
      "  - {name: one, nodes: [{cpus: 2, memory: 1G}], cache: {sets: 1024, ways: 16}}";
  const std::string document = test::edited(7, with_cache) + "accel: icount\ninstrument: memory\n";
  EXPECT_EQ(parsed(document).topologies[0].cache, (CacheShape{1024, 16, 64}));
  EXPECT_THAT(
      mistakes(test::edited(7,
                            "  - {name: one, nodes: [{cpus: 2, memory: 1G}], cache: {sets: 3, "
                            "ways: 1}}") +
                   "accel: icount\ninstrument: memory\n",
               test::catalogue()),
      ElementsAre("x.yaml:7:63: error: 'sets' is 3, not a power of two; write for example 4"));
}

}  // namespace
}  // namespace faultline
