// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_experiment.h"

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

TEST_F(Run, RecordsWhatTheImageIsMadeOf) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  run();
  Store store = Store::open(database(), Store::Mode::read_only);
  const auto image = store.image(store.boot("r1-b1-only-one").image_hash);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->name, "minimal");
  EXPECT_EQ(image->disk_hash, "");
}

TEST_F(Run, EndsWithWordsWhenTheDebianImageCannotBeMade) {
  experiment_.collect = {"perf"};
  try {
    run();
    FAIL() << "there is no recipe";
  } catch (const Error& error) {
    EXPECT_THAT(std::string(error.what()), HasSubstr("debian/recipe"));
  }
  write("debian/recipe", "suite bookworm\npackage gcc\n");
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", (folder_.path() / "nowhere").c_str(), 1);
  try {
    run();
    ADD_FAILURE() << "made without tools";
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), HasSubstr("apt-get install mmdebstrap"));
  }
  ::setenv("PATH", path.c_str(), 1);
}

TEST_F(Run, CarriesOutEveryBootOfThePlanAndFinishesTheRun) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  const RunSummary summary = run();
  EXPECT_EQ(summary.boots, 2U);
  EXPECT_EQ(summary.guest_failures, 0U);
  EXPECT_FALSE(summary.interrupted);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one completed", "r1-b2-only-one completed"));
  EXPECT_EQ(results().samples.size(), 2U);
  EXPECT_GT(results().run.finished_at_ns, 0);
  EXPECT_THAT(hypervisor_.machines()[0].cmdline, HasSubstr("test=only"));
}

TEST_F(Run, KeepsThePublishedFiguresThatItStandsBeside) {
  PublishedFigure pair;
  pair.what = "a walk";
  pair.without = 3;
  pair.with = 1.5;
  PublishedFigure curve;
  curve.what = "walks";
  curve.unit = "s";
  curve.over = "processes";
  curve.points = {{64, 350}, {128, 1228.8}};
  curve.here = {{"walk", "value", "value", "only", {{"a", "1"}, {"b", "2"}}, {}}};
  catalogue_.published["walks"] = {"walks", "a thread", "It helps.", {curve, pair}, {"Luck."}};
  experiment_.reference = "walks";
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  run();
  const PublishedRecord kept = results().run.published;
  EXPECT_EQ(kept.source, "a thread");
  EXPECT_THAT(kept.may_differ, ElementsAre("Luck."));
  EXPECT_THAT(kept.pairs, ElementsAre(PublishedPair{"a walk", "", 3, 1.5, "", "", "", {}}));
  EXPECT_THAT(kept.curves,
              ElementsAre(PublishedCurve{"walks",
                                         "s",
                                         "processes",
                                         {{64, 350}, {128, 1228.8}},
                                         {{"walk", "value", "value", "only", {"a=1", "b=2"}}}}));
}

TEST_F(Run, GoesOnAfterAnInterruptWithoutRepeatingABoot) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(2);
  const RunSummary first = run();
  EXPECT_TRUE(first.interrupted);
  EXPECT_EQ(first.boots, 1U);
  EXPECT_EQ(results().run.finished_at_ns, 0);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one completed", "r1-b2-only-one cancelled"));

  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one-again1", "2"));
  const RunSummary second = run();
  EXPECT_FALSE(second.interrupted);
  EXPECT_EQ(second.run_id, 1);
  EXPECT_EQ(second.boots, 2U);
  EXPECT_THAT(progress_.starts, ElementsAre(2U));
  EXPECT_THAT(progress_.said, Contains(HasSubstr("going on with run 1")));
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one completed", "r1-b2-only-one cancelled",
                                    "r1-b2-only-one-again1 completed"));
  EXPECT_GT(results().run.finished_at_ns, 0);
}

TEST_F(Run, BeginsAnewWhenTheUnitOfAMetricWasChanged) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(2);
  run();
  progress_ = {};
  catalogue_.workloads.at("walk").metrics[0].unit = "ms";
  hypervisor_.push(ScriptedGuest::good("r2-b1-only-one", "1000"));
  hypervisor_.push(ScriptedGuest::good("r2-b2-only-one", "1000"));
  EXPECT_EQ(run().run_id, 2);
}

TEST_F(Run, AFailureBeforeAnInterruptStillCountsAfterIt) {
  hypervisor_.push(GuestScript{}.ends(GuestEnd::Kind::panicked));
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(2);
  EXPECT_EQ(run().guest_failures, 1U);
  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one-again1", "2"));
  EXPECT_EQ(run().guest_failures, 1U) << "the run has a guest that failed, whoever asks when";
}

TEST_F(Run, StartsANewRunWhenTheLastOneIsDoneOrWhenAskedTo) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  EXPECT_EQ(run().run_id, 1);
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(1);
  EXPECT_EQ(run().run_id, 2);
  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r3-b1-only-one", "1"));
  EXPECT_EQ(run({.blocks = std::nullopt, .fresh = true}).run_id, 3);
}

