// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/exactness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

ReportBuilder icount() {
  ReportBuilder builder;
  builder.results_.run.accel = "icount";
  return builder;
}

TEST(Exactness, MakesOnePairOfBootsAnExactVerdict) {
  const Report report = icount().blocks({{1.000, 1.001}, {1.000, 1.001}}).report();
  const Comparison& c = report.comparisons.at(0);
  EXPECT_TRUE(c.exact);
  EXPECT_EQ(c.verdict, Verdict::regressed);  // One in a thousand is a change.
  EXPECT_EQ(c.effect.value, 1.001);
  EXPECT_EQ(c.effect.low, c.effect.high);
  EXPECT_EQ(c.p, std::nullopt);
  EXPECT_EQ(c.time_label, std::nullopt);
  ASSERT_EQ(report.proofs.size(), 2u);
  EXPECT_TRUE(report.proofs[0].proven && report.proofs[1].proven);
  EXPECT_THAT(report.headline, HasSubstr("exact"));
}

TEST(Exactness, NeedsNoCalibration) {
  const Results any = ReportBuilder().blocks({{1, 1}, {1, 1}}).results_;
  const Results exact = icount().blocks({{1, 2}, {1, 2}}).results_;
  EXPECT_FALSE(make_report(exact, &any).calibration.has_value());
}

TEST(Exactness, FindsEqualArmsEquivalent) {
  EXPECT_EQ(icount().blocks({{3, 3}, {3, 3}}).only_comparison().verdict, Verdict::equivalent);
}

TEST(Exactness, IsLostWithOneDigitAndShowsWhere) {
  const double above = std::nextafter(2.0, 3.0);
  ReportBuilder builder = icount();
  builder.boot(0, 0, {1, 1});
  builder.boot(1, 0, {2, 2});
  builder.boot(0, 1, {1, 1});
  builder.boot(1, 1, {2, above});
  const Report report = builder.report();
  const Comparison& c = report.comparisons.at(0);
  EXPECT_FALSE(c.exact);
  EXPECT_EQ(c.verdict, Verdict::inconclusive) << "two blocks are no statistics";
  EXPECT_TRUE(c.time_label.has_value());
  EXPECT_THAT(report.warnings,
              Contains(HasSubstr("new on t is not exact: blocks 1 and 2 differ: m, iteration 2 of "
                                 "w n=1: 2 and 2.0000000000000004")));
}

TEST(Exactness, TellsASampleThatIsMissing) {
  ReportBuilder builder = icount();
  builder.boot(0, 0, {1, 2});
  builder.boot(0, 1, {1});
  const Report report = builder.report();
  EXPECT_THAT(report.proofs.at(0).difference, HasSubstr("m, iteration 2 of w n=1: missing"));
}

TEST(Exactness, HoldsEveryFurtherBootToTheFirst) {
  ReportBuilder builder = icount();
  builder.blocks({{1, 2}, {1, 2}, {1, 2}, {1, 2.5}});
  EXPECT_THAT(builder.report().proofs.at(1).difference, HasSubstr("blocks 1 and 4 differ"));
  EXPECT_THAT(builder.report().proofs.at(1).difference, HasSubstr("(+25 %)"));
}

TEST(Exactness, NeedsASecondBoot) {
  const Report report = icount().blocks({{1, 2}}).report();
  EXPECT_FALSE(report.proofs.at(0).proven);
  EXPECT_THAT(report.proofs.at(0).difference, HasSubstr("second one has to agree"));
  EXPECT_EQ(report.comparisons.at(0).verdict, Verdict::inconclusive);
  EXPECT_THAT(report.comparisons.at(0).reason, HasSubstr("second boot of each arm"));
  EXPECT_EQ(report.comparisons.at(0).further_blocks, 1u);
  EXPECT_THAT(report.headline, HasSubstr("Nothing is proven yet of new and base"));
  for (const std::string& warning : report.warnings)
    EXPECT_THAT(warning, Not(HasSubstr("fewer than 6")));
}

TEST(Exactness, TakesEqualNotANumbersForEqual) {
  EXPECT_TRUE(icount().blocks({{NAN, 2}, {NAN, 2}}).report().proofs.at(0).proven);
}

TEST(Exactness, SaysNothingOfOtherAccelerators) {
  EXPECT_TRUE(ReportBuilder().blocks({{1, 2}, {1, 2}}).report().proofs.empty());
}

}  // namespace
}  // namespace faultline
