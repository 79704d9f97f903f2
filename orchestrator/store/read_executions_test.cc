// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/read_executions.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "store/store.h"
#include "store/store_builders.h"

namespace faultline {
namespace {

TEST(ReadExecutions, ReadsTheFirstCompletedBootOfEachArmOnTheInstructionClock) {
  const TemporaryDirectory folder;
  Store store = Store::open(folder.path() / "results.db", Store::Mode::read_write);
  const std::int64_t run = store.begin_run(a_run());
  for (std::uint32_t block = 0; block < 3; ++block) {
    BootRecord boot = a_boot("b" + std::to_string(block), block);
    boot.accel = "icount";
    boot.outcome = {};
    boot.outcome.kind = block == 0 ? OutcomeKind::timed_out : OutcomeKind::completed;
    boot.steps.push_back(boot.steps[0]);
    boot.steps[1].position = 1;
    boot.steps[1].perturbed = true;
    store.record_boot(run, boot);
  }
  const Results read = store.results(run);
  ASSERT_EQ(read.executions.size(), 1u);
  EXPECT_EQ(read.executions[0].boot, 1u);
  EXPECT_EQ(read.steps.at(read.executions[0].step).params, a_boot("x", 0).steps[0].params);
  EXPECT_EQ(read.executions[0].profile, a_boot("x", 0).steps[0].profile);
}

TEST(ReadExecutions, HasNoneOfBootsThatDoNotRepeat) {
  const TemporaryDirectory folder;
  Store store = Store::open(folder.path() / "results.db", Store::Mode::read_write);
  const std::int64_t run = store.begin_run(a_run());
  BootRecord boot = a_boot("b", 0);
  boot.accel = "tcg";
  store.record_boot(run, boot);
  EXPECT_TRUE(store.results(run).executions.empty());
}

}  // namespace
}  // namespace faultline
