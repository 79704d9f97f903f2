// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/boot_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/host_tsc.h"

namespace faultline {
namespace {
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// An experiment of one arm, one node and the workload `walk` with two steps.
class Order : public testing::Test {
 protected:
  Order() {
    experiment_.arms.emplace_back().name = "only";
    experiment_.topologies.emplace_back().nodes = {
        {.cpus = 1, .memory = Bytes{256} << 20, .host_node = {}}};
    catalogue_.workloads["walk"].name = "walk";
    for (const char* label : {"children=1", "children=2"}) {
      PlannedStep& step = plan_.steps.emplace_back();
      step.workload = "walk";
      step.label = label;
      step.argv = {"walk"};
      step.timeout = 10s;
    }
  }
  BootOrder order(std::uint32_t block, Accelerator accel = Accelerator::kvm) const {
    PlannedBoot boot;
    boot.block = block;
    boot.steps = {1, 0};
    return prepare_boot("b", experiment_, catalogue_, plan_, boot, 0, accel, {}, image_,
                        deadlines_for(accel));
  }

  Experiment experiment_;
  Catalogue catalogue_;
  Plan plan_;
  GuestImage image_;
};

TEST_F(Order, OfAMinimalImageHasNoDisk) {
  EXPECT_EQ(order(0).sheet.root, "");
  EXPECT_EQ(machine_of(order(0), "i").disk, "");
}

TEST_F(Order, OfTheDebianImageMountsItsDisk) {
  image_.disk = "/cache/root.squashfs";
  EXPECT_EQ(order(0).sheet.root, "/dev/vda");
  EXPECT_EQ(machine_of(order(0), "i").disk, "/cache/root.squashfs");
}

TEST_F(Order, RunsCollectorsThatPerturbBehindTheMeasuredStepsOfTheFirstBlock) {
  experiment_.collect = {"vmstat", "perf", "contention"};
  const BootOrder first = order(0);
  EXPECT_THAT(first.sheet.collect, ElementsAre("vmstat"));
  ASSERT_EQ(first.steps.size(), 6U);
  for (const std::size_t disturbed : {2, 3, 4, 5}) {
    const std::size_t measured = disturbed % 2;
    EXPECT_FALSE(first.steps[measured].perturbed);
    EXPECT_TRUE(first.steps[measured].counts);
    EXPECT_THAT(first.sheet.steps[measured].observe, IsEmpty());
    EXPECT_TRUE(first.steps[disturbed].perturbed);
    EXPECT_FALSE(first.steps[disturbed].counts);
    EXPECT_EQ(first.steps[disturbed].params, first.steps[measured].params);
    EXPECT_EQ(first.sheet.steps[disturbed].id, disturbed);
    EXPECT_THAT(first.sheet.steps[disturbed].observe,
                ElementsAre(disturbed < 4 ? "perf" : "contention"));
    EXPECT_GT(first.sheet.steps[disturbed].timeout_ms, first.sheet.steps[measured].timeout_ms);
  }
  EXPECT_EQ(order(1).steps.size(), 2U) << "once is enough";
  EXPECT_GT(first.sheet.lifetime_ms, order(1).sheet.lifetime_ms);
}

TEST_F(Order, IsTheSameInEveryBlockOnTheInstructionClock) {
  experiment_.collect = {"contention"};
  const BootOrder first = order(0, Accelerator::icount);
  EXPECT_EQ(first.steps.size(), 4U);
  EXPECT_EQ(guest::to_json(first.sheet), guest::to_json(order(1, Accelerator::icount).sheet));
}

TEST_F(Order, RunsThemInTheMeasuredStepsIfTheExperimentSaysSo) {
  experiment_.collect = {"perf"};
  experiment_.runs.count_perturbed = true;
  for (const std::uint32_t block : {0, 3}) {
    const BootOrder boot = order(block);
    ASSERT_EQ(boot.steps.size(), 2U);
    EXPECT_TRUE(boot.steps[0].perturbed);
    EXPECT_TRUE(boot.steps[0].counts);
    EXPECT_THAT(boot.sheet.steps[1].observe, ElementsAre("perf"));
  }
}

TEST(GuestCmdline, TellsAnEmulatedGuestHowFastItsCounterTicks) {
  EXPECT_EQ(guest_cmdline(Accelerator::kvm, "").find("tsc_early_khz"), std::string::npos);
  EXPECT_EQ(guest_cmdline(Accelerator::icount, "").find("tsc_early_khz"), std::string::npos)
      << "another one on each host: exact boots would not be";
  EXPECT_GT(host_tsc_khz(), 100'000U);
  EXPECT_LT(host_tsc_khz(), 20'000'000U);
  const std::string told = " tsc_early_khz=" + std::to_string(host_tsc_khz());
  const std::string line = guest_cmdline(Accelerator::tcg, "tsc_early_khz=1");
  ASSERT_NE(line.find(told), std::string::npos) << line;
  EXPECT_LT(line.find(told), line.rfind(" tsc_early_khz=1")) << "the arm's wins";
}

}  // namespace
}  // namespace faultline
