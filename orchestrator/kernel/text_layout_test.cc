// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/text_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace faultline {
namespace {

using ::testing::HasSubstr;

constexpr const char* script =
    ".text : { *(.text.hot .text.hot.*) *(.text .text.fixup) *(.text.unlikely) }\n"
    ".init.text : { *(.init.text) }\n";

TEST(TextLayout, NamesEveryObjectBeforeTheRest) {
  const auto one = lay_out_text(script, {"mm/rmap.o"}, 1);
  EXPECT_EQ(one,
            ".text : { *(.text.hot .text.hot.*) [m]m/rmap.o(.text .text.fixup)\n"
            "*(.text .text.fixup) *(.text.unlikely) }\n.init.text : { *(.init.text) }\n");
}

TEST(TextLayout, IsDecidedByTheSeedAndTheNamesAlone) {
  const std::vector<std::string> objects{"a.o", "b.o", "c.o", "d.o"};
  EXPECT_EQ(lay_out_text(script, objects, 7), lay_out_text(script, objects, 7));
  EXPECT_EQ(lay_out_text(script, {"d.o", "b.o", "a.o", "c.o", "a.o"}, 7),
            lay_out_text(script, objects, 7));
  std::set<std::string> orders;
  for (std::uint32_t seed = 1; seed <= 500; ++seed)
    orders.insert(lay_out_text(script, objects, seed).value());
  EXPECT_EQ(orders.size(), 24u) << "all of 4! orders";
}

TEST(TextLayout, LeavesNamesThatMeanMoreThanThemselvesWhereTheyWere) {
  EXPECT_EQ(lay_out_text(script, {"a*.o", "", "b c.o", "x(.text)"}, 1), script);
}

TEST(TextLayout, RefusesAScriptThatIsNotUnderstood) {
  EXPECT_FALSE(lay_out_text("", {"a.o"}, 1));
  EXPECT_FALSE(lay_out_text(".text : { *(.text.hot) }", {"a.o"}, 1));
  EXPECT_FALSE(lay_out_text("{ *(.text) } { *(.text .text.fixup) }", {"a.o"}, 1));
  EXPECT_FALSE(lay_out_text("{ *(.text ", {"a.o"}, 1));
  EXPECT_THAT(lay_out_text("{ *(.text) }", {"a.o"}, 1).value(),
              HasSubstr("[a].o(.text)\n*(.text)"));
}

}  // namespace
}  // namespace faultline