TEST_F(Run, TriesAgainWhatTheHostFailedAndStoresEveryAttempt) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.push(killed());
  hypervisor_.push(killed());
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again2", "1"));
  const RunSummary summary = run();
  EXPECT_EQ(summary.given_up, 0U);
  EXPECT_THAT(stored(),
              ElementsAre("r1-b1-only-one infra_failed", "r1-b1-only-one-again1 infra_failed",
                          "r1-b1-only-one-again2 completed"));
}

TEST_F(Run, NeverTriesAgainWhatAGuestFailed) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.push(GuestScript{}.ends(GuestEnd::Kind::panicked));
  const RunSummary summary = run();
  EXPECT_EQ(summary.guest_failures, 1U);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one boot_failed"));
}

TEST_F(Run, LeavesBootsThatItGaveUpForTheNextTime) {
  for (int i = 0; i < 3; ++i) hypervisor_.push(killed());
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  const RunSummary first = run();
  EXPECT_EQ(first.given_up, 1U);
  EXPECT_FALSE(first.interrupted);
  EXPECT_EQ(results().run.finished_at_ns, 0) << "a boot is missing, and that is our fault";

  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again3", "1"));
  const RunSummary second = run();
  EXPECT_EQ(second.given_up, 0U);
  EXPECT_THAT(progress_.starts, ElementsAre(1U));
  EXPECT_THAT(stored(), Contains("r1-b1-only-one-again3 completed"));
  EXPECT_GT(results().run.finished_at_ns, 0);
}

TEST_F(Run, StopsWhenTheHostFailsOneBootAfterTheOther) {
  experiment_ = experiment({{"only", "bzImage"}}, 5);
  for (int attempt = 0; attempt < 3 * 3; ++attempt) hypervisor_.push(killed());
  const RunSummary summary = run();
  EXPECT_EQ(summary.given_up, 3U);
  EXPECT_TRUE(summary.hopeless);
  EXPECT_FALSE(summary.interrupted);
  EXPECT_EQ(stored().size(), 9U);
  EXPECT_EQ(results().run.finished_at_ns, 0) << "the same command goes on";
}

TEST_F(Run, GoesOnWhenTheHostFailsABootNowAndThen) {
  experiment_ = experiment({{"only", "bzImage"}}, 5);
  for (int attempt = 0; attempt < 2 * 3; ++attempt) hypervisor_.push(killed());
  hypervisor_.push(ScriptedGuest::good("r1-b3-only-one", "1"));
  for (int attempt = 0; attempt < 2 * 3; ++attempt) hypervisor_.push(killed());
  const RunSummary summary = run();
  EXPECT_EQ(summary.given_up, 4U);
  EXPECT_FALSE(summary.hopeless);
  EXPECT_EQ(summary.boots, 5U);
}

TEST_F(Run, AKernelThatDoesNotBuildIsTheOutcomeOfEachOfItsBoots) {
  experiment_ = experiment({{"good", "bzImage"}, {"text", "text"}}, 2);
  hypervisor_.push(ScriptedGuest::good("r1-b1-good-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-good-one", "2"));
  const RunSummary summary = run();
  EXPECT_THAT(progress_.built_arms, ElementsAre("good ok", "text failed"));
  EXPECT_EQ(summary.boots, 4U);
  EXPECT_EQ(summary.guest_failures, 2U);
  std::vector<std::string> found = stored();
  std::sort(found.begin(), found.end());
  EXPECT_THAT(found, ElementsAre("r1-b1-good-one completed", "r1-b1-text-one build_failed",
                                 "r1-b2-good-one completed", "r1-b2-text-one build_failed"));
}

TEST_F(Run, WithoutAnyKernelThereIsStillAnAnswer) {
  experiment_ = experiment({{"text", "text"}}, 1);
  const RunSummary summary = run();
  EXPECT_EQ(summary.guest_failures, 1U);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-text-one build_failed"));
  EXPECT_THAT(hypervisor_.machines(), IsEmpty());
}

TEST_F(Run, AnInterruptInABuildLeavesNoRun) {
  CommandThatIsInterrupted commands(*interrupt_);
  const RunSummary summary = run_with(commands);
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(summary.run_id, 0);
  EXPECT_THAT(Store::open(database(), Store::Mode::read_only).runs(), IsEmpty());
}

TEST_F(Run, EndsAndNamesTheGuestsThatAKilledRunLeft) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.leftovers = {"faultline-x-1-r7-b1"};
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  run();
  EXPECT_THAT(progress_.said, Contains(HasSubstr("ended guest faultline-x-1-r7-b1")));
}

}  // namespace
}  // namespace faultline
