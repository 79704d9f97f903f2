// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/text/ascii.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(Ascii, WritesSignsInWords) {
  EXPECT_EQ(ascii("60–69 × slower, ÷2 … ±3 µs"), "60-69 x slower, /2 .. +-3 us");
}

TEST(Ascii, HasAQuestionMarkForWhatItCannotSay) {
  EXPECT_EQ(ascii("größe ノード"), "gr??e ???");
}

TEST(Ascii, ShowsWhatWouldDoSomethingToATerminal) {
  EXPECT_EQ(ascii("\x1b[31m\xff\u202E\n"), "\\x1b[31m\\xff\\u{202e} ");
}

}  // namespace
}  // namespace faultline
