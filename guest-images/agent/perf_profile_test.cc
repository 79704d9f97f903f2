// SPDX-License-Identifier: GPL-2.0-or-later
#include "perf_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::agent {
namespace {
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(PerfProfile, ReadsFoldedStacksWithTheirCommands) {
  std::map<std::string, double> stacks;
  add_folded_stacks(
      "    75.00%  stress-ng-fork \n"
      "17 __libc_fork;entry_SYSCALL_64_after_hwframe;do_syscall_64;copy_process\n"
      "3 0x1;_int_malloc\n"
      "\n"
      "     5.00%  kthread worker\n"
      "2 ret_from_fork;worker_thread\n",
      stacks);
  EXPECT_THAT(stacks, ElementsAre(Pair("kthread worker;ret_from_fork;worker_thread", 2),
                                  Pair("stress-ng-fork;0x1;_int_malloc", 3),
                                  Pair("stress-ng-fork;__libc_fork;entry_SYSCALL_64_after_hwframe;"
                                       "do_syscall_64;copy_process",
                                       17)));
}

TEST(PerfProfile, AddsUpEqualStacks) {
  std::map<std::string, double> stacks;
  add_folded_stacks("10.00% a\n4 x;y\n", stacks);
  add_folded_stacks("10.00% a\n5 x;y\n", stacks);
  EXPECT_THAT(stacks, ElementsAre(Pair("a;x;y", 9)));
}

TEST(PerfProfile, PassesOverWhatIsNoStack) {
  std::map<std::string, double> stacks;
  add_folded_stacks("# comment\nError: no samples\n\n17\n12.5%\n", stacks);
  EXPECT_THAT(stacks, IsEmpty());
}

TEST(PerfProfile, RunsTheProgramWithItsArguments) {
  PerfProfile profile;
  const auto argv = profile.wrap({"walk", "--children", "16"});
  ASSERT_GT(argv.size(), 4U);
  EXPECT_EQ(argv[1], "record");
  EXPECT_THAT(std::vector<std::string>(argv.end() - 4, argv.end()),
              ElementsAre("--", "walk", "--children", "16"));
}

}  // namespace
}  // namespace faultline::agent
