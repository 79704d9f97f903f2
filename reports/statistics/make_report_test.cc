// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reports/report.h"
#include "reports/testing/fake_results.h"

namespace faultline {
namespace {

using testing::DoubleNear;
using testing::HasSubstr;

/// Two arms, one topology, one step, one metric; a block is a pair of values.
class Builder {
 public:
  Builder() {
    RunInfo& run = results_.run;
    run.arms = {"base", "new"};
    run.baseline = "base";
    run.topologies = {"t"};
    run.metrics = {{"w", "m", "s", "lower", "ratio", "median", true, ""}};
    run.accel = "kvm";
    run.finished_at_ns = 1;
    results_.steps = {{"w", "n=1"}};
  }
  Builder& metric(const char* scale, const char* direction, const char* summary = "median") {
    results_.run.metrics[0].scale = scale;
    results_.run.metrics[0].direction = direction;
    results_.run.metrics[0].summary = summary;
    return *this;
  }
  std::uint32_t boot(std::uint32_t arm, std::uint32_t block, std::vector<double> iterations,
                     OutcomeKind kind = OutcomeKind::completed, std::uint32_t attempt = 0) {
    ResultBoot boot;
    boot.arm = arm;
    boot.block = block;
    boot.attempt = attempt;
    boot.accel = "kvm";
    boot.outcome.kind = kind;
    const auto index = static_cast<std::uint32_t>(results_.boots.size());
    results_.boots.push_back(boot);
    for (std::uint32_t i = 0; i < iterations.size(); ++i)
      results_.samples.push_back({index, 0, 0, i, iterations[i]});
    results_.run.blocks = std::max(results_.run.blocks, block + 1);
    return index;
  }
  Builder& blocks(const std::vector<std::pair<double, double>>& values) {
    for (std::uint32_t block = 0; block < values.size(); ++block) {
      boot(0, block, {values[block].first});
      boot(1, block, {values[block].second});
    }
    return *this;
  }
  Results results_;
  Report report() { return make_report(results_); }
  Comparison only_comparison() {
    const Report made = report();
    EXPECT_EQ(made.comparisons.size(), 1u);
    return made.comparisons.empty() ? Comparison{} : made.comparisons[0];
  }
};

TEST(MakeReport, ComparesRatioMetricsByTheRatioWithinBlocks) {
  // The blocks differ tenfold; only the ratio inside each is alike.
  const Comparison c =
      Builder().blocks({{1, 2}, {10, 20}, {100, 200}, {1, 2}, {10, 20}, {5, 10}}).only_comparison();
  EXPECT_THAT(c.effect.value, DoubleNear(2, 1e-12));
  EXPECT_EQ(c.verdict, "higher");
  EXPECT_TRUE(c.worse);
  EXPECT_FALSE(c.better);
  EXPECT_EQ(c.effect.n, 6u);
}

TEST(MakeReport, ComparesDifferenceMetricsByTheDifferenceAlsoBelowZero) {
  const Comparison c = Builder()
                           .metric("difference", "higher")
                           .blocks({{-1, 1}, {0, 2}, {1, 3}, {2, 4}, {-5, -3}, {0, 2}})
                           .only_comparison();
  EXPECT_FALSE(c.is_ratio);
  EXPECT_EQ(c.effect.value, 2);
  EXPECT_EQ(c.effect.low, 2.0);
  EXPECT_EQ(c.verdict, "higher");
  EXPECT_TRUE(c.better);
  EXPECT_THAT(c.note, HasSubstr("all blocks alike"));
}

TEST(MakeReport, SeesNoClearDifferenceWhereTheIntervalHoldsOne) {
  const Comparison c = Builder()
                           .blocks({{1, 1.1}, {1, 0.9}, {1, 1.2}, {1, 0.8}, {1, 1.05}, {1, 1}})
                           .only_comparison();
  EXPECT_EQ(c.verdict, "no clear difference");
  EXPECT_FALSE(c.better || c.worse);
}

TEST(MakeReport, FindsEqualArmsEqual) {
  const Comparison c =
      Builder().blocks({{3, 3}, {4, 4}, {5, 5}, {3, 3}, {4, 4}, {5, 5}}).only_comparison();
  EXPECT_EQ(c.verdict, "no clear difference");
  EXPECT_EQ(c.effect, (Estimate{1, 1, 1, 6}));
}

TEST(MakeReport, GivesNoIntervalAndNoVerdictBelowSixBlocks) {
  const Comparison c = Builder().blocks({{1, 2}, {1, 2}, {1, 2}, {1, 2}, {1, 2}}).only_comparison();
  EXPECT_EQ(c.verdict, "too few blocks");
  EXPECT_THAT(c.effect.value, DoubleNear(2, 1e-12));
  EXPECT_FALSE(c.effect.low.has_value());
}

TEST(MakeReport, RefusesRatiosOfZeroAndNegativeValues) {
  const Comparison c =
      Builder().blocks({{1, 2}, {0, 2}, {1, -2}, {1, 2}, {1, 2}, {1, 2}}).only_comparison();
  EXPECT_EQ(c.verdict, "not comparable");
  EXPECT_EQ(c.note, "zero or negative value in 2 of 6 blocks");
}

TEST(MakeReport, TakesABootAsOneValueHoweverManyIterationsItHas) {
  for (const auto& [summary, expected] : std::vector<std::pair<const char*, double>>{
           {"median", 2}, {"mean", 4}, {"min", 1}, {"max", 9}, {"sum", 12}}) {
    Builder builder;
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
  Builder builder;
  builder.boot(0, 0, {100}, OutcomeKind::infra_failed, 0);
  builder.boot(0, 0, {1}, OutcomeKind::completed, 1);
  builder.boot(1, 0, {50}, OutcomeKind::completed, 0);
  builder.boot(1, 0, {2}, OutcomeKind::completed, 1);
  EXPECT_THAT(builder.only_comparison().effect.value, DoubleNear(2, 1e-12));
}

TEST(MakeReport, NeverCountsBootsThatWeFailedOrThatWereCancelled) {
  Builder builder;
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

TEST(MakeReport, LeavesOutWhatIsNotFiniteAndSaysSo) {
  Builder builder;
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
  Builder builder;
  builder.metric("difference", "lower", "sum").blocks({{most, -most}, {1, 2}});
  builder.boot(0, 2, {most, most});
  builder.boot(1, 2, {1});
  const Comparison c = builder.only_comparison();
  EXPECT_EQ(c.effect.n, 1u);
  EXPECT_THAT(c.note, HasSubstr("1 block beyond the range of numbers"));
}

TEST(MakeReport, ShowsPlannedStepsThatNoBootReachedInTheOrderOfThePlan) {
  Builder builder;
  builder.boot(0, 0, {1}, OutcomeKind::timed_out);
  builder.results_.run.planned_steps = {"w\tn=0", "w\tn=1", "w\tn=2"};
  const Report report = builder.report();
  ASSERT_EQ(report.results.steps.size(), 3u);
  EXPECT_EQ(report.results.steps[1].params, "n=1");
  EXPECT_EQ(report.boot_values.at(0).step, 1u);
  EXPECT_EQ(report.cells.at(2).missing, "1 of 1 boot missing: 1 timed_out");
}

TEST(MakeReport, DoesNotMissWhatThePlanLeftOut) {
  Builder builder;
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
  Builder builder;
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

}  // namespace
}  // namespace faultline
