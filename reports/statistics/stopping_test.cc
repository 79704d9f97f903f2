// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/stopping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(DeclaredLooks, FollowFromTheFileAlone) {
  EXPECT_THAT(declared_looks(6, 24), ElementsAre(6, 9, 13, 19, 24));
  EXPECT_THAT(declared_looks(10, 20), ElementsAre(10, 15, 20));
  EXPECT_THAT(declared_looks(6, 6), ElementsAre(6));
}

TEST(DeclaredLooks, NeverComeBeforeThereIsAnInterval) {
  EXPECT_THAT(declared_looks(1, 9), ElementsAre(6, 9));
  EXPECT_THAT(declared_looks(2, 4), ElementsAre(4));
}

TEST(Look, IsPreciseWhenEveryPrimaryIntervalIsNarrow) {
  ReportBuilder builder;
  builder.blocks({{1, 1.01}, {1, 0.99}, {1, 1.005}, {1, 1.0}, {1, 1.004}, {1, 0.996}});
  EXPECT_TRUE(look_at_widths(builder.results_, 6, 0.02).precise);
  const Look wide = look_at_widths(builder.results_, 6, 0.005);
  EXPECT_FALSE(wide.precise);
  EXPECT_THAT(wide.widest, HasSubstr("m of w n=1 on t: ±1 %"));
}

TEST(Look, SaysWideWidthsInWholePercent) {
  ReportBuilder builder;
  builder.blocks({{1, 1}, {1, 20}, {1, 1}, {1, 20}, {1, 1}, {1, 20}});
  EXPECT_THAT(look_at_widths(builder.results_, 6, 0.5).widest, HasSubstr("on t: ±347 %"));
}

TEST(Look, SeesWidthsOnly) {
  // Twice as slow or equal: the same widths are the same answer.
  ReportBuilder equal;
  equal.blocks({{1, 1.01}, {1, 0.99}, {1, 1.005}, {1, 1.0}, {1, 1.004}, {1, 0.996}});
  ReportBuilder twice;
  twice.blocks({{1, 2.02}, {1, 1.98}, {1, 2.01}, {1, 2.0}, {1, 2.008}, {1, 1.992}});
  for (const double precision : {0.002, 0.005, 0.0099, 0.0102, 0.02})
    EXPECT_EQ(look_at_widths(equal.results_, 6, precision).precise,
              look_at_widths(twice.results_, 6, precision).precise)
        << precision;
}

TEST(Look, NeverSeesLaterBlocks) {
  ReportBuilder builder;
  builder.blocks({{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 9}, {1, 0.1}});
  EXPECT_TRUE(look_at_widths(builder.results_, 6, 0.01).precise);
  EXPECT_FALSE(look_at_widths(builder.results_, 8, 0.01).precise);
}

TEST(Look, WaitsForAnInterval) {
  ReportBuilder builder;
  builder.blocks({{1, 1}, {1, 1}});
  const Look look = look_at_widths(builder.results_, 2, 0.5);
  EXPECT_FALSE(look.precise);
  EXPECT_THAT(look.widest, HasSubstr("no interval yet"));
  EXPECT_FALSE(look_at_widths({}, 6, 0.5).precise);
  EXPECT_THAT(look_at_widths({}, 6, 0.5).widest, HasSubstr("nothing can be compared yet"));
}

TEST(Look, IsNotHeldUpByWhatCannotBeCompared) {
  ReportBuilder builder;
  builder.blocks({{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  MetricInfo zero = builder.results_.run.metrics[0];
  zero.name = "zero";
  builder.results_.run.metrics.push_back(zero);
  for (std::uint32_t boot = 0; boot < 12; ++boot)
    builder.results_.samples.push_back({boot, 0, 1, 0, 0});
  EXPECT_TRUE(look_at_widths(builder.results_, 6, 0.01).precise);
}

TEST(Look, HoldsDifferencesToTheBaselinesSize) {
  ReportBuilder builder;
  builder.metric("difference", "lower")
      .blocks({{100, 101}, {100, 99}, {100, 101}, {100, 99}, {100, 101}, {100, 99}});
  EXPECT_TRUE(look_at_widths(builder.results_, 6, 0.02).precise);
  EXPECT_FALSE(look_at_widths(builder.results_, 6, 0.005).precise);
}

}  // namespace
}  // namespace faultline
