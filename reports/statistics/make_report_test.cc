// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reports/report.h"
#include "reports/testing/fake_results.h"
#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;

TEST(MakeReport, ComparesRatioMetricsByTheRatioWithinBlocks) {
  // The blocks differ tenfold; only the ratio inside each is alike.
  const Comparison c = ReportBuilder()
                           .blocks({{1, 2}, {10, 20}, {100, 200}, {1, 2}, {10, 20}, {5, 10}})
                           .only_comparison();
  EXPECT_THAT(c.effect.value, DoubleNear(2, 1e-12));
  EXPECT_EQ(c.verdict, Verdict::regressed);
  EXPECT_EQ(c.time_label, std::nullopt);
  EXPECT_EQ(c.effect.n, 6u);
}

TEST(MakeReport, ComparesDifferenceMetricsByTheDifferenceAlsoBelowZero) {
  const Comparison c = ReportBuilder()
                           .metric("difference", "higher")
                           .blocks({{-1, 1}, {0, 2}, {1, 3}, {2, 4}, {-5, -3}, {0, 2}})
                           .only_comparison();
  EXPECT_FALSE(c.is_ratio);
  EXPECT_EQ(c.effect.value, 2);
  EXPECT_EQ(c.effect.low, 2.0);
  EXPECT_EQ(c.verdict, Verdict::improved);
  EXPECT_THAT(c.note, HasSubstr("all blocks alike"));
}

TEST(MakeReport, SeesNoClearDifferenceWhereTheIntervalHoldsOne) {
  const Comparison c = ReportBuilder()
                           .blocks({{1, 1.1}, {1, 0.9}, {1, 1.2}, {1, 0.8}, {1, 1.05}, {1, 1}})
                           .only_comparison();
  EXPECT_EQ(c.verdict, Verdict::inconclusive);
  EXPECT_EQ(c.reason, "the interval holds no effect");
}

TEST(MakeReport, FindsEqualArmsEqual) {
  const Comparison c =
      ReportBuilder().blocks({{3, 3}, {4, 4}, {5, 5}, {3, 3}, {4, 4}, {5, 5}}).only_comparison();
  EXPECT_EQ(c.verdict, Verdict::equivalent);
  EXPECT_EQ(c.effect, (Estimate{1, 1, 1, 6}));
}

TEST(MakeReport, GivesNoIntervalAndNoVerdictBelowSixBlocks) {
  const Comparison c =
      ReportBuilder().blocks({{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}}).only_comparison();
  EXPECT_EQ(c.verdict, Verdict::inconclusive);
  EXPECT_EQ(c.reason, "5 blocks complete, 6 are needed");
  EXPECT_EQ(c.further_blocks, 1u);
  EXPECT_THAT(c.effect.value, DoubleNear(2, 1e-12));
  EXPECT_FALSE(c.effect.low.has_value());
}

TEST(MakeReport, RefusesRatiosOfZeroAndNegativeValues) {
  const Comparison c =
      ReportBuilder().blocks({{1, 2}, {0, 2}, {1, -2}, {1, 2}, {1, 2}, {1, 2}}).only_comparison();
  EXPECT_EQ(c.verdict, Verdict::not_comparable);
  EXPECT_EQ(c.reason, "zero or negative value in 2 of 6 blocks");
}

TEST(MakeReport, TakesABootAsOneValueHoweverManyIterationsItHas) {
  for (const auto& [summary, expected] : std::vector<std::pair<const char*, double>>{
           {"median", 2}, {"mean", 4}, {"min", 1}, {"max", 9}, {"sum", 12}}) {
    ReportBuilder builder;
    builder.metric("ratio", "lower", summary);
    builder.boot(0, 0, {9, 1, 2});
    const Report report = builder.report();
    ASSERT_EQ(report.boot_values.size(), 1u);
    EXPECT_EQ(report.boot_values[0].value, expected) << summary;
    EXPECT_EQ(report.boot_values[0].iterations, 3u);
    EXPECT_EQ(report.cells.at(0).median.n, 1u);
  }
}

