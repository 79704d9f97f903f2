// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::pair<double, double>> slower{{1, 2}, {1, 3}, {1, 2}, {1, 4}, {1, 2}, {1, 3}};
const std::vector<std::pair<double, double>> unclear{{1, 2}, {3, 1}, {1, 2},
                                                     {4, 1}, {1, 2}, {3, 1}};

ReportBuilder gated(const std::vector<std::pair<double, double>>& blocks) {
  ReportBuilder builder;
  builder.blocks(blocks);
  builder.results_.run.declared["gate"] = "";
  return builder;
}

TEST(Gate, IsAbsentUnlessDeclared) {
  EXPECT_EQ(ReportBuilder().blocks(slower).report().gate, std::nullopt);
}

TEST(Gate, FailsWhenAPrimaryMetricRegressed) {
  const auto gate = gated(slower).report().gate;
  ASSERT_TRUE(gate);
  EXPECT_FALSE(gate->passed);
  EXPECT_THAT(gate->failures, ElementsAre(HasSubstr("m of w n=1, new on t: regressed, ×")));
}

TEST(Gate, PassesWhatImprovedOrMovedInAnotherMetric) {
  EXPECT_TRUE(gated(slower).metric("ratio", "higher").report().gate->passed);
  ReportBuilder builder = gated(unclear);
  builder.results_.run.metrics.push_back(builder.results_.run.metrics[0]);
  builder.results_.run.metrics[1].name = "other";
  builder.results_.run.metrics[1].primary = false;
  for (std::size_t i = 0, n = builder.results_.samples.size(); i < n; ++i) {
    ResultSample sample = builder.results_.samples[i];
    sample.metric = 1;
    sample.value = builder.results_.boots[sample.boot].arm == 1 ? 5 : 1;
    builder.results_.samples.push_back(sample);
  }
  EXPECT_TRUE(builder.report().gate->passed);
}

TEST(Gate, FailsOnTheInconclusiveOnlyWhereTheFileSaysSo) {
  ReportBuilder builder = gated(unclear);
  EXPECT_TRUE(builder.report().gate->passed);
  builder.results_.run.declared["gate.inconclusive"] = "fail";
  EXPECT_FALSE(builder.report().gate->passed);
}

TEST(Gate, RefusesTimesThatAreNotBackedUnlessTheFileAcceptsThem) {
  ReportBuilder builder = gated(unclear);
  builder.results_.run.accel = "tcg";
  const auto refused = builder.report().gate;
  EXPECT_FALSE(refused->passed);
  EXPECT_THAT(refused->failures,
              ElementsAre(HasSubstr("1 verdict of time refused: t is emulated")));
  builder.results_.run.declared["gate.times"] = "any";
  EXPECT_TRUE(builder.report().gate->passed);
}

TEST(Gate, JudgesCountsOnAnyTopology) {
  ReportBuilder builder = gated(unclear);
  builder.results_.run.accel = "tcg";
  builder.results_.run.metrics[0].unit = "faults";
  EXPECT_THAT(builder.report().gate->failures, IsEmpty());
}

TEST(Gate, FailsWhenNothingCanBeCompared) {
  EXPECT_FALSE(gated({{0, 1}, {1, 1}}).report().gate->passed);
  EXPECT_FALSE(gated({}).report().gate->passed);
}

}  // namespace
}  // namespace faultline
