// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/curves_beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MetricInfo metric(const std::string& workload, const std::string& name) {
  MetricInfo info;
  info.workload = workload;
  info.name = name;
  return info;
}

/// Boots of two arms on three topologies, of which the first two differ in name alone.
class CurvesBeside : public testing::Test {
 protected:
  CurvesBeside() {
    RunInfo& run = report_.results.run;
    run.arms = {"single", "nodes"};
    run.topologies = {"for-2", "for-4", "wide"};
    run.topology_json = {"{}", "{}", R"({"nodes":[]})"};
    run.metrics = {metric("vmalloc", "bytes"), metric("vmalloc", "workers"),
                   metric("vmalloc", "seconds"), metric("other", "bytes")};
    run.metrics[2].unit = "s";
    report_.labels = {TopologyLabel::emulated, TopologyLabel::emulated, TopologyLabel::emulated};
    report_.results.steps = {{"vmalloc", "mask=7 threads=2"},
                             {"vmalloc", "mask=7 threads=4"},
                             {"vmalloc", "mask=1 threads=4"},
                             {"other", "threads=4"}};
    PublishedCurve curve;
    curve.points = {{64, 350}, {128, 700}, {256, 1400}};
    curve.here = {{"vmalloc", "bytes", "threads", "", {"mask=7"}}};
    run.published.curves = {curve};
  }
  void value(std::uint32_t arm, std::uint32_t topology, std::uint32_t step, std::uint32_t metric,
             double value) {
    auto& boots = report_.results.boots;
    if (boots.empty() || boots.back().arm != arm || boots.back().topology != topology ||
        metric == 0) {
      ResultBoot boot;
      boot.arm = arm;
      boot.topology = topology;
      boots.push_back(boot);
    }
    report_.boot_values.push_back(
        {static_cast<std::uint32_t>(boots.size() - 1), step, metric, 1, value});
  }
  PublishedPlace& place() { return report_.results.run.published.curves[0].here[0]; }
  std::vector<CurveSeries> series() { return curves_beside(report_).at(0).series; }
  Report report_;
};

using Point = CurveSeries::Point;

TEST_F(CurvesBeside, AreTheMediansOfEachArmsBootsAlongTheParameter) {
  value(0, 0, 1, 0, 7);  // The larger first: the curve goes by the parameter.
  for (const double bytes : {3, 1, 2}) value(0, 0, 0, 0, bytes);
  value(1, 0, 0, 0, 5);
  value(0, 0, 2, 0, 99);  // Another mask,
  value(0, 0, 3, 3, 99);  // and another workload.
  const auto found = series();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].arm, 0U);
  EXPECT_THAT(found[0].points, ElementsAre(Point{2, 0, 2, 3}, Point{4, 0, 7, 1}));
  EXPECT_NEAR(found[0].exponent.value_or(0), std::log2(3.5), 1e-12);
  EXPECT_THAT(found[1].points, ElementsAre(Point{2, 0, 5, 1}));
  EXPECT_EQ(found[1].exponent, std::nullopt);
  EXPECT_EQ(found[0].held, "");
}

TEST_F(CurvesBeside, GrowAsThePublishedPointsDo) {
  EXPECT_NEAR(curves_beside(report_).at(0).exponent.value_or(0), 1, 1e-12);
  report_.results.run.published.curves[0].points = {{0, 1}, {2, 3}, {4, -1}};
  EXPECT_EQ(curves_beside(report_).at(0).exponent, std::nullopt) << "one positive point";
}

TEST_F(CurvesBeside, GoOverTopologiesThatDifferInNameAlone) {
  value(0, 0, 0, 0, 1);
  value(0, 1, 1, 0, 2);
  value(0, 2, 1, 0, 3);
  const auto found = series();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].topology, 0U);
  EXPECT_THAT(found[0].points, ElementsAre(Point{2, 0, 1, 1}, Point{4, 0, 2, 1}));
  EXPECT_EQ(found[1].topology, 2U);
  report_.results.run.topology_json = {};
  EXPECT_EQ(series().size(), 3U) << "of unknown machines each is its own";
}

TEST_F(CurvesBeside, AreApartWhereOtherParametersDiffer) {
  place().params = {};
  value(0, 0, 1, 0, 1);
  value(0, 0, 2, 0, 2);
  const auto found = series();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].held, "mask=7");
  EXPECT_EQ(found[1].held, "mask=1");
}

TEST_F(CurvesBeside, MayBeOfOneArm) {
  place().arm = "nodes";
  value(0, 0, 0, 0, 1);
  value(1, 0, 0, 0, 2);
  ASSERT_EQ(series().size(), 1U);
  EXPECT_EQ(series()[0].arm, 1U);
}

TEST_F(CurvesBeside, MayBeAlongAMetricThatSaysWhereBootsMeasured) {
  place().over = "workers";
  PublishedPlace last = place();
  last.metric = "seconds";
  report_.results.run.published.curves[0].here.push_back(last);
  for (const double at : {10, 30, 20}) {
    value(0, 0, 0, 0, 100 * at);
    value(0, 0, 0, 1, at);
    value(0, 0, 0, 2, 50 * at);
  }
  value(1, 0, 0, 0, 100);  // It does not say where.
  const auto found = series();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].points, ElementsAre(Point{20, 0, 2000, 3}, Point{20, 2, 1000, 3}));
}

TEST_F(CurvesBeside, CarryTheLabelOfTheirTimes) {
  value(0, 0, 0, 0, 1);
  EXPECT_EQ(series().at(0).time_label, std::nullopt) << "bytes are no time";
  place().metric = "seconds";
  value(0, 0, 0, 2, 1);
  EXPECT_EQ(series().at(0).time_label, TopologyLabel::emulated);
  ExactnessProof proof;
  proof.proven = true;
  report_.proofs = {proof};
  EXPECT_EQ(series().at(0).time_label, std::nullopt);
  proof.topology = 1;  // The same machine.
  proof.proven = false;
  report_.proofs.push_back(proof);
  EXPECT_EQ(series().at(0).time_label, TopologyLabel::emulated);
}

TEST_F(CurvesBeside, FindNothingWhereNothingIsMeant) {
  value(0, 0, 0, 0, 1);
  for (const char* wrong : {"", "processes"}) {
    place().over = wrong;
    EXPECT_THAT(series(), IsEmpty());
  }
  place().over = "threads";
  place().metric = "unknown";
  EXPECT_THAT(series(), IsEmpty());
  report_.results.run.published.curves[0].here.clear();
  EXPECT_THAT(series(), IsEmpty());
}

}  // namespace
}  // namespace faultline