TEST(MakeReport, CountsOnlyTheLastAttemptOfABoot) {
  ReportBuilder builder;
  builder.boot(0, 0, {100}, OutcomeKind::infra_failed, 0);
  builder.boot(0, 0, {1}, OutcomeKind::completed, 1);
  builder.boot(1, 0, {50}, OutcomeKind::completed, 0);
  builder.boot(1, 0, {2}, OutcomeKind::completed, 1);
  EXPECT_THAT(builder.only_comparison().effect.value, DoubleNear(2, 1e-12));
}

TEST(MakeReport, NeverCountsBootsThatWeFailedOrThatWereCancelled) {
  ReportBuilder builder;
  builder.blocks({{1, 2}, {1, 2}});
  builder.boot(0, 2, {1});
  builder.boot(1, 2, {1000}, OutcomeKind::infra_failed);
  builder.boot(0, 3, {1000}, OutcomeKind::cancelled);
  builder.boot(1, 3, {2});
  const Comparison c = builder.only_comparison();
  EXPECT_EQ(c.effect.n, 2u);
  EXPECT_EQ(c.note, "2 of 4 blocks complete, all blocks alike");
  const Report report = builder.report();
  EXPECT_EQ(report.cells.at(1).missing, "1 of 4 boots missing: 1 infra_failed");
}

TEST(MakeReport, KeepsTheOtherStepsOfABootThatDiedInOne) {
  Results results = fake::quickstart_results({.one_crash = true});
  // What the crashed step printed before it died is no measurement.
  for (std::uint32_t i = 0; i < results.boots.size(); ++i)
    if (results.boots[i].outcome.kind == OutcomeKind::guest_crashed)
      results.samples.push_back({i, 2, 0, 0, 1e9});
  const Report report = make_report(std::move(results));
  for (const CellSummary& cell : report.cells) {
    const bool struck = cell.arm == 1 && cell.topology == 1 && cell.step == 2;
    EXPECT_EQ(cell.median.n, struck ? 5u : 6u);
    EXPECT_EQ(cell.missing, struck ? "1 of 6 boots missing: 1 guest_crashed" : "");
    EXPECT_LT(cell.max, 1e8);
  }
}

TEST(MakeReport, SaysThatAWorkloadFailedWhereItsValuesAreMissing) {
  ReportBuilder builder;
  builder.results_.run.accel = "tcg";
  builder.boot(0, 0, {1});
  const std::uint32_t failed = builder.boot(1, 0, {}, OutcomeKind::workload_failed);
  builder.results_.boots[failed].outcome.phase = "power-off";  // The guest went on to its end.
  builder.results_.boots[failed].outcome.detail = "w n=1: exit status 3";
  EXPECT_EQ(builder.report().cells.at(1).missing, "1 of 1 boot missing: 1 workload_failed");
  builder.results_.boots[failed].outcome.detail = "w n=2: exit status 3";
  EXPECT_EQ(builder.report().cells.at(1).missing, "1 of 1 boot missing: 1 no finite value");
  builder.results_.boots[failed].notes = {"w n=2: exit status 3", "w n=1: killed by signal 9"};
  EXPECT_EQ(builder.report().cells.at(1).missing, "1 of 1 boot missing: 1 workload_failed");
}

TEST(MakeReport, LeavesOutWhatIsNotFiniteAndSaysSo) {
  ReportBuilder builder;
  builder.blocks({{1, 2}});
  builder.boot(0, 1, {NAN, 5, INFINITY});
  builder.boot(1, 1, {-INFINITY});
  const Report report = builder.report();
  EXPECT_EQ(report.comparisons.at(0).effect.n, 1u);
  EXPECT_EQ(report.cells.at(0).median.n, 2u);
  EXPECT_EQ(report.cells.at(1).missing, "1 of 2 boots missing: 1 no finite value");
  EXPECT_THAT(report.warnings, testing::Contains(HasSubstr("3 samples left out: not a finite")));
}

TEST(MakeReport, StandsValuesAtTheEndsOfTheDoubles) {
  const double most = std::numeric_limits<double>::max();
  ReportBuilder builder;
  builder.metric("difference", "lower", "sum").blocks({{most, -most}, {1, 2}});
  builder.boot(0, 2, {most, most});
  builder.boot(1, 2, {1});
  const Comparison c = builder.only_comparison();
  EXPECT_EQ(c.effect.n, 1u);
  EXPECT_THAT(c.note, HasSubstr("1 block beyond the range of numbers"));
}

