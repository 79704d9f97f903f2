// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "reports/statistics/counter_moves.h"
#include "reports/statistics/profile_difference.h"
#include "reports/testing/fake_results.h"
#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// Six blocks in which the metric doubles, and counters of which the test says the values.
class Counted {
 public:
  explicit Counted(std::uint32_t blocks = 6) : blocks_(blocks) {
    for (std::uint32_t block = 0; block < blocks; ++block) {
      builder_.boot(0, block, {1 + 0.01 * block});
      builder_.boot(1, block, {2 + 0.02 * block});
    }
  }
  Counted& counter(const std::string& source, const std::string& name,
                   const std::vector<double>& base, const std::vector<double>& arm,
                   bool perturbed = false) {
    Results& results = builder_.results_;
    const auto index = static_cast<std::uint32_t>(results.counter_names.size());
    results.counter_names.push_back({source, name});
    for (std::uint32_t block = 0; block < blocks_; ++block) {
      results.counters.push_back({2 * block, 0, index, perturbed, base[block % base.size()]});
      results.counters.push_back({2 * block + 1, 0, index, perturbed, arm[block % arm.size()]});
    }
    return *this;
  }
  Results& results() { return builder_.results_; }
  Why why() { return builder_.report().why.at(0); }

 private:
  std::uint32_t blocks_;
  ReportBuilder builder_;
};

std::vector<std::string> names(const std::vector<CounterMove>& moves) {
  std::vector<std::string> list;
  for (const CounterMove& move : moves) list.push_back(move.name);
  return list;
}

TEST(Explain, RanksWhatMovedByTheLeastThatItSurelyMoved) {
  const Why why = Counted()
                      .counter("vmstat", "still", {500, 510, 505}, {507, 502, 509})
                      .counter("vmstat", "doubled", {500, 510, 505}, {1001, 1021, 1012})
                      .counter("x_counters", "much", {5, 5, 6}, {900, 910, 905})
                      .counter("vmstat", "wild", {500, 1, 90000}, {2, 70000, 3})
                      .why();
  EXPECT_TRUE(why.confirmed);
  EXPECT_EQ(why.looked_at, 4u);
  EXPECT_EQ(why.blocks, 6u);
  ASSERT_THAT(names(why.moved), ElementsAre("much", "doubled"));
  EXPECT_THAT(why.moved[1].change, DoubleNear(2.0, 0.01));
  EXPECT_EQ(why.moved[1].base.median, 505);
  EXPECT_LE(why.moved[1].adjusted_p.value(), 0.05);
  EXPECT_GE(why.moved[1].adjusted_p.value(), why.moved[1].p.value());
}

TEST(Explain, FindsTheCountersOfAStepThatThePlanPutsElsewhere) {
  Counted counted;
  counted.counter("vmstat", "doubled", {500, 510, 505}, {1001, 1021, 1012});
  counted.results().run.planned_steps = {"w\tn=0", "w\tn=1"};
  EXPECT_EQ(counted.why().step, 1u);
  EXPECT_THAT(names(counted.why().moved), ElementsAre("doubled"));
}

TEST(Explain, ListsWhatExactArmsExecutedFunctionByFunction) {
  const Report report = make_report(fake::exact_results());
  const Why& why = report.why.at(0);
  ASSERT_TRUE(why.executed.has_value());
  const ExecutionDifference& e = *why.executed;
  EXPECT_EQ(report.results.steps[why.step].params, "children=256 pages=64");
  ASSERT_THAT(e.functions, SizeIs(1));  // kernel_clone, rmap_walk_anon and main are equal.
  EXPECT_EQ(e.equal, 3u);
  EXPECT_EQ(e.functions[0].function, "page_vma_mapped_walk");
  EXPECT_EQ(e.functions[0].before, 117u * 16 * 256);
  EXPECT_EQ(e.functions[0].after, 117u * 16 * 256 * 257);
  EXPECT_EQ(e.arm - e.base, e.functions[0].after - e.functions[0].before);
  EXPECT_TRUE(e.memory);
  EXPECT_GT(e.arm_remote, e.base_remote);
  // The stacks: what both execute is equally wide.
  ASSERT_TRUE(why.profile.has_value());
  const ProfileDifference& p = report.profiles[*why.profile];
  EXPECT_TRUE(p.exact);
  for (const FlameNode& node : p.nodes)
    if (p.frames[node.frame] == "kernel_clone") {
      EXPECT_EQ(node.base, node.arm);
    }
}

