// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "reports/statistics/testing/noise.h"
#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Blocks of two boots of one kernel, with this noise on the logarithmic scale.
Results calibration_run(unsigned blocks, double deviation, std::uint64_t seed) {
  Random random(seed);
  ReportBuilder builder;
  std::vector<std::pair<double, double>> values;
  for (unsigned i = 0; i < blocks; ++i)
    values.emplace_back(std::exp(deviation * noise::normal(random)),
                        std::exp(deviation * noise::normal(random)));
  builder.blocks(values);
  builder.results_.run.kind = "calibration";
  builder.results_.run.run_id = 4;
  builder.results_.run.planned_steps = {"w\tn=1"};
  return builder.results_;
}

Results ordinary_run() {
  ReportBuilder builder;
  builder.blocks({{1, 2}, {1, 3}, {1, 2}, {1, 4}, {1, 2}, {1, 3}});
  builder.results_.run.planned_steps = {"w\tn=1"};
  return builder.results_;
}

TEST(Calibration, CountsFalseAlarmsInGroupsOfAsManyBlocks) {
  const Results calibration = calibration_run(62, 0.05, 1);
  const Report report = make_report(ordinary_run(), &calibration);
  ASSERT_TRUE(report.calibration);
  EXPECT_EQ(report.calibration->comparisons, 10u);  // 62 blocks: ten groups of six.
  EXPECT_EQ(report.calibration->blocks, 6u);
  EXPECT_LE(report.calibration->false_positives, 3u);
  EXPECT_THAT(report.calibration->mismatches, IsEmpty());
}

// R: binom.test(2, 48)$conf.int gives 0.00508646793003298 0.14254097320137737.
TEST(Calibration, GivesTheRateAnExactInterval) {
  Results calibration = calibration_run(48 * 6, 0.01, 2);
  // Two groups in which one arm is always slower, the others balanced by hand.
  for (ResultSample& sample : calibration.samples) {
    const ResultBoot& boot = calibration.boots[sample.boot];
    const std::uint32_t group = boot.block / 6;
    const double sign = group < 2 ? 1 : boot.block % 2 == 0 ? 1 : -1;
    sample.value = boot.arm == 1 ? std::exp(sign * (0.01 + 0.0001 * (boot.block % 6))) : 1;
  }
  const Report report = make_report(ordinary_run(), &calibration);
  ASSERT_TRUE(report.calibration);
  EXPECT_EQ(report.calibration->comparisons, 48u);
  EXPECT_EQ(report.calibration->false_positives, 2u);
  EXPECT_THAT(report.calibration->rate_low, DoubleNear(0.00508646793003298, 1e-12));
  EXPECT_THAT(report.calibration->rate_high, DoubleNear(0.14254097320137737, 1e-12));
}

TEST(Calibration, NamesASmallestEffectThatGrowsWithTheNoise) {
  const Results quiet = calibration_run(20, 0.01, 3);
  const Results loud = calibration_run(20, 0.10, 3);
  const double small = make_report(ordinary_run(), &quiet).calibration->visible_ratio;
  const double large = make_report(ordinary_run(), &loud).calibration->visible_ratio;
  EXPECT_GT(small, 1.01);
  EXPECT_LT(small, 1.06);
  EXPECT_GT(large, 1.15);
}

TEST(Calibration, SpeaksOfItselfWhenItIsTheReport) {
  const Report report = make_report(calibration_run(12, 0.02, 5));
  ASSERT_TRUE(report.calibration);
  EXPECT_THAT(report.calibration->mismatches, IsEmpty());
  EXPECT_THAT(report.headline, HasSubstr("base against itself: "));
  EXPECT_THAT(report.headline, HasSubstr("called different"));
  EXPECT_EQ(report.calibration->comparisons, 2u);  // 12 blocks: two groups of six.
}

TEST(Calibration, SaysWhatIsAnotherSetUp) {
  Results calibration = calibration_run(12, 0.02, 6);
  calibration.run.host.kernel = "Linux 6.1";
  calibration.run.host.qemu = "7.2";
  calibration.run.topology_json = {"{}"};
  calibration.run.metrics[0].unit = "ms";
  for (ResultBoot& boot : calibration.boots) boot.kernel_key = "old";
  Results results = ordinary_run();
  results.run.host.kernel = "Linux 6.5";
  results.run.host.qemu = "8.0";
  results.run.planned_steps.push_back("w\tn=2");
  for (ResultBoot& boot : results.boots) boot.kernel_key = "new";
  const Report report = make_report(std::move(results), &calibration);
  EXPECT_THAT(report.calibration->mismatches,
              ElementsAre("the host's kernel was Linux 6.1, is Linux 6.5", "QEMU was 7.2, is 8.0",
                          "topology t was another machine", "it lacks 1 of 2 steps",
                          "the unit of m was ms, is s", "the baseline's kernel was another build"));
  EXPECT_THAT(report.warnings, Contains(HasSubstr("of another set-up: the host's kernel was")));
}

TEST(Calibration, SaysThatTheBaselineWasBootedOtherwise) {
  Results calibration = calibration_run(12, 0.02, 8);
  calibration.run.arm_cmdlines = {"quiet", "quiet"};
  Results results = ordinary_run();
  results.run.arm_cmdlines = {"quiet", "quiet test=1"};
  EXPECT_THAT(make_report(results, &calibration).calibration->mismatches, IsEmpty());
  results.run.declared["settings new"] = "/proc/sys/vm/swappiness = 0";
  EXPECT_THAT(make_report(results, &calibration).calibration->mismatches, IsEmpty());
  results.run.declared["settings base"] = "/proc/sys/vm/swappiness = 1";
  EXPECT_THAT(make_report(results, &calibration).calibration->mismatches,
              ElementsAre("the baseline's command line was quiet, is quiet; "
                          "/proc/sys/vm/swappiness = 1"));
}

TEST(Calibration, SaysNothingFromTooFewBlocks) {
  const Results calibration = calibration_run(5, 0.02, 7);
  EXPECT_EQ(make_report(ordinary_run(), &calibration).calibration->comparisons, 0u);
  EXPECT_THAT(make_report(calibration).headline, HasSubstr("too few blocks"));
}

}  // namespace
}  // namespace faultline