TEST(MakeReport, ShowsPlannedStepsThatNoBootReachedInTheOrderOfThePlan) {
  ReportBuilder builder;
  builder.boot(0, 0, {1}, OutcomeKind::timed_out);
  builder.results_.run.planned_steps = {"w\tn=0", "w\tn=1", "w\tn=2"};
  const Report report = builder.report();
  ASSERT_EQ(report.results.steps.size(), 3u);
  EXPECT_EQ(report.results.steps[1].params, "n=1");
  EXPECT_EQ(report.boot_values.at(0).step, 1u);
  EXPECT_EQ(report.cells.at(2).missing, "1 of 1 boot missing: 1 timed_out");
}

TEST(MakeReport, DoesNotMissWhatThePlanLeftOut) {
  ReportBuilder builder;
  builder.blocks({{1, 2}});
  builder.results_.steps.push_back({"w", "n=2"});
  builder.results_.samples.push_back({0, 1, 0, 0, 1});  // Only the baseline has n=2.
  builder.results_.run.topologies.push_back("never booted");
  const Report report = builder.report();
  EXPECT_EQ(report.cells.size(), 3u);
  EXPECT_EQ(report.comparisons.size(), 1u);
}

TEST(MakeReport, StandsResultsThatAreEmpty) {
  const Report report = make_report({});
  EXPECT_TRUE(report.cells.empty());
  EXPECT_EQ(report.headline, "No result: nothing has been booted.");
}

TEST(MakeReport, CountsSamplesThatNameNothing) {
  ReportBuilder builder;
  builder.blocks({{1, 2}});
  builder.results_.samples.push_back({9, 0, 0, 0, 1});
  builder.results_.samples.push_back({0, 9, 0, 0, 1});
  builder.results_.samples.push_back({0, 0, 9, 0, 1});
  EXPECT_THAT(builder.report().warnings,
              testing::Contains("3 samples left out: of no known boot, step or metric."));
}

TEST(MakeReport, IsTheSameForTheSameResults) {
  const Report one = make_report(fake::quickstart_results());
  const Report two = make_report(fake::quickstart_results());
  EXPECT_EQ(one.headline, two.headline);
  ASSERT_EQ(one.comparisons.size(), 24u);
  EXPECT_EQ(one.comparisons.size(), two.comparisons.size());
  for (std::size_t i = 0; i < one.comparisons.size(); ++i)
    EXPECT_EQ(one.comparisons[i].effect, two.comparisons[i].effect);
}

TEST(MakeReport, CallsAnIntervalInsideTheDeclaredMarginEquivalent) {
  ReportBuilder builder;
  builder.blocks({{1, 1.01}, {1, 0.99}, {1, 1.005}, {1, 1.0}, {1, 1.004}, {1, 0.996}});
  EXPECT_EQ(builder.only_comparison().verdict, Verdict::inconclusive);
  builder.results_.run.declared["analysis.equivalence"] = "0.02";
  EXPECT_EQ(builder.only_comparison().verdict, Verdict::equivalent);
  EXPECT_EQ(builder.only_comparison().margin, 0.02);
  builder.results_.run.declared["analysis.margin m"] = "0.001";
  EXPECT_EQ(builder.only_comparison().verdict, Verdict::inconclusive);
}

TEST(MakeReport, HoldsDifferencesToMarginsInTheirUnit) {
  ReportBuilder builder;
  builder.metric("difference", "lower").blocks({{5, 6}, {5, 6}, {5, 7}, {5, 5}, {5, 6}, {5, 6}});
  builder.results_.run.declared["analysis.equivalence"] = "0.5";  // For ratios only.
  EXPECT_NE(builder.only_comparison().verdict, Verdict::equivalent);
  builder.results_.run.declared["analysis.margin m"] = "2";
  EXPECT_EQ(builder.only_comparison().verdict, Verdict::equivalent);
}

TEST(MakeReport, OnlySaysChangedWhereNoDirectionIsBetter) {
  EXPECT_EQ(ReportBuilder()
                .metric("ratio", "neutral")
                .blocks({{1, 2}, {1, 3}, {1, 2}, {1, 4}, {1, 2}, {1, 3}})
                .only_comparison()
                .verdict,
            Verdict::changed);
}

