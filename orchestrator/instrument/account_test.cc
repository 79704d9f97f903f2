// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/account.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string good =
    "faultline-profile 1\n"
    "place 0 kernel 17\n"
    "place 2 user 00ff00ff00ff00ff 401a2b\n"
    "place 1 code ffffffffc0000010\n"
    "begin 3 1\n"
    "i 0 0 100\n"
    "i 2 3 7\n"
    "e 0 4\n"
    "a 0 1 -1 1 2 3 4\n"
    "s 90 0 1\n"
    "end 3 1 107\n";

TEST(Account, IsReadAsItWasWritten) {
  const Account account = read_account(good);
  EXPECT_THAT(account.problems, IsEmpty());
  ASSERT_EQ(account.places.size(), 3U);
  EXPECT_EQ(account.places[0].kind, Account::Place::Kind::kernel);
  EXPECT_EQ(account.places[0].function, 17U);
  EXPECT_EQ(account.places[1].pc, 0xffffffffc0000010U);
  EXPECT_EQ(account.places[2].page, 0x00ff00ff00ff00ffU);
  EXPECT_EQ(account.places[2].pc, 0x401a2bU);
  ASSERT_EQ(account.sections.size(), 1U);
  const Account::Section& section = account.sections[0];
  EXPECT_EQ(section.step, 3U);
  EXPECT_EQ(section.iteration, 1U);
  EXPECT_EQ(section.total, 107U);
  ASSERT_EQ(section.instructions.size(), 2U);
  EXPECT_EQ(section.instructions[1].cpu, 3U);
  EXPECT_EQ(section.accesses.at(0).traffic, (NodeTraffic{1, -1, 1, 2, 3, 4}));
  EXPECT_THAT(section.stacks.at(0).path, ElementsAre(0U, 1U));
}

TEST(Account, HasNoSectionThatTheGuestDidNotFinish) {
  const Account account = read_account(good + "begin 4 0\ni 0 0 5\n");
  EXPECT_EQ(account.sections.size(), 1U);
  EXPECT_THAT(account.problems,
              ElementsAre("the guest ended in the middle of step 4, iteration 1"));
}

TEST(Account, PassesOnWhatThePluginComplainsOf) {
  EXPECT_THAT(read_account("faultline-profile 1\nerror no memory\n").problems,
              ElementsAre("the instrument says: no memory"));
  EXPECT_THAT(read_account("").problems,
              ElementsAre("the instrument wrote nothing that can be read"));
}

TEST(Account, NamesLinesThatMakeNoSense) {
  for (const char* line :
       {"i 9 0 1", "i 0 0", "i 0 0 x", "nonsense", "place 5 moon 1", "s 1 9", "s 1", "a 0 1 2",
        "begin x 0", "end 9 9 9", "place 4294967295 kernel 1"}) {
    const Account account = read_account("faultline-profile 1\nplace 0 kernel 1\nbegin 0 0\n" +
                                         std::string(line) + "\nend 0 0 0\n");
    ASSERT_FALSE(account.problems.empty()) << line;
    EXPECT_THAT(account.problems[0], HasSubstr("line 4")) << line;
  }
}

TEST(Account, SurvivesAnyDamage) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string text = good;
    for (int j = 0; j < 3; ++j)
      text[random.next() % text.size()] = static_cast<char>(random.next());
    const Account account = read_account(text.substr(0, random.next() % (text.size() + 1)));
    for (const auto& section : account.sections)
      for (const auto& row : section.instructions) EXPECT_LT(row.place, account.places.size());
  }
}

}  // namespace
}  // namespace faultline