TEST(Explain, BelievesNoCountOfAnArmWhoseBootsDiffer) {
  Results results = fake::exact_results();
  results.samples.back().value += 1;
  const std::uint32_t topology = results.boots[results.samples.back().boot].topology;
  for (const Why& why : make_report(std::move(results)).why)
    EXPECT_EQ(why.executed.has_value(), why.topology != topology);
}

TEST(Explain, TakesDifferencesWhereACounterStoodStill) {
  const Why why = Counted().counter("vmstat", "new", {0}, {4000, 4100, 4050}).why();
  ASSERT_THAT(why.moved, SizeIs(1));
  EXPECT_FALSE(why.moved[0].is_ratio);
  EXPECT_EQ(why.moved[0].change, 4050);
}

TEST(Explain, DoesNotBelieveAChangeOfOneUnit) {
  EXPECT_THAT(Counted().counter("vmstat", "one", {0}, {1}).why().moved, IsEmpty());
  EXPECT_THAT(Counted().counter("node0/meminfo", "page", {400}, {404}).why().moved, IsEmpty());
}

TEST(Explain, TellsOneNumberUnderManyNamesOnce) {
  const Why why = Counted()
                      .counter("node0/numastat", "numa_hit", {100, 101, 102}, {300, 301, 302})
                      .counter("vmstat", "numa_hit", {100, 101, 102}, {300, 301, 302})
                      .why();
  ASSERT_THAT(why.moved, SizeIs(1));
  EXPECT_EQ(why.moved[0].source, "vmstat");
  EXPECT_THAT(why.moved[0].aliases, ElementsAre("node0/numastat numa_hit"));
  EXPECT_EQ(why.looked_at, 1u);
}

TEST(Explain, KeepsPerturbedStepsApart) {
  const Why why = Counted()
                      .counter("vmstat", "pgfault", {5}, {900, 901}, true)
                      .counter("contention", "mutex [a] in f.count", {1}, {50}, true)
                      .counter("contention", "mutex [a] in f.wait_ns", {10}, {70}, true)
                      .counter("contention", "mutex [b] in f.wait_ns", {10}, {7000}, true)
                      .why();
  EXPECT_THAT(why.moved, IsEmpty());
  EXPECT_EQ(why.looked_at, 0u);
  EXPECT_THAT(names(why.apart), ElementsAre("mutex [b] in f.wait_ns", "mutex [a] in f.wait_ns",
                                            "mutex [a] in f.count"));
}

TEST(Explain, CountsPerturbedStepsWhereTheExperimentSaysSo) {
  Counted counted;
  counted.results().run.count_perturbed = true;
  counted.counter("vmstat", "pgfault", {5, 6}, {900, 901}, true);
  EXPECT_THAT(names(counted.why().moved), ElementsAre("pgfault"));
}

TEST(Explain, SaysNothingOfFiveBlocks) {
  const Why why = Counted(5).counter("vmstat", "much", {5}, {900}).why();
  EXPECT_FALSE(why.confirmed);
  EXPECT_THAT(why.comparisons, SizeIs(1));
  EXPECT_EQ(why.looked_at, 1u);
  EXPECT_EQ(why.blocks, 5u);
  EXPECT_THAT(why.moved, IsEmpty());
}