TEST(MakeReport, UsesTheDeclaredMethod) {
  ReportBuilder builder;
  builder.blocks({{1, 2}, {1, 3}, {1, 2}, {1, 4}, {1, 2}, {1, 3}});
  for (const auto& [method, text] :
       {std::pair("mean-t", "Student"), {"bootstrap", "BCa"}, {"no such", "signed-rank"}}) {
    builder.results_.run.declared["analysis.method"] = method;
    EXPECT_THAT(builder.only_comparison().method, HasSubstr(text));
    EXPECT_EQ(builder.only_comparison().verdict, Verdict::regressed) << method;
  }
}

TEST(MakeReport, DemandsMoreOfOneAmongManyPrimaryMetrics) {
  // One of eight primary metrics moves in six blocks: alone p = 1/32, but one of eight would.
  ReportBuilder builder;
  builder.blocks({{1, 2}, {1, 3}, {1, 2.1}, {1, 4}, {1, 2.2}, {1, 3.1}});
  EXPECT_EQ(builder.only_comparison().verdict, Verdict::regressed);
  const std::vector<ResultSample> samples = builder.results_.samples;
  for (std::uint32_t metric = 1; metric < 8; ++metric) {
    MetricInfo another = builder.results_.run.metrics[0];
    another.name = "m" + std::to_string(metric);
    builder.results_.run.metrics.push_back(another);
    for (ResultSample sample : samples) {
      // Noise of its own: which of the two boots of a block is higher follows the metric's bits.
      sample.metric = metric;
      const ResultBoot& boot = builder.results_.boots[sample.boot];
      const double sign = (metric * 11 >> boot.block & 1) != 0 ? 1 : -1;
      sample.value = boot.arm == 1 ? 10 + sign * (1 + 0.1 * boot.block) : 10;
      builder.results_.samples.push_back(sample);
    }
  }
  const Report report = builder.report();
  ASSERT_EQ(report.comparisons.size(), 8u);
  EXPECT_EQ(report.comparisons[0].p, 1.0 / 32);
  EXPECT_GT(report.comparisons[0].adjusted_p.value_or(0), 0.05);
  EXPECT_EQ(report.comparisons[0].verdict, Verdict::inconclusive);
  EXPECT_THAT(report.comparisons[0].reason, HasSubstr("not among 8 primary comparisons"));
  EXPECT_TRUE(report.comparisons[0].further_blocks.has_value());
}

TEST(MakeReport, CallsAStrongExploratoryDifferenceEvenInSixBlocks) {
  // Of 18 exploratory comparisons those that differ by a factor of 70 are few, and six blocks give
  // no p-value below 1/32.
  const Report report = make_report(fake::quickstart_results());
  std::size_t exploratory = 0;
  for (const Comparison& c : report.comparisons) {
    exploratory += !c.primary;
    if (c.metric == 2 && c.step == 2) {
      EXPECT_EQ(c.verdict, Verdict::regressed);
    }
    if (c.p) {
      EXPECT_GE(c.adjusted_p.value_or(0), *c.p);
    }
  }
  EXPECT_EQ(exploratory, 18u);
}

TEST(MakeReport, NeverCountsAContaminatedBoot) {
  ReportBuilder builder;
  builder.blocks({{1, 2}, {1, 2}});
  builder.boot(0, 2, {1});
  builder.results_.boots[builder.boot(1, 2, {1000})].contamination = "host_load 71 % > 50 %";
  builder.boot(1, 2, {2}, OutcomeKind::completed, 1);  // Its clean repeat.
  builder.boot(0, 3, {1});
  builder.results_.boots[builder.boot(1, 3, {1000})].contamination = "steal 9 % > 1 %";
  const Report report = builder.report();
  EXPECT_EQ(report.contaminated, 2u);
  EXPECT_EQ(report.comparisons.at(0).effect.n, 3u);
  EXPECT_THAT(report.comparisons.at(0).effect.value, DoubleNear(2, 1e-12));
  EXPECT_EQ(report.cells.at(1).missing, "1 of 4 boots missing: 1 contaminated");
  EXPECT_THAT(report.warnings,
              testing::Contains("2 boots contaminated by the declared limits (1 host_load, 1 "
                                "steal): kept, not counted; 1 never repeated cleanly."));
}

