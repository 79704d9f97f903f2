// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/counter_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

using guest::Snapshot;

TEST(CounterTable, PutsBeforeAndAfterTogetherInTheOrderOfTheirComing) {
  CounterTable table;
  table.add(Snapshot{0, true, "vmstat", {{"pgfault", 10}, {"pgscan", 1}}});
  table.add(Snapshot{0, true, "meminfo", {{"MemFree", 5}}});
  table.add(Snapshot{0, false, "vmstat", {{"pgfault", 25}, {"pgscan", 1}}});
  table.add(Snapshot{0, false, "meminfo", {{"MemFree", 4}}});
  const auto records = table.records();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].name, "pgfault");
  EXPECT_EQ(records[0].before, 10);
  EXPECT_EQ(records[0].after, 25);
  EXPECT_EQ(records[2].source, "meminfo");
  EXPECT_EQ(records[2].after, 4);
}

TEST(CounterTable, DoesNotGuessWhatOneSideDoesNotSay) {
  CounterTable table;
  table.add(Snapshot{0, true, "slabinfo", {{"gone", 3}}});
  table.add(Snapshot{0, false, "slabinfo", {{"fresh", 7}}});
  const auto records = table.records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_TRUE(std::isnan(records[0].after)) << "a step that died was never read after";
  EXPECT_TRUE(std::isnan(records[1].before));
}

TEST(CounterTable, TakesNamesThatASparseSourceLeavesOutForZero) {
  CounterTable table;
  table.add(Snapshot{0, true, "allocinfo", {{"gone", 3}}, true});
  table.add(Snapshot{0, false, "allocinfo", {{"fresh", 7}}, true});
  const auto records = table.records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].after, 0);
  EXPECT_EQ(records[1].before, 0);
}

TEST(CounterTable, LeavesASparseSourceThatWasNotReadAfterUnknown) {
  CounterTable table;
  table.add(Snapshot{0, true, "allocinfo", {{"place", 3}}, true});
  EXPECT_TRUE(std::isnan(table.records()[0].after));
}

TEST(CounterTable, TakesASourceInSeveralPieces) {
  CounterTable table;
  table.add(Snapshot{0, false, "perf", {{"a;b", 2}}, true});
  table.add(Snapshot{0, false, "perf", {{"a;c", 3}}, true});
  const auto records = table.records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].before, 0);
  EXPECT_EQ(records[1].after, 3);
}

}  // namespace
}  // namespace faultline
