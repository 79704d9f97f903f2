// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/read_counters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/files.h"
#include "store/store.h"
#include "store/store_builders.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::Pair;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

class ReadCounters : public testing::Test {
 protected:
  void SetUp() override {
    Store store = Store::open(file(), Store::Mode::read_write);
    run_ = store.begin_run(a_run());
    for (std::uint32_t block = 0; block < 3; ++block) {
      BootRecord boot = a_boot("b" + std::to_string(block), block);
      boot.steps[0].counters = {{"vmstat", "still", 4, 4},
                                {"vmstat", "moves", 10, 10.0 + block},
                                {"slabinfo", "born", kNone, 7},
                                {"slabinfo", "gone", 3, kNone},
                                {"slabinfo", "never", kNone, kNone}};
      boot.steps.push_back(boot.steps[0]);
      boot.steps[1].position = 1;
      boot.steps[1].perturbed = true;
      boot.steps[1].counters = {{"contention", "mutex.wait_ns", 0, 5},
                                {"perf", "comm;main;work", 0, 3},
                                {"perf", "comm;main", 0, 1}};
      store.record_boot(run_, boot);
    }
  }
  std::filesystem::path file() const { return folder_.path() / "results.db"; }
  Results results() { return Store::open(file(), Store::Mode::read_only).results(run_); }

  TemporaryDirectory folder_;
  std::int64_t run_ = 0;
};

TEST_F(ReadCounters, KeepsHowFarNumbersMovedAndLeavesOutThoseThatNeverDid) {
  const Results read = results();
  EXPECT_THAT(
      read.counter_names,
      ElementsAre(CounterName{"vmstat", "moves"}, CounterName{"slabinfo", "born"},
                  CounterName{"slabinfo", "gone"}, CounterName{"contention", "mutex.wait_ns"}));
  ASSERT_EQ(read.counters.size(), 12u);
  const auto is = [&](std::size_t i, std::uint32_t boot, std::uint32_t name, bool perturbed,
                      double moved) {
    const ResultCounter& c = read.counters[i];
    EXPECT_EQ(std::tuple(c.boot, c.name, c.perturbed, c.moved),
              std::tuple(boot, name, perturbed, moved));
    EXPECT_EQ(read.steps.at(c.step).params, "children=64 pages=64");
  };
  is(0, 0, 0, false, 0);  // Moved in other boots: a zero says something.
  is(1, 0, 1, false, 7);
  is(2, 0, 2, false, -3);
  is(3, 0, 3, true, 5);
  is(8, 2, 0, false, 2);
  EXPECT_EQ(read.counted_blocks, 0u);
}

TEST_F(ReadCounters, KeepsThatASourceWasReadWhereNothingOfItMoved) {
  Store store = Store::open(file(), Store::Mode::read_write);
  BootRecord quiet = a_boot("quiet", 3);
  quiet.steps[0].perturbed = true;
  quiet.steps[0].counters = {{"contention", "lost", 0, 0}};
  store.record_boot(run_, quiet);
  const Results read = results();
  ASSERT_THAT(read.counter_names, testing::Contains(CounterName{"contention", "lost"}));
  EXPECT_EQ(read.counters.back().boot, 3u) << "no lock was waited for, and that was looked at";
  EXPECT_EQ(read.counters.back().moved, 0);
}

TEST_F(ReadCounters, MakesAProfileOfEachProfiledStep) {
  const Results read = results();
  ASSERT_EQ(read.profiles.size(), 3u);
  EXPECT_EQ(read.profiles[2].boot, 2u);
  EXPECT_THAT(read.profiles[2].stacks,
              ElementsAre(Pair("comm;main;work", 3), Pair("comm;main", 1)));
}

TEST_F(ReadCounters, ReadsTheFirstBlocksOfTooManyRows) {
  sqlite::Database database = sqlite::Database::open(file(), sqlite::Database::Access::read_only,
                                                     std::chrono::milliseconds(0));
  Results read = results();
  const StepPlaces steps{{database.integer("SELECT step_kind_key FROM step LIMIT 1"), 0}};
  read.counters.clear();
  read.counter_names.clear();
  read_counters(database, {1, 2, 3}, steps, read, 17);  // Eight rows a block.
  EXPECT_EQ(read.counted_blocks, 2u);
  for (const ResultCounter& counter : read.counters) EXPECT_LT(counter.boot, 2u);
}

}  // namespace
}  // namespace faultline
