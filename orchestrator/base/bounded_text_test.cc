// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/bounded_text.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(BoundedText, KeepsAShortTextWhole) {
  BoundedText text(4, 4);
  text.append("ab");
  text.append("cdef");
  EXPECT_EQ(text.str(), "abcdef");
}

TEST(BoundedText, KeepsTheBeginningAndTheEndOfALongOne) {
  BoundedText text(3, 4);
  for (int i = 0; i < 1000; ++i) text.append("0123456789");
  EXPECT_EQ(text.str(), "012\n[... 9993 bytes left out ...]\n6789");
  EXPECT_EQ(text.total_bytes(), 10000u);
}

}  // namespace
}  // namespace faultline