TEST(MakeReport, SaysThatTheHostWasBusyWhereNoLimitWasDeclared) {
  ReportBuilder builder;
  builder.blocks({{1, 2}, {1, 2}});
  builder.results_.boots[0].conditions["host_load"] = 0.09;
  EXPECT_THAT(builder.report().warnings, testing::Not(testing::Contains(HasSubstr("Beside"))));
  builder.results_.boots[1].conditions["host_load"] = 0.25;
  builder.results_.boots[2].conditions["host_load"] = 0.71;
  EXPECT_THAT(builder.report().warnings,
              testing::Contains(HasSubstr("Beside 2 of 4 boots other processes used more than "
                                          "10 % of the host's CPU time, up to 71 %")));
  builder.results_.run.declared["contamination.host_load"] = "80 %";
  EXPECT_THAT(builder.report().warnings, testing::Not(testing::Contains(HasSubstr("Beside"))));
}

TEST(MakeReport, LabelsTimesButNotCountsOfEmulatedTopologies) {
  ReportBuilder builder;
  builder.results_.run.accel = "tcg";
  builder.blocks({{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}});
  EXPECT_EQ(builder.only_comparison().time_label, TopologyLabel::emulated);
  builder.results_.run.metrics[0].unit = "pages";
  EXPECT_EQ(builder.only_comparison().time_label, std::nullopt);
}

TEST(MakeReport, GivesTheSameFiguresOnAnyNumberOfThreads) {
  Results results = fake::quickstart_results({.blocks = 22});
  results.run.declared["analysis.method"] = "bootstrap";
  const Report one = make_report(results, nullptr, 1);
  const Report four = make_report(results, nullptr, 4);
  ASSERT_EQ(one.comparisons.size(), four.comparisons.size());
  for (std::size_t i = 0; i < one.comparisons.size(); ++i) {
    EXPECT_EQ(one.comparisons[i].effect, four.comparisons[i].effect);
    EXPECT_EQ(one.comparisons[i].p, four.comparisons[i].p);
    EXPECT_EQ(one.comparisons[i].adjusted_p, four.comparisons[i].adjusted_p);
  }
}

/// A second metric of the builder's workload, beside the one that it measures.
Results with_second_metric(ReportBuilder& builder, bool primary) {
  Results results = builder.blocks({{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}}).results_;
  results.run.metrics.push_back({"w", "rare", "", "lower", "ratio", "median", primary, ""});
  return results;
}

TEST(MakeReport, DoesNotMissAnExploratoryMetricThatNoArmHasInAStep) {
  ReportBuilder builder;
  const Report report = make_report(with_second_metric(builder, false));
  EXPECT_EQ(report.cells.size(), 2u);
  EXPECT_EQ(report.comparisons.size(), 1u);
  for (const CellSummary& cell : report.cells) EXPECT_EQ(cell.missing, "");
}

TEST(MakeReport, MissesAPrimaryMetricThatNoArmHas) {
  ReportBuilder builder;
  const Report report = make_report(with_second_metric(builder, true));
  ASSERT_EQ(report.cells.size(), 4u);
  EXPECT_EQ(report.cells.at(2).missing, "6 of 6 boots missing: 6 no finite value");
  EXPECT_EQ(report.comparisons.at(1).verdict, Verdict::not_comparable);
}

TEST(MakeReport, MissesAnExploratoryMetricThatOneArmHas) {
  ReportBuilder builder;
  Results results = with_second_metric(builder, false);
  results.samples.push_back({0, 0, 1, 0, 7});
  const Report report = make_report(std::move(results));
  ASSERT_EQ(report.cells.size(), 4u);
  EXPECT_EQ(report.cells.at(3).missing, "6 of 6 boots missing: 6 no finite value");
}

TEST(MakeReport, MissesEveryMetricOfAStepThatNoBootFinished) {
  ReportBuilder builder;
  builder.boot(0, 0, {}, OutcomeKind::timed_out);
  builder.boot(1, 0, {}, OutcomeKind::timed_out);
  builder.results_.run.metrics.push_back({"w", "rare", "", "lower", "ratio", "median", false, ""});
  EXPECT_EQ(builder.report().cells.size(), 4u);
}

}  // namespace
}  // namespace faultline
