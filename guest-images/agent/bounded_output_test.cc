// SPDX-License-Identifier: GPL-2.0-or-later
#include "bounded_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace faultline::agent {
namespace {

TEST(BoundedOutput, KeepsALittleWhole) {
  BoundedOutput output(10, 20);
  EXPECT_EQ(output.text(), "");
  output.append("hello");
  output.append("world");
  EXPECT_EQ(output.text(), "helloworld");
  EXPECT_EQ(output.kept(), "helloworld");
  EXPECT_FALSE(output.truncated());
}

TEST(BoundedOutput, ShowsHeadAndTailOfMore) {
  BoundedOutput output(10, 20);
  output.append("abcdefghijklmno");
  EXPECT_TRUE(output.truncated());
  EXPECT_EQ(output.text(), "abcde\n[... 5 bytes left out ...]\nklmno");
  EXPECT_EQ(output.kept(), "abcdefghijklmno");
}

TEST(BoundedOutput, KeepsTheEndOfAFlood) {
  BoundedOutput output(10, 20);
  for (int i = 0; i < 1000; ++i) output.append("0123456789");
  output.append("the end");
  EXPECT_EQ(output.total(), 10007U);
  EXPECT_EQ(output.text(), "01234\n[... 9997 bytes left out ...]\ne end");
  EXPECT_EQ(output.kept(), "01234567890123456789\n[... 9982 bytes left out ...]\ne end");
}

// Against the obvious implementation, for sizes around every boundary.
TEST(BoundedOutput, AgreesWithASimpleModelHoweverItComes) {
  Random random(42);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t limit = 2 * (1 + random.below(8));
    const std::size_t keep = limit + random.below(16);
    BoundedOutput output(limit, keep);
    std::string all;
    for (std::uint64_t pieces = random.below(12); pieces > 0; --pieces) {
      std::string piece(random.below(12), '\0');
      for (char& c : piece) c = static_cast<char>('a' + random.below(26));
      all += piece;
      output.append(piece);
    }
    const std::size_t half = limit / 2;
    ASSERT_EQ(output.total(), all.size());
    if (all.size() <= limit) {
      ASSERT_EQ(output.text(), all);
    } else {
      ASSERT_EQ(output.text().substr(0, half), all.substr(0, half));
      ASSERT_EQ(output.text().substr(output.text().size() - half), all.substr(all.size() - half));
    }
    if (all.size() <= keep + half)
      ASSERT_EQ(output.kept(), all);
    else
      ASSERT_THAT(output.kept(), testing::StartsWith(all.substr(0, keep) + "\n[..."));
  }
}

}  // namespace
}  // namespace faultline::agent
