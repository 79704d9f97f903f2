// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(Text, CountsATranspositionAsOneEdit) {
  EXPECT_EQ(edit_distance("kernels", "kernesl"), 1u);
  EXPECT_EQ(edit_distance("", "abc"), 3u);
}

TEST(Text, FindsTheNameThatWasMeantAndNothingElse) {
  const std::vector<std::string> known{"kernels", "topologies", "workloads"};
  EXPECT_EQ(nearest_name("kernals", known), "kernels");
  EXPECT_EQ(nearest_name("zzz", known), "");
}

TEST(Text, ShowsControlCharactersInsteadOfSendingThemToTheTerminal) {
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a\\x1b[31mb\n");
}

TEST(Text, EndsTheLinesOfAConsoleAsThoseOfAFile) {
  EXPECT_EQ(printable("one\r\ntwo\r"), "one\ntwo\\x0d");
}

TEST(Text, CutsAtACharacterBoundary) {
  EXPECT_EQ(printable("a\u00e9", 2), "a");
}

}  // namespace
}  // namespace faultline
