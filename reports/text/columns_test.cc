// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/text/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(Columns, CountsWideAndCombiningCharacters) {
  EXPECT_EQ(display_width("abc"), 3u);
  EXPECT_EQ(display_width("größe"), 5u);
  EXPECT_EQ(display_width("ノード"), 6u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("🙂"), 2u);
}

TEST(Columns, FitsExactly) {
  EXPECT_EQ(fit("ab", 4), "ab  ");
  EXPECT_EQ(fit("ab", 4, Align::right), "  ab");
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("abcd", 4), "abcd");
  EXPECT_EQ(fit("ノード", 4), "ノ… ");  // Half a wide character cannot be shown.
  EXPECT_EQ(fit("ab", 0), "");
}

TEST(Columns, WrapsAtBlanksAndInsideWordsThatAreTooLong) {
  EXPECT_THAT(wrap("one two  three", 7), testing::ElementsAre("one two", "three"));
  EXPECT_THAT(wrap("a bcdefghij k", 4), testing::ElementsAre("a", "bcde", "fghi", "j k"));
  EXPECT_THAT(wrap("", 4), testing::IsEmpty());
}

}  // namespace
}  // namespace faultline
