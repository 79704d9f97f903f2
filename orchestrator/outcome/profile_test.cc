// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

FunctionProfile function(std::string name, std::uint64_t on_cpu_0, std::uint64_t on_cpu_1 = 0) {
  FunctionProfile profile;
  profile.image = "kernel";
  profile.function = std::move(name);
  profile.entries = 1;
  profile.instructions = {{0, on_cpu_0}, {1, on_cpu_1}};
  return profile;
}

TEST(Profile, AddsUpTheCpusOfAFunction) {
  EXPECT_EQ(function("f", 3, 4).total(), 7U);
}

TEST(Profile, AddsUpTheTrafficBetweenEachPairOfNodes) {
  StepProfile profile;
  profile.functions = {function("f", 1), function("g", 1)};
  profile.functions[0].traffic = {{0, 0, 1, 2, 0, 0}, {0, 1, 5, 0, 3, 0}};
  profile.functions[1].traffic = {{0, 1, 5, 1, 0, 1}, {1, NodeTraffic::no_node, 9, 0, 0, 0}};
  const auto rows = traffic_between_nodes(profile);
  EXPECT_THAT(rows, ElementsAre(NodeTraffic{0, 0, 1, 2, 0, 0}, NodeTraffic{0, 1, 10, 1, 3, 1},
                                NodeTraffic{1, NodeTraffic::no_node, 9, 0, 0, 0}));
  EXPECT_FALSE(rows[0].is_remote());
  EXPECT_TRUE(rows[1].is_remote());
  EXPECT_FALSE(rows[2].is_remote()) << "a device is no node's memory";
}

TEST(ProfileDifference, PutsTheLargestChangeFirstAndKeepsWhatOneSideLacks) {
  StepProfile before;
  before.functions = {function("gone", 10), function("same", 5), function("slower", 100)};
  StepProfile after;
  after.functions = {function("new", 40), function("same", 2, 3), function("slower", 400)};
  const auto rows = profile_difference(before, after);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0].function, "slower");
  EXPECT_EQ(rows[0].change(), 300);
  EXPECT_EQ(rows[1].function, "new");
  EXPECT_EQ(rows[1].before, 0U);
  EXPECT_EQ(rows[2].function, "gone");
  EXPECT_EQ(rows[2].change(), -10);
  EXPECT_EQ(rows[3].function, "same");
  EXPECT_EQ(rows[3].change(), 0) << "which CPU did it is no change of the sum";
}

TEST(ProfileDifference, ShowsRemoteAccessesThatMovedWithoutInstructions) {
  StepProfile before;
  before.functions = {function("f", 10), function("g", 10)};
  StepProfile after = before;
  after.functions[1].traffic = {{0, 1, 7, 1, 0, 0}};
  const auto rows = profile_difference(before, after);
  EXPECT_EQ(rows[0].function, "g");
  EXPECT_EQ(rows[0].remote_after, 8U);
}

TEST(StackDifference, JoinsStacksOfBothSides) {
  EXPECT_THAT(stack_difference("a;b 3\na;c 4\n", "a;c 5\nd 1\n"),
              ElementsAre(StackDifference{"a;b", 3, 0}, StackDifference{"a;c", 4, 5},
                          StackDifference{"d", 0, 1}));
  EXPECT_THAT(stack_difference("", ""), IsEmpty());
}

}  // namespace
}  // namespace faultline
