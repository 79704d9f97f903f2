// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "reports/report.h"
#include "reports/testing/fake_results.h"

namespace faultline {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

/// Turns the samples of arm "shared" into those of "chains" times `factor`.
Results with_ratio(double factor, const char* metric_unit = "s", const char* direction = "lower") {
  Results results = fake::quickstart_results();
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>, double> base;
  const auto key = [&](const ResultSample& s) {
    const ResultBoot& boot = results.boots[s.boot];
    return std::make_tuple(boot.block * 2 + boot.topology, s.step, s.metric, s.iteration);
  };
  for (const ResultSample& s : results.samples)
    if (results.boots[s.boot].arm == 0) base[key(s)] = s.value;
  for (ResultSample& s : results.samples)
    if (results.boots[s.boot].arm == 1) s.value = base[key(s)] * factor;
  results.run.metrics[0].unit = metric_unit;
  results.run.metrics[0].direction = direction;
  return results;
}

TEST(Headline, NamesTheStrongestPrimaryEffectWithItsIntervals) {
  EXPECT_THAT(
      make_report(fake::quickstart_results()).headline,
      MatchesRegex("shared is [0-9]+–[0-9]+ × slower than chains in walk_seconds of "
                   "rmap-walk at children=256 \\(two topologies, 6 blocks, TCG, emulated\\)\\."));
}

TEST(Headline, TurnsRoundWhenTheBaselineIsTheSlowArm) {
  Results results = fake::quickstart_results();
  results.run.baseline = "shared";
  EXPECT_THAT(make_report(std::move(results)).headline,
              MatchesRegex("chains is [0-9]+–[0-9]+ × faster than shared in walk_seconds.*"));
}

TEST(Headline, SpeaksOfSmallEffectsInPercent) {
  EXPECT_THAT(make_report(with_ratio(1.12)).headline,
              StartsWith("shared needs 12 % more time than chains in walk_seconds of rmap-walk"));
  EXPECT_THAT(make_report(with_ratio(0.92)).headline,
              StartsWith("shared needs 8.0 % less time than chains"));
}

TEST(Headline, SaysWhetherMoreIsBetterWhereItIsNotTime) {
  EXPECT_THAT(make_report(with_ratio(3, "1/s", "higher")).headline,
              AllOf(StartsWith("shared has 3.0 × more walk_seconds than chains"),
                    HasSubstr("which is better")));
  EXPECT_THAT(make_report(with_ratio(3, "1/s", "neutral")).headline, Not(HasSubstr("which is")));
}

TEST(Headline, SaysThatArmsAreEqual) {
  EXPECT_EQ(make_report(with_ratio(1)).headline,
            "shared and chains are identical in walk_seconds of rmap-walk "
            "(two topologies, 6 blocks, TCG, emulated).");
  Results results = with_ratio(1);
  results.run.declared["analysis.equivalence"] = "0.02";
  Random random(3);
  for (ResultSample& s : results.samples)
    if (results.boots[s.boot].arm == 1) s.value *= 1 + 1e-5 * double(random.below(100));
  EXPECT_THAT(make_report(std::move(results)).headline,
              MatchesRegex("shared and chains are equal within 0.0[0-9]+ % in walk_seconds.*"));
}

TEST(Headline, AddsWhatTheOtherPrimaryMetricsSay) {
  Results results = with_ratio(3);
  for (ResultSample& s : results.samples)
    if (s.metric == 0 && results.boots[s.boot].arm == 1) s.value *= 2;
  results.run.metrics[1].primary = true;
  EXPECT_THAT(make_report(results).headline,
              HasSubstr("emulated); shared is 3.0 × slower than chains in fork_seconds"));
  for (ResultSample& s : results.samples)
    if (s.metric == 1 && results.boots[s.boot].arm == 1) s.value /= 3;
  results.run.declared["analysis.equivalence"] = "0.02";
  EXPECT_THAT(make_report(results).headline,
              HasSubstr("emulated); fork_seconds of rmap-walk is equal within "));
  Random random(3);
  for (ResultSample& s : results.samples)
    if (s.metric == 1) s.value *= 1 + 0.001 * double(random.below(1000));
  EXPECT_THAT(make_report(std::move(results)).headline,
              HasSubstr("emulated); no clear difference in fork_seconds of rmap-walk, within -"));
}

TEST(Headline, AdmitsThatBlocksAreTooFew) {
  EXPECT_EQ(make_report(fake::quickstart_results({.blocks = 1})).headline,
            "Too few blocks to tell shared from chains: 1 complete, 6 are needed.");
}

TEST(Headline, SaysWhatEveryBootOfTooFewShowed) {
  Results results = fake::quickstart_results({.blocks = 1});
  results.run.metrics[0] = {"rmap-walk", "violations", "", "lower", "difference", "max", true, ""};
  for (ResultSample& s : results.samples)
    if (s.metric == 0) s.value = 0;
  EXPECT_EQ(make_report(results).headline,
            "violations of rmap-walk is 0 in every boot of shared and chains (1 block; a verdict "
            "needs 6).");
  Results failed = results;
  failed.boots[0].outcome.kind = OutcomeKind::workload_failed;
  std::erase_if(failed.samples, [](const ResultSample& s) { return s.boot == 0; });
  EXPECT_THAT(make_report(std::move(failed)).headline, StartsWith("Too few blocks"));
  results.samples.back().metric = 0;
  results.samples.back().value = 1;
  EXPECT_THAT(make_report(std::move(results)).headline, StartsWith("Too few blocks"));
}

TEST(Headline, SaysThatTheGuestsCrashed) {
  EXPECT_THAT(make_report(fake::quickstart_results({.one_crash = true})).headline,
              testing::EndsWith("; shared failed in 1 of 12 boots."));
}

TEST(Headline, NamesTheTopologyWhenOnlyOneShowsTheEffect) {
  Results results = with_ratio(1);
  for (ResultSample& s : results.samples)
    if (results.boots[s.boot].arm == 1 && results.boots[s.boot].topology == 1 && s.step == 1)
      s.value *= 4;
  EXPECT_EQ(make_report(std::move(results)).headline,
            "shared is 4.0 × slower than chains in walk_seconds of rmap-walk at children=64 "
            "(two-node, 6 blocks, TCG, emulated).");
}

TEST(Headline, AdmitsTheOppositeElsewhere) {
  Results results = with_ratio(3);
  for (ResultSample& s : results.samples)
    if (results.boots[s.boot].arm == 1 && s.step == 0) s.value /= 6;
  EXPECT_THAT(make_report(std::move(results)).headline,
              HasSubstr("but the other way round in 2 of 6 comparisons"));
}

TEST(Headline, AdmitsTheOppositeElsewhereOfAFurtherMetric) {
  Results results = with_ratio(3);
  for (ResultSample& s : results.samples) {
    if (results.boots[s.boot].arm != 1) continue;
    if (s.metric == 0) s.value *= 2;
    if (s.metric == 1 && s.step == 0) s.value /= 6;
  }
  results.run.metrics[1].primary = true;
  EXPECT_THAT(make_report(std::move(results)).headline,
              HasSubstr("fork_seconds of rmap-walk at children=64, but the other way round in 2 of "
                        "6 comparisons"));
}

TEST(Warnings, TellHowFarEmulatedTimesCanBeBelieved) {
  EXPECT_THAT(make_report(fake::quickstart_results()).warnings,
              Contains(AllOf(HasSubstr("absolute times do not"), HasSubstr("KVM internal error"))));
}

TEST(Warnings, NameTheCrashAndItsBlock) {
  EXPECT_THAT(make_report(fake::quickstart_results({.one_crash = true})).warnings,
              Contains("shared on two-node: guest_crashed in step rmap-walk children=256 pages=64: "
                       "BUG: kernel NULL pointer dereference in rmap_walk_anon (1 boot, first in "
                       "block 4)"));
}

TEST(Warnings, NameWhatAKernelComplainedOfAndSurvived) {
  Results results = fake::quickstart_results();
  for (ResultBoot& boot : results.boots)
    if (boot.arm == 1 && boot.topology == 0 && boot.block < 2)
      boot.outcome.oops_title = "KCSAN: data-race in __bitmap_and";
  EXPECT_THAT(make_report(std::move(results)).warnings,
              Contains("shared on one-node: completed, but its kernel complained: KCSAN: data-race "
                       "in __bitmap_and (2 boots, first in block 1)"));
}

TEST(Warnings, CountTheSameNoteOnce) {
  Results results = fake::quickstart_results();
  for (ResultBoot& boot : results.boots) boot.notes = {"/sys/x did not take: asked 1, reads 0"};
  EXPECT_THAT(make_report(std::move(results)).warnings,
              Contains("/sys/x did not take: asked 1, reads 0 (24 boots)"));
}

TEST(Warnings, TellThatTheRunIsNotFinished) {
  Results results = fake::quickstart_results();
  results.run.finished_at_ns = 0;
  results.run.planned_boots = 40;
  EXPECT_THAT(make_report(std::move(results)).warnings,
              Contains("The run is not finished: 24 of 40 boots done."));
}

TEST(Warnings, TellOfMixedAccelerators) {
  Results results = fake::quickstart_results();
  results.boots[0].accel = "kvm";
  EXPECT_THAT(make_report(std::move(results)).warnings,
              Contains(HasSubstr("different accelerators (KVM, TCG)")));
}

TEST(Warnings, TellThatTheBaselineIsUnknown) {
  Results results = fake::quickstart_results();
  results.run.baseline = "gone";
  EXPECT_THAT(make_report(std::move(results)).warnings, Contains(HasSubstr("none of the arms")));
}

}  // namespace
}  // namespace faultline
