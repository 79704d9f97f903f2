// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/quantity.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

using std::chrono::milliseconds;

TEST(Quantity, ReadsSizesInPowersOf1024) {
  EXPECT_EQ(parse_size("0"), 0);
  EXPECT_EQ(parse_size("4096"), 4096);
  EXPECT_EQ(parse_size("512M"), std::int64_t{512} << 20);
  EXPECT_EQ(parse_size("64KiB"), 64 << 10);
  EXPECT_EQ(parse_size("16T"), std::int64_t{16} << 40);
}

TEST(Quantity, RefusesWhatIsNotExactlyASize) {
  for (const char* text : {"", "M", "1.5G", "-1M", "1 M", "1m", "1MB", "1Mi", "01M", "+1M", "1M ",
                           "0x10", "9223372036854775808", "8388608T"})
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  EXPECT_EQ(parse_size("8388607T"), 8388607 * (std::int64_t{1} << 40));
}

TEST(Quantity, ReadsDurationsWithTheirUnit) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("30s"), milliseconds(30'000));
  EXPECT_EQ(parse_duration("2m"), milliseconds(120'000));
  EXPECT_EQ(parse_duration("1h"), milliseconds(3'600'000));
  for (const char* text : {"", "30", "s", "-1s", "1.5s", "1d", "9223372036854775807h"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(Quantity, ReadsPercentages) {
  EXPECT_DOUBLE_EQ(parse_percentage("2%").value(), 0.02);
  EXPECT_DOUBLE_EQ(parse_percentage("0.5%").value(), 0.005);
  for (const char* text : {"", "%", "2", "2 %", "-2%", "-0%", "2.%", ".5%", "1e1%", "nan%", "02%"})
    EXPECT_EQ(parse_percentage(text), std::nullopt) << text;
}

TEST(Quantity, ReadsIntegersInTheOneDecimalForm) {
  EXPECT_EQ(parse_integer("-17"), -17);
  EXPECT_EQ(parse_integer("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", "-", "010", "+1", "0x1", "1_000", "1.0", "9223372036854775808"})
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
}

TEST(Quantity, WritesTheShortestFormThatReadsBackExactly) {
  EXPECT_EQ(format_size(std::int64_t{512} << 20), "512M");
  EXPECT_EQ(format_size(1536), "1536");
  EXPECT_EQ(format_size(0), "0");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "90s");
  EXPECT_EQ(format_duration(milliseconds(7'200'000)), "2h");
  EXPECT_EQ(format_duration(milliseconds(0)), "0ms");
  for (const std::int64_t bytes : {1LL, 1023LL, 1024LL, 1LL << 30, (1LL << 40) + 1024, 3LL << 41})
    EXPECT_EQ(parse_size(format_size(bytes)), bytes);
}

}  // namespace
}  // namespace faultline
