// SPDX-License-Identifier: GPL-2.0-or-later
#include "ring_buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "testing/trace_page.h"

namespace faultline::agent {
namespace {
using testing::ElementsAre;
using testing::Pair;

struct Page {
  bool whole = false;
  std::vector<std::pair<std::uint64_t, std::string>> records;
};

Page read(const std::string& bytes) {
  Page page;
  page.whole = read_trace_page(bytes, [&](const TraceRecord& record) {
    page.records.emplace_back(record.time, std::string(record.fields));
  });
  return page;
}

TEST(RingBuffer, TellsRecordsWithTheirTimes) {
  const Page page = read(TracePage(1000).record(5, "abcd").record(7, "efghijkl").bytes());
  EXPECT_TRUE(page.whole);
  EXPECT_THAT(page.records, ElementsAre(Pair(1005, "abcd"), Pair(1012, "efghijkl")));
}

TEST(RingBuffer, ReadsLongRecords) {
  const std::string text(400, 'x');
  EXPECT_THAT(read(TracePage(0).record(1, text).record(1, "next").bytes()).records,
              ElementsAre(Pair(1, text), Pair(2, "next")));
}

TEST(RingBuffer, AddsTimesThatDoNotFitIntoAHeader) {
  const std::uint64_t long_wait = 5'000'000'000;
  EXPECT_THAT(read(TracePage(10).extend(long_wait).record(1, "late").bytes()).records,
              ElementsAre(Pair(10 + long_wait + 1, "late")));
  EXPECT_THAT(read(TracePage(10).stamp(123'456'789'012).record(2, "then").bytes()).records,
              ElementsAre(Pair(123'456'789'014, "then")));
}

TEST(RingBuffer, PassesOverWhatWasDiscardedAndTheEmptyRest) {
  const Page page = read(
      TracePage(0).record(1, "one_").discarded(2, 12).record(3, "two_").rest_is_empty().bytes());
  EXPECT_TRUE(page.whole);
  EXPECT_THAT(page.records, ElementsAre(Pair(1, "one_"), Pair(6, "two_")));
}

TEST(RingBuffer, IgnoresTheFlagsOfLostEvents) {
  EXPECT_THAT(read(TracePage(0).record(1, "data").bytes(std::uint64_t{3} << 30)).records,
              ElementsAre(Pair(1, "data")));
}

TEST(RingBuffer, StopsAtWhatDoesNotHoldTogether) {
  EXPECT_FALSE(read("").whole);
  EXPECT_FALSE(read("short").whole);
  const std::string good = TracePage(0).record(1, "data").record(1, "more").bytes();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read(good.substr(0, size)).whole) << size;
  std::string bad = good;
  bad[16] = 28;  // says that it is longer than the page
  EXPECT_FALSE(read(bad).whole);
}

TEST(RingBuffer, NeverLeavesThePage) {
  std::string page(512, '\0');
  for (unsigned seed = 0; seed < 2000; ++seed) {
    unsigned state = seed * 2654435761U + 1;
    for (char& byte : page) {
      state = state * 1664525U + 1013904223U;
      byte = static_cast<char>(state >> 24);
    }
    page[8] = '\xf0';
    page[9] = '\x01';
    for (int i = 10; i < 16; ++i) page[static_cast<std::size_t>(i)] = 0;
    for (const auto& [time, fields] : read(page).records) EXPECT_LE(fields.size(), page.size());
  }
}

TEST(RingBuffer, FindsFieldsInAFormat) {
  constexpr std::string_view format =
      "name: contention_begin\nID: 42\nformat:\n"
      "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\n"
      "\tfield:void * lock_addr;\toffset:8;\tsize:8;\tsigned:0;\n"
      "\tfield:unsigned long caller[];\toffset:16;\tsize:0;\tsigned:0;\n\n"
      "print fmt: \"%p lock_addr\", REC->lock_addr\n";
  EXPECT_EQ(event_number(format), 42);
  EXPECT_EQ(field_offset(format, "lock_addr"), 8);
  EXPECT_EQ(field_offset(format, "caller"), 16);
  EXPECT_EQ(field_offset(format, "flags"), -1);
  EXPECT_EQ(event_number(""), -1);
}

TEST(RingBuffer, ReadsFieldsOnlyInsideOfARecord) {
  const std::string fields("\x01\x02\x03\x04", 4);
  EXPECT_EQ(field_at(fields, 0, 2), 0x0201U);
  EXPECT_EQ(field_at(fields, 2, 4), 0U);
  EXPECT_EQ(field_at(fields, 9, 1), 0U);
  EXPECT_EQ(field_at(fields, 0, 9), 0U);
}

}  // namespace
}  // namespace faultline::agent
