// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/published_beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

Comparison comparison(std::uint32_t arm, std::uint32_t step, std::uint32_t metric) {
  Comparison one;
  one.arm = arm;
  one.step = step;
  one.metric = metric;
  return one;
}

TEST(PublishedBeside, FindsWhatHasTheWorkloadMetricArmAndParameters) {
  Report report;
  report.results.run.arms = {"mmap", "vma", "spf"};
  report.results.run.metrics = {metric("ebizzy", "records"), metric("ebizzy", "faults"),
                                metric("walk", "records")};
  report.results.steps = {{"ebizzy", "threads=1 random=true"},
                          {"ebizzy", "threads=16 random=true"},
                          {"ebizzy", "threads=1 random=false"},
                          {"walk", "threads=1 random=true"}};
  report.comparisons = {comparison(1, 0, 0), comparison(2, 0, 0), comparison(2, 1, 0),
                        comparison(2, 2, 0), comparison(2, 0, 1), comparison(2, 3, 2)};
  PublishedPair pair;
  pair.workload = "ebizzy";
  pair.metric = "records";
  pair.arm = "spf";
  pair.params = {"random=true"};
  PublishedPair exact = pair;
  exact.params = {"random=true", "threads=1"};  // not threads=16
  PublishedPair elsewhere = pair;
  elsewhere.arm = "unknown";
  report.results.run.published.pairs = {pair, exact, elsewhere, PublishedPair{}};
  const auto beside = published_beside(report);
  ASSERT_EQ(beside.size(), 4U);
  EXPECT_THAT(beside[0].comparisons, ElementsAre(1, 2));
  EXPECT_THAT(beside[1].comparisons, ElementsAre(1));
  EXPECT_THAT(beside[2].comparisons, IsEmpty());
  EXPECT_THAT(beside[3].comparisons, IsEmpty());
}

}  // namespace
}  // namespace faultline
