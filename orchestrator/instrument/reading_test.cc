// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

/// Functions 0 "outer", 1 "walk", 2 "leaf"; places 0-2 are these, 3 is user code, 4 a module's.
Account account(std::vector<Account::Section> sections) {
  Account account;
  using Kind = Account::Place::Kind;
  account.places = {{Kind::kernel, 0, 0, 0},
                    {Kind::kernel, 1, 0, 0},
                    {Kind::kernel, 2, 0, 0},
                    {Kind::user, 0, 99, 0x401000},
                    {Kind::code, 0, 0, 0xffffffffc0000000}};
  account.sections = std::move(sections);
  return account;
}

Account::Section a_section(std::uint32_t iteration = 0) {
  Account::Section section;
  section.step = 2;
  section.iteration = iteration;
  section.total = 1115;
  section.instructions = {{0, 0, 100}, {1, 0, 10}, {2, 1, 1000}, {3, 0, 4}, {4, 0, 1}};
  section.entries = {{1, 2}, {2, 5}, {3, 9}};
  section.stacks = {{100, {0}}, {10, {0, 1}}, {600, {0, 1, 2}}, {400, {0, 2}}, {1, {4}}};
  section.accesses = {
      {0, {0, 0, 10, 20, 1, 2}}, {2, {1, 0, 3, 4, 1, 1}}, {2, {1, -1, 50, 50, 0, 0}}};
  return section;
}

Symbols symbols() {
  Symbols symbols;
  symbols.kernel = KernelSymbols::parse("100 T outer\n200 T walk\n300 T leaf\n");
  return symbols;
}

std::map<std::string, double> samples(const Reading& reading, std::uint32_t iteration = 0) {
  std::map<std::string, double> result;
  for (const SampleRecord& sample : reading.steps.at(2).samples)
    if (sample.iteration == iteration) result[sample.metric] = sample.value;
  return result;
}

TEST(Reading, NamesFunctionsAndKeepsTheirCpus) {
  const Reading reading = make_reading(account({a_section()}), symbols(), {}, {});
  EXPECT_THAT(reading.problems, IsEmpty());
  const auto& functions = reading.steps.at(2).profile.functions;
  ASSERT_EQ(functions.size(), 5U);
  EXPECT_EQ(functions[0].function, "leaf");
  EXPECT_THAT(functions[0].instructions, ElementsAre(CpuInstructions{1, 1000}));
  EXPECT_EQ(functions[0].entries, 5U);
  EXPECT_EQ(functions[3].image, "kernel modules");
  EXPECT_EQ(functions[4].image, "user");
  EXPECT_EQ(functions[4].entries, 0U) << "a block of a program is not a function's beginning";
  EXPECT_EQ(reading.steps.at(2).profile.folded, "") << "calls were not asked for";
}

TEST(Reading, GivesTotalsAsSamples) {
  const Reading reading = make_reading(account({a_section()}), symbols(), {}, {});
  EXPECT_THAT(samples(reading),
              UnorderedElementsAre(Pair("instructions", 1115), Pair("kernel_instructions", 1111),
                                   Pair("user_instructions", 4)));
}

TEST(Reading, GivesLocalAndRemoteAccessesWithoutDevices) {
  const ReadingForm form{.calls = false, .memory = true, .cache = true, .several_nodes = true};
  const auto found = samples(make_reading(account({a_section()}), symbols(), form, {}));
  EXPECT_EQ(found.at("local_accesses"), 30);
  EXPECT_EQ(found.at("remote_accesses"), 7);
  EXPECT_EQ(found.at("local_misses"), 3);
  EXPECT_EQ(found.at("remote_misses"), 2);
}

TEST(Reading, DividesAllThatAFunctionCausedByItsCalls) {
  const ReadingForm form{.calls = true, .memory = false, .cache = false, .several_nodes = false};
  const Reading reading = make_reading(
      account({a_section()}), symbols(), form,
      {{2, {{"per_walk", {"walk"}}, {"per_both", {"walk", "leaf"}}, {"per_none", {"fork"}}}}});
  const auto found = samples(reading);
  EXPECT_EQ(found.at("per_walk"), (10 + 600) / 2.0);
  EXPECT_EQ(found.at("per_both"), (10 + 600 + 400) / 7.0) << "a stack with both counts once";
  EXPECT_FALSE(found.contains("per_none")) << "what was not called has no cost";
}

TEST(Reading, FoldsStacksOfTheKernelAndProgramsBelowTheirNames) {
  const ReadingForm form{.calls = true, .memory = false, .cache = false, .several_nodes = false};
  const Reading reading = make_reading(account({a_section()}), symbols(), form, {});
  EXPECT_EQ(reading.steps.at(2).profile.folded,
            "kernel modules 1\nouter 100\nouter;leaf 400\nouter;walk 10\nouter;walk;leaf 600\n"
            "user 4\n");
}

TEST(Reading, AddsUpIterationsInTheProfileAndKeepsTheirSamplesApart) {
  Account::Section second = a_section(1);
  second.total = 5;
  second.instructions = {{0, 2, 5}};
  const Reading reading = make_reading(account({a_section(0), second}), symbols(), {}, {});
  EXPECT_EQ(samples(reading, 0).at("instructions"), 1115);
  EXPECT_EQ(samples(reading, 1).at("instructions"), 5);
  const auto& functions = reading.steps.at(2).profile.functions;
  EXPECT_EQ(functions[1].function, "outer");
  EXPECT_THAT(functions[1].instructions,
              ElementsAre(CpuInstructions{0, 100}, CpuInstructions{2, 5}));
}

TEST(Reading, OfAKernelWithoutSymbolsHasTheKernelAsAWhole) {
  const Reading reading = make_reading(account({a_section()}), {}, {}, {});
  EXPECT_EQ(reading.steps.at(2).profile.functions[0].image, "kernel");
  EXPECT_EQ(reading.steps.at(2).profile.functions[0].total(), 1111U);
}

TEST(InstrumentMetrics, AreThoseThatReadingsHave) {
  const ReadingForm form{.calls = true, .memory = true, .cache = true, .several_nodes = true};
  const Reading reading = make_reading(account({a_section()}), symbols(), form, {});
  std::set<std::string> announced;
  for (const MetricInfo& metric : instrument_metrics("walk", form)) {
    EXPECT_EQ(metric.workload, "walk");
    EXPECT_FALSE(metric.primary);
    announced.insert(metric.name);
  }
  std::set<std::string> measured;
  for (const auto& [name, value] : samples(reading)) measured.insert(name);
  EXPECT_EQ(announced, measured);
}

}  // namespace
}  // namespace faultline