TEST(Explain, IsExactWhereTheComparisonIs) {
  Counted counted(2);
  counted.results().run.accel = "icount";
  for (ResultBoot& boot : counted.results().boots) boot.accel = "icount";
  for (ResultSample& sample : counted.results().samples)
    sample.value = counted.results().boots[sample.boot].arm + 1;
  counted.counter("vmstat", "one", {7}, {8}).counter("vmstat", "varies", {7}, {8, 9});
  const Why why = counted.why();
  EXPECT_TRUE(why.confirmed);
  ASSERT_THAT(names(why.moved), ElementsAre("one"));
  EXPECT_TRUE(why.moved[0].exact);
  EXPECT_EQ(why.moved[0].adjusted_p, std::nullopt);
}

TEST(Explain, CountsWhatOneArmDoesNotHaveAsNothing) {
  Counted counted;
  counted.counter("slabinfo", "both", {10, 11}, {10, 12});
  counted.counter("slabinfo", "new", {0}, {500, 510});
  auto& rows = counted.results().counters;
  rows.erase(
      std::remove_if(rows.begin(), rows.end(),
                     [](const ResultCounter& row) { return row.name == 1 && row.moved == 0; }),
      rows.end());
  const Why why = counted.why();
  ASSERT_THAT(names(why.moved), ElementsAre("new"));
  EXPECT_EQ(why.moved[0].base.boots, 0u);
  EXPECT_EQ(why.moved[0].arm.boots, 6u);
}

TEST(Explain, AddsPlacesOfAllocationsWhoseLineMoved) {
  EXPECT_EQ(without_line_number("mm/slub.c:2345 func:alloc_slab_page.bytes"),
            "mm/slub.c func:alloc_slab_page.bytes");
  EXPECT_EQ(without_line_number("drivers/a:b.c:7 [mod] func:f.calls"),
            "drivers/a:b.c [mod] func:f.calls");
  EXPECT_EQ(without_line_number("pgfault"), "pgfault");
  Counted counted;
  counted.counter("allocinfo", "mm/a.c:10 func:f.bytes", {400, 410}, {0});
  counted.counter("allocinfo", "mm/a.c:12 func:f.bytes", {0}, {405, 400});
  EXPECT_THAT(counted.why().moved, IsEmpty());
}

TEST(Explain, CallsFewCountersMovedWhenNoneDid) {
  // The promise: of what is said to have moved, about one in twenty did not; where nothing moves,
  // nothing is said in about nineteen places of twenty. Counters are normal, skewed, small whole
  // numbers, and numbers that mostly stand still.
  Random random(11);
  const auto uniform = [&] { return double(random.below(1u << 20) + 1) / (1u << 20); };
  const auto value = [&](int kind) {
    const double u = std::sqrt(-2 * std::log(uniform())) * std::cos(6.283185307 * uniform());
    if (kind == 0) return 1000 + 50 * u;
    if (kind == 1) return std::round(100 * std::exp(0.6 * u));
    if (kind == 2) return std::round(std::fabs(2 * u));
    return uniform() < 0.8 ? 0.0 : 64.0;
  };
  int places = 0;
  constexpr int kPlaces = 100;
  for (int place = 0; place < kPlaces; ++place) {
    Counted counted;
    for (int i = 0; i < 200; ++i) {
      std::vector<double> base, arm;
      for (int block = 0; block < 6; ++block) {
        base.push_back(value(i % 4));
        arm.push_back(value(i % 4));
      }
      counted.counter("vmstat", std::to_string(i), base, arm);
    }
    places += !counted.why().moved.empty();
  }
  EXPECT_LE(places, 10) << "of " << kPlaces;
}

