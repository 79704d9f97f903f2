// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/format.h"

#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

Comparison a_ratio(double value, double low, double high) {
  Comparison comparison;
  comparison.effect = {value, low, high, 6};
  return comparison;
}

TEST(Format, MovesTimesToTheUnitThatSuitsThem) {
  EXPECT_EQ(format_quantity(0.0312, "s"), "31.2 ms");
  EXPECT_EQ(format_quantity(1520, "ns"), "1.52 us");
  EXPECT_EQ(format_quantity(0.99999, "s"), "1.00 s");
  EXPECT_EQ(format_quantity(9.5, "s"), "9.50 s");
  EXPECT_EQ(format_quantity(0, "s"), "0 s");
  EXPECT_EQ(format_quantity(-0.5, "ms"), "-500 us");
}

TEST(Format, MovesSizesToTheUnitThatSuitsThem) {
  EXPECT_EQ(format_quantity(1536, "KiB"), "1.50 MiB");
  EXPECT_EQ(format_quantity(512, "B"), "512 B");
}

TEST(Format, LeavesOtherUnitsBesideTheMetric) {
  EXPECT_EQ(format_quantity(131072, "pages"), "131,072");
  EXPECT_EQ(format_quantity(0.5, "ratio"), "0.500");
  EXPECT_FALSE(unit_is_shown("pages"));
  EXPECT_TRUE(unit_is_shown("KiB"));
}

TEST(Format, ShowsNumbersOfEverySize) {
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_number(-1234567), "-1,234,567");
  EXPECT_EQ(format_number(1234.56), "1,235");
  EXPECT_EQ(format_number(61.34), "61.3");
  EXPECT_EQ(format_number(1.5e12), "1.50e+12");
  EXPECT_EQ(format_number(1e-300), "1.00e-300");
  EXPECT_EQ(format_number(NAN), "NaN");
  EXPECT_EQ(format_quantity(INFINITY, "s"), "inf");
}

TEST(Format, ShowsSmallEffectsAsPercentAndLargeOnesAsFactors) {
  EXPECT_EQ(format_effect(a_ratio(1.032, 1.01, 1.053), "s"), "+3.2 %");
  EXPECT_EQ(format_interval(a_ratio(1.032, 1.01, 1.053), "s"), "+1.0 to +5.3");
  EXPECT_EQ(format_effect(a_ratio(61.3, 58, 64.9), "s"), "×61.3");
  EXPECT_EQ(format_interval(a_ratio(61.3, 58, 64.9), "s"), "58.0 to 64.9");
  EXPECT_EQ(format_effect(a_ratio(0.02, 0.0125, 0.025), "s"), "÷50.0");
  EXPECT_EQ(format_interval(a_ratio(0.02, 0.0125, 0.025), "s"), "40.0 to 80.0");
  EXPECT_EQ(format_effect(a_ratio(1, 1, 1), "s"), "0 %");
}

TEST(Format, ShowsDifferencesInTheUnitOfTheMetric) {
  Comparison comparison = a_ratio(-0.5, -1, 2);
  comparison.is_ratio = false;
  EXPECT_EQ(format_effect(comparison, "s"), "-500 ms");
  EXPECT_EQ(format_interval(comparison, "s"), "-1.00 to +2.00 s");
}

TEST(Format, ShowsNothingWhereThereIsNoEffect) {
  EXPECT_EQ(format_effect(Comparison{}, "s"), "");
  Comparison comparison = a_ratio(2, 1, 3);
  comparison.verdict = Verdict::not_comparable;
  EXPECT_EQ(format_effect(comparison, "s"), "");
  EXPECT_EQ(format_interval(comparison, "s"), "");
}

TEST(Format, MakesHostileTextVisible) {
  EXPECT_EQ(visible("a\u202Eb"), "a\\u{202e}b");
  EXPECT_EQ(visible("\x1b[31m\n"), "\\x1b[31m\n");
  EXPECT_EQ(visible("\xc2\x9b"), "\\u{009b}");  // CSI as one C1 character.
  EXPECT_EQ(visible("\xff\xc3("), "\\xff\\xc3(");
  EXPECT_EQ(visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // A surrogate.
  EXPECT_EQ(visible("\xf0\x9f\x99"), "\\xf0\\x9f\\x99");  // Cut short.
  EXPECT_EQ(visible("zwei Knöten 🙂"), "zwei Knöten 🙂");
  EXPECT_EQ(visible_line("a\n\tb"), "a  b");
}

TEST(Format, CutsNamesAtCodePoints) {
  EXPECT_EQ(short_name("größe", 5), "größe");
  EXPECT_EQ(short_name("größer", 5), "größ…");
  EXPECT_EQ(short_name("", 5), "");
}

}  // namespace
}  // namespace faultline
