// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/cache_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace faultline {
namespace {

struct FreeCache {
  void operator()(cache_filter* cache) const { cache_filter_free(cache); }
};
using Cache = std::unique_ptr<cache_filter, FreeCache>;

/// "M" for a miss, "." for a hit of each load.
std::string loads(cache_filter* cache, const std::vector<std::uint64_t>& addresses) {
  std::string result;
  for (const std::uint64_t address : addresses)
    result += cache_filter_misses(cache, 0, address, false) ? 'M' : '.';
  return result;
}

// The classic exercise: block addresses 0, 8, 0, 6, 8 with four blocks in all, direct-mapped, two
// ways and fully associative: five, four and three misses (D. A. Patterson, J. L. Hennessy,
// Computer Organization and Design, "Reducing cache misses by more flexible placement of blocks").
TEST(CacheFilter, AgreesWithTheTextbook) {
  const std::vector<std::uint64_t> trace{0, 8, 0, 6, 8};
  const Cache direct(cache_filter_new(1, 4, 1, 1));
  EXPECT_EQ(loads(direct.get(), trace), "MMMMM");
  const Cache two_ways(cache_filter_new(1, 2, 2, 1));
  EXPECT_EQ(loads(two_ways.get(), trace), "MM.MM");
  const Cache associative(cache_filter_new(1, 1, 4, 1));
  EXPECT_EQ(loads(associative.get(), trace), "MM.M.");
}

// The page reference string of every operating systems textbook, three frames, LRU: 12 faults
// (A. Silberschatz et al., Operating System Concepts, "LRU page replacement").
TEST(CacheFilter, ReplacesTheLeastRecentlyUsed) {
  const Cache cache(cache_filter_new(1, 1, 3, 1));
  EXPECT_EQ(loads(cache.get(), {7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1}),
            "MMMM.M.MMMM..M.M.M..");
}

TEST(CacheFilter, KeepsWholeLines) {
  const Cache cache(cache_filter_new(1, 2, 1, 64));
  EXPECT_EQ(loads(cache.get(), {0, 63, 64, 127, 0, 128, 0}), "M.M..MM");
}

TEST(CacheFilter, AStoreTakesTheLineFromOtherNodes) {
  const Cache cache(cache_filter_new(2, 4, 2, 64));
  EXPECT_TRUE(cache_filter_misses(cache.get(), 0, 256, false));
  EXPECT_TRUE(cache_filter_misses(cache.get(), 1, 256, false)) << "each node has its own";
  EXPECT_FALSE(cache_filter_misses(cache.get(), 0, 256, false)) << "both may read";
  EXPECT_FALSE(cache_filter_misses(cache.get(), 1, 256, true));
  EXPECT_TRUE(cache_filter_misses(cache.get(), 0, 256, false)) << "written by the other";
  EXPECT_FALSE(cache_filter_misses(cache.get(), 1, 256, false)) << "its own copy stays";
}

TEST(CacheFilter, ForgetsEverythingWhenCleared) {
  const Cache cache(cache_filter_new(1, 4, 2, 64));
  EXPECT_EQ(loads(cache.get(), {0, 0}), "M.");
  cache_filter_clear(cache.get());
  EXPECT_EQ(loads(cache.get(), {0, 0}), "M.");
}

}  // namespace
}  // namespace faultline