TEST(Explain, LooksAtEveryDifferenceAndAtTheLargestOpenQuestion) {
  const Report report = make_report(fake::explained_results());
  ASSERT_THAT(report.why, SizeIs(Ge(6u)));
  EXPECT_TRUE(report.why[0].confirmed);
  const Why& first = report.why[0];
  EXPECT_EQ(report.results.steps[first.step].params, "children=256 pages=64");
  ASSERT_THAT(first.moved, Not(IsEmpty()));
  EXPECT_EQ(first.moved[0].name, "anon_vmas");
  EXPECT_THAT(first.moved[0].change, DoubleNear(257, 0.001));
  std::size_t all = 0;
  std::size_t still = 0;  // Of what is named, one in twenty may be.
  for (const Why& why : report.why)
    for (const CounterMove& move : why.moved) {
      ++all;
      still += move.name.starts_with("other");
    }
  EXPECT_LE(10 * still, all);
}

/// The difference of profiles of one boot of each arm.
ProfileDifference difference(std::vector<std::pair<std::string, double>> base,
                             std::vector<std::pair<std::string, double>> arm) {
  ReportBuilder builder;
  builder.blocks({{1, 2}});
  builder.results_.profiles = {{0, 0, std::move(base)}, {1, 0, std::move(arm)}};
  const auto made = difference_of_profiles(builder.results_, {true, true}, 0);
  EXPECT_THAT(made, SizeIs(1));
  return made.at(0);
}

TEST(ProfileDifference, ComparesSharesNotSamples) {
  const ProfileDifference d =
      difference({{"p;main;a", 30}, {"p;main;b", 10}}, {{"p;main;a", 30}, {"p;main;b", 90}});
  EXPECT_EQ(d.base_samples, 40);
  EXPECT_EQ(d.arm_samples, 120);
  ASSERT_THAT(d.functions, SizeIs(3));
  EXPECT_EQ(d.functions[2].function, "main");
  EXPECT_EQ(d.functions[2].base_total, 1);
  const FunctionShare& b = d.functions[0].function == "b" ? d.functions[0] : d.functions[1];
  EXPECT_EQ(b.base_self, 0.25);
  EXPECT_EQ(b.arm_self, 0.75);
  EXPECT_THAT(b.noise, DoubleNear(2 * std::sqrt(0.1875 / 40 + 0.1875 / 120), 1e-12));
  ASSERT_THAT(d.nodes, SizeIs(5));
  EXPECT_EQ(d.frames[d.nodes[3].frame], "b") << "the wider of both arms first";
  EXPECT_EQ(d.nodes[3].parent, 2u);
  EXPECT_EQ(d.nodes[3].arm, 0.75);
}

TEST(ProfileDifference, LeavesTheIdleTaskOut) {
  const ProfileDifference d =
      difference({{"p;a", 1}, {"swapper;idle", 99}}, {{"p;a", 1}, {"swapper/1;idle", 900}});
  EXPECT_EQ(d.base_samples, 1);
  EXPECT_EQ(d.idle_samples, 999);
}

TEST(ProfileDifference, CountsAFunctionThatCallsItselfOnce) {
  const ProfileDifference d = difference({{"p;f;g;f", 4}}, {{"p;f", 4}});
  for (const FunctionShare& one : d.functions) EXPECT_LE(one.base_total, 1);
}

TEST(ProfileDifference, TakesFramesWithoutASymbolTogether) {
  const ProfileDifference d = difference({{"p;0x1;0x2;a", 1}}, {{"p;0x7;a", 1}});
  EXPECT_THAT(d.frames, ElementsAre("all", "p", "[unknown]", "a"));
}

TEST(ProfileDifference, DrawsNoMoreThanThereIsRoomFor) {
  std::vector<std::pair<std::string, double>> stacks;
  for (int i = 0; i < 30000; ++i) stacks.emplace_back("p;f" + std::to_string(i), 1);
  stacks.emplace_back("p;hot", 30000);
  const ProfileDifference d = difference(stacks, stacks);
  EXPECT_LE(d.nodes.size(), 5000u);
  EXPECT_THAT(d.frames, testing::Contains("hot"));
  EXPECT_THAT(d.left_out, DoubleNear(0.5, 0.01));
}

}  // namespace
}  // namespace faultline
