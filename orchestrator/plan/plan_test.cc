// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "plan/calibration.h"
#include "spec/parse_experiment.h"
#include "spec/test_catalogue.h"

namespace faultline {
namespace {

using testing::ElementsAre;

/// An experiment of so many arms and topologies, with the lines `more` at its end.
Experiment an_experiment(
    unsigned arms, unsigned topologies, const std::string& more = "",
    const std::string& workload = "{use: walk, params: {children: [1, 2, 3]}}") {
  std::string text = "faultline: 1\nname: t\nkernels:\n";
  for (unsigned i = 0; i < arms; ++i)
    text += "  - {name: k" + std::to_string(i) +
            ", source: \"tar:t\", cmdline: n=" + std::to_string(i) + "}\n";
  text += "topologies:\n";
  for (unsigned i = 0; i < topologies; ++i)
    text += "  - {name: t" + std::to_string(i) + ", nodes: [{cpus: 2, memory: 1G}]}\n";
  text += "workloads:\n  - " + workload + "\n" + more + "\n";
  const ParsedExperiment parsed = parse_experiment(text, "x.yaml", test::catalogue());
  for (const Diagnostic& diagnostic : parsed.diagnostics)
    if (diagnostic.severity == Severity::error) ADD_FAILURE() << to_string(diagnostic);
  if (!parsed.experiment) throw std::runtime_error("no experiment");
  return *parsed.experiment;
}

Plan planned(const Experiment& experiment) {
  return make_plan(experiment, test::catalogue());
}

/// Everything about a plan's boots, for comparison.
std::vector<std::tuple<unsigned, unsigned, unsigned, unsigned, std::vector<std::uint16_t>>>
order_of(const Plan& plan) {
  std::vector<std::tuple<unsigned, unsigned, unsigned, unsigned, std::vector<std::uint16_t>>> order;
  for (const PlannedBoot& boot : plan.boots)
    order.emplace_back(boot.block, boot.position, boot.arm, boot.topology, boot.steps);
  return order;
}

TEST(Plan, BootsEveryArmOnEveryTopologyOnceInEachBlock) {
  const Plan plan = planned(an_experiment(3, 4, "runs: {blocks: 7}"));
  ASSERT_EQ(plan.boots.size(), 7u * 12);
  EXPECT_EQ(plan.blocks, 7u);
  for (unsigned block = 0; block < 7; ++block) {
    std::set<std::pair<unsigned, unsigned>> cells;
    for (unsigned position = 0; position < 12; ++position) {
      const PlannedBoot& boot = plan.boots[block * 12 + position];
      EXPECT_EQ(boot.block, block);
      EXPECT_EQ(boot.position, position);
      cells.emplace(boot.arm, boot.topology);
    }
    EXPECT_EQ(cells.size(), 12u);
  }
}

TEST(Plan, RunsEveryStepOnceInEachBoot) {
  const Plan plan = planned(an_experiment(2, 2));
  ASSERT_EQ(plan.steps.size(), 3u);
  for (const PlannedBoot& boot : plan.boots)
    EXPECT_THAT(boot.steps, testing::UnorderedElementsAre(0, 1, 2));
}

TEST(Plan, IsDecidedByTheSeedAlone) {
  const Plan first = planned(an_experiment(4, 2, "runs: {seed: 7}"));
  const Plan again = planned(an_experiment(4, 2, "runs: {seed: 7}"));
  const Plan other = planned(an_experiment(4, 2, "runs: {seed: 8}"));
  EXPECT_EQ(order_of(first), order_of(again));
  EXPECT_NE(order_of(first), order_of(other));
}

/// A seed printed in a report must give the same plan on every machine and in every version.
TEST(Plan, IsTheSameForEver) {
  const Plan plan = planned(an_experiment(4, 1, "runs: {seed: 20100117, blocks: 3}"));
  std::vector<unsigned> arms;
  for (const PlannedBoot& boot : plan.boots) arms.push_back(boot.arm);
  EXPECT_THAT(arms, ElementsAre(0, 3, 2, 1, 3, 2, 0, 1, 2, 0, 1, 3));
  EXPECT_THAT(plan.boots[0].steps, ElementsAre(2, 0, 1));
}

TEST(Plan, OfMoreBlocksBeginsWithThePlanOfFewer) {
  const Experiment experiment = an_experiment(3, 2);
  const auto few = order_of(make_plan(experiment, test::catalogue(), 5));
  auto many = order_of(make_plan(experiment, test::catalogue(), 50));
  many.resize(few.size());
  EXPECT_EQ(few, many);
}

TEST(Plan, ChangesTheOrderFromBlockToBlock) {
  const Plan plan = planned(an_experiment(4, 1, "runs: {blocks: 100}"));
  std::set<std::vector<unsigned>> orders;
  for (unsigned block = 0; block < 100; ++block) {
    std::vector<unsigned> order;
    for (unsigned i = 0; i < 4; ++i) order.push_back(plan.boots[block * 4 + i].arm);
    orders.insert(order);
  }
  EXPECT_EQ(orders.size(), 24u);  // all of 4!; each is missed with probability (23/24)^100
}

/// Pearson's chi-square of counts against a uniform distribution.
double chi_square(const std::vector<unsigned>& counts) {
  double total = 0;
  for (const unsigned count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double sum = 0;
  for (const unsigned count : counts) sum += (count - expected) * (count - expected) / expected;
  return sum;
}

TEST(Plan, PutsEveryArmAtEveryPositionEquallyOften) {
  for (const unsigned seed : {0u, 1u, 20100117u}) {
    const Plan plan =
        planned(an_experiment(4, 1, "runs: {blocks: 4000, seed: " + std::to_string(seed) + "}"));
    for (unsigned arm = 0; arm < 4; ++arm) {
      std::vector<unsigned> positions(4);
      for (const PlannedBoot& boot : plan.boots)
        if (boot.arm == arm) ++positions[boot.position];
      EXPECT_LT(chi_square(positions), 16.3) << "arm " << arm;  // 3 degrees of freedom, p = 0.001
    }
  }
}

TEST(Plan, PutsEveryStepAtEveryPlaceInABootEquallyOften) {
  const Plan plan = planned(an_experiment(2, 1, "runs: {blocks: 3000}"));
  for (unsigned arm = 0; arm < 2; ++arm)
    for (std::uint16_t step = 0; step < 3; ++step) {
      std::vector<unsigned> places(3);
      for (const PlannedBoot& boot : plan.boots)
        if (boot.arm == arm)
          ++places[std::find(boot.steps.begin(), boot.steps.end(), step) - boot.steps.begin()];
      EXPECT_LT(chi_square(places), 13.8) << "step " << step;  // 2 degrees of freedom, p = 0.001
    }
}

TEST(Plan, OrdersTheStepsOfBootsIndependently) {
  const Plan plan = planned(an_experiment(2, 1, "runs: {blocks: 600}"));
  unsigned equal = 0;
  for (std::size_t i = 0; i + 1 < plan.boots.size(); i += 2)
    equal += plan.boots[i].steps == plan.boots[i + 1].steps;
  EXPECT_GT(equal, 60u);  // 1 in 6 of 600 is expected
  EXPECT_LT(equal, 140u);
}

TEST(Plan, KeepsTheStepsOfTheInstructionClockInTheOrderOfTheFile) {
  const Plan plan = planned(an_experiment(2, 2, "accel: icount"));
  EXPECT_EQ(plan.blocks, 2u) << "the second boot proves the first";
  for (const PlannedBoot& boot : plan.boots) EXPECT_THAT(boot.steps, ElementsAre(0, 1, 2));
}

/// Two builds, the second of them with two command lines.
Experiment in_layouts(unsigned layouts, unsigned blocks, unsigned seed = 5) {
  const std::string text =
      "faultline: 1\nname: t\nkernels:\n"
      "  - {name: base, source: \"tar:t\"}\n"
      "  - {name: new, source: \"tar:u\"}\n"
      "  - {name: switched, like: new, cmdline: x}\n"
      "topologies:\n  - {name: t0, nodes: [{cpus: 2, memory: 1G}]}\n"
      "  - {name: t1, nodes: [{cpus: 4, memory: 1G}]}\n"
      "workloads:\n  - {use: walk}\nruns: {blocks: " +
      std::to_string(blocks) + ", layouts: " + std::to_string(layouts) +
      ", seed: " + std::to_string(seed) + "}\n";
  const ParsedExperiment parsed = parse_experiment(text, "x.yaml", test::catalogue());
  if (!parsed.experiment) throw std::runtime_error(to_string(parsed.diagnostics.at(0)));
  return *parsed.experiment;
}

/// By block: the layouts of the arms, which are the same on every topology.
std::vector<std::vector<std::uint32_t>> layouts_by_block(const Plan& plan, unsigned arms) {
  std::vector<std::vector<std::uint32_t>> layouts(plan.blocks, std::vector<std::uint32_t>(arms));
  for (const PlannedBoot& boot : plan.boots) {
    std::uint32_t& known = layouts[boot.block][boot.arm];
    EXPECT_TRUE(known == 0 || known == boot.layout);
    known = boot.layout;
  }
  return layouts;
}

TEST(PlanWithLayouts, GoesThroughAllOfThemInEachCycleOfBlocks) {
  const Plan plan = planned(in_layouts(6, 18));
  const auto layouts = layouts_by_block(plan, 3);
  std::set<std::vector<std::uint32_t>> pairs;
  std::set<std::vector<std::uint32_t>> orders;
  for (unsigned cycle = 0; cycle < 3; ++cycle) {
    std::set<std::uint32_t> base;
    std::vector<std::uint32_t> order;
    for (unsigned i = 0; i < 6; ++i) {
      const auto& block = layouts[cycle * 6 + i];
      base.insert(block[0]);
      order.push_back(block[0]);
      pairs.insert(block);
      EXPECT_NE(block[0], 0u);
      EXPECT_NE(block[0], block[1]) << "separate builds are laid out apart";
      EXPECT_EQ(block[1], block[2]) << "one build boots one layout in a block";
    }
    EXPECT_EQ(base.size(), 6u);
    orders.insert(order);
  }
  EXPECT_EQ(pairs.size(), 6u) << "a layout of one build always meets the same one of the other";
  EXPECT_GT(orders.size(), 1u);
}

TEST(PlanWithLayouts, IsDecidedByTheSeedAndNotByTheNumberOfBlocks) {
  const auto few = layouts_by_block(planned(in_layouts(6, 8)), 3);
  auto many = layouts_by_block(planned(in_layouts(6, 40)), 3);
  many.resize(few.size());
  EXPECT_EQ(few, many);
  EXPECT_NE(few, layouts_by_block(planned(in_layouts(6, 8, 6)), 3));
  EXPECT_THAT(few.at(0), ElementsAre(2997932070u, 3469570454u, 3469570454u)) << "for ever";
}

TEST(PlanWithLayouts, NamesWhatHasToBeBuilt) {
  const Plan plan = planned(in_layouts(6, 12));
  const auto layouts = planned_layouts(plan, 4);
  EXPECT_EQ(layouts[0].size(), 6u);
  EXPECT_EQ(layouts[1], layouts[2]);
  EXPECT_THAT(layouts[3], ElementsAre(0)) << "an arm that is not booted";
  EXPECT_EQ(planned_layouts(make_plan(in_layouts(6, 12), test::catalogue(), 2), 3)[0].size(), 2u);
  EXPECT_THAT(planned_layouts(planned(an_experiment(2, 1)), 2),
              ElementsAre(ElementsAre(0), ElementsAre(0)));
}

TEST(CalibrationOf, LaysTheTwinOutApartFromTheBaseline) {
  const Experiment experiment = in_layouts(6, 6);
  const auto run = layouts_by_block(planned(experiment), 3);
  const auto calibration = layouts_by_block(planned(calibration_of(experiment)), 2);
  for (unsigned block = 0; block < 6; ++block) {
    EXPECT_EQ(calibration[block][0], run[block][0]) << "the kernels of the experiment";
    EXPECT_NE(calibration[block][0], calibration[block][1]);
  }
}

TEST(CalibrationOf, PutsTheBaselineBesideItsTwin) {
  const Experiment experiment = an_experiment(3, 1, "baseline: k1\ngate: {}");
  const Experiment calibration = calibration_of(experiment);
  ASSERT_EQ(calibration.arms.size(), 2u);
  EXPECT_EQ(calibration.arms[0].name, "k1");
  EXPECT_EQ(calibration.arms[1].name, "k1-twin");
  EXPECT_EQ(calibration.arms[0].cmdline, calibration.arms[1].cmdline);
  EXPECT_EQ(calibration.baseline, 0u);
  EXPECT_FALSE(calibration.gate);
  EXPECT_EQ(planned(calibration).boots.size(), 12u);
}

TEST(CalibrationOf, FiltersTheTwinAsTheBaseline) {
  const Experiment experiment = an_experiment(
      3, 2, "exclude:\n  - {kernels: k0, topologies: t0}\n  - {kernels: [k1, k2], topologies: t1}");
  for (const PlannedBoot& boot : planned(calibration_of(experiment)).boots)
    EXPECT_EQ(boot.topology, 1u);
}

TEST(Plan, LabelsStepsWithTheParametersThatTheFileNamesInTheWorkloadsOrder) {
  const Plan plan = planned(an_experiment(
      1, 1, "", "{use: walk, params: {pause: 1500ms, area: [64M, 4097], children: [16]}}"));
  ASSERT_EQ(plan.steps.size(), 2u);
  EXPECT_EQ(plan.steps[0].label, "children=16 area=64M pause=1500ms");
  EXPECT_EQ(plan.steps[1].label, "children=16 area=4097 pause=1500ms");
  EXPECT_EQ(plan.steps[0].params.at("area"), "67108864");
  EXPECT_EQ(plan.steps[0].params.at("scope"), "all");
  EXPECT_THAT(plan.steps[0].argv, ElementsAre("walk", "--children=16", "--area=67108864",
                                              "--pause=1500", "--scope=all", "--nodes=0,1"));
}

TEST(Plan, ExpandsEveryCombinationOfParameters) {
  const Plan plan = planned(
      an_experiment(1, 1, "", "{use: walk, params: {touch: [true, false], children: [1, 2, 3]}}"));
  std::vector<std::string> labels;
  for (const PlannedStep& step : plan.steps) labels.push_back(step.label);
  EXPECT_THAT(labels, ElementsAre("children=1 touch=true", "children=1 touch=false",
                                  "children=2 touch=true", "children=2 touch=false",
                                  "children=3 touch=true", "children=3 touch=false"));
}

TEST(Plan, TakesTimeoutsAndSettingsOfTheUseBeforeThoseOfTheWorkload) {
  const Plan plain = planned(an_experiment(1, 1, "", "{use: walk}"));
  EXPECT_EQ(plain.steps[0].timeout, std::chrono::milliseconds(300'000));
  EXPECT_EQ(plain.steps[0].label, "");
  EXPECT_THAT(plain.steps[0].settings, ElementsAre(Setting{"/sys/kernel/mm/ksm/run", "0"}));
  const Plan changed = planned(an_experiment(
      1, 1, "",
      "{use: walk, iterations: 5, timeout: 9s, settings: [{path: /proc/sys/vm/x, value: 3}, "
      "{path: /sys/kernel/mm/ksm/run, value: 1}]}"));
  EXPECT_EQ(changed.steps[0].iterations, 5u);
  EXPECT_EQ(changed.steps[0].timeout, std::chrono::milliseconds(9'000));
  EXPECT_THAT(changed.steps[0].settings,
              ElementsAre(Setting{"/sys/kernel/mm/ksm/run", "1"}, Setting{"/proc/sys/vm/x", "3"}));
}

/// (arm, topology, step labels in file order) of a plan of one block.
std::set<std::string> cells_of(const Experiment& experiment) {
  const Plan plan = planned(experiment);
  std::set<std::string> cells;
  for (const PlannedBoot& boot : plan.boots)
    for (const std::uint16_t step : boot.steps)
      cells.insert(experiment.arms[boot.arm].name + " " +
                   experiment.topologies[boot.topology].name + " " + plan.steps[step].label);
  return cells;
}

TEST(Filters, ExcludeWhatMatchesAllKeysOfALine) {
  const auto cells = cells_of(
      an_experiment(2, 2,
                    "exclude: [{kernels: k1, topologies: [t1], params: {children: [2, 3]}}]\n"
                    "runs: {blocks: 1}"));
  EXPECT_EQ(cells.size(), 12u - 2);
  EXPECT_FALSE(cells.contains("k1 t1 children=2"));
  EXPECT_TRUE(cells.contains("k1 t1 children=1"));
  EXPECT_TRUE(cells.contains("k0 t1 children=2"));
}

TEST(Filters, IncludeWhatMatchesAnyLineAndDropBootsThatHaveNothingToDo) {
  const Experiment experiment =
      an_experiment(3, 2,
                    "include: [{kernels: [k0, k1], topologies: t0}, {kernels: k0}]\n"
                    "exclude: [{kernels: k1, params: {children: 1}}]\nruns: {blocks: 1}");
  EXPECT_EQ(planned(experiment).boots.size(), 3u);
  EXPECT_THAT(
      cells_of(experiment),
      ElementsAre("k0 t0 children=1", "k0 t0 children=2", "k0 t0 children=3", "k0 t1 children=1",
                  "k0 t1 children=2", "k0 t1 children=3", "k1 t0 children=2", "k1 t0 children=3"));
}

TEST(Filters, OfAParameterLeaveWorkloadsWithoutItAlone) {
  const auto cells =
      cells_of(an_experiment(1, 1, "exclude: [{params: {children: 1}}]\nruns: {blocks: 1}",
                             "{use: walk, params: {children: [1, 2]}}\n  - {use: spin}"));
  EXPECT_THAT(cells, ElementsAre("k0 t0 ", "k0 t0 children=2"));
}

TEST(Plan, HoldsAHundredThousandBoots) {
  const Experiment experiment = an_experiment(5, 4, "runs: {blocks: 5000}");
  const Plan plan = planned(experiment);
  EXPECT_EQ(plan.boots.size(), 100'000u);
  EXPECT_EQ(plan.boots.back().block, 4999u);
}

TEST(ExpectedDuration, GrowsWithStepsIterationsCpusAndEmulation) {
  const auto duration = [](const std::string& more, const std::string& workload) {
    const Experiment experiment = an_experiment(1, 1, more, workload);
    const Plan plan = planned(experiment);
    return expected_duration(experiment, plan, plan.boots[0]);
  };
  const std::string one = "{use: walk}";
  EXPECT_LT(duration("accel: kvm", one), duration("accel: tcg", one));
  EXPECT_LT(duration("accel: tcg", one), duration("accel: icount", one));
  EXPECT_LT(duration("accel: kvm", one), duration("accel: kvm", "{use: walk, iterations: 2}"));
  EXPECT_LT(duration("accel: kvm", one),
            duration("accel: kvm", "{use: walk, params: {children: [1, 2]}}"));
  EXPECT_GT(duration("accel: kvm", one).count(), 1000);
}

TEST(ExpectedDuration, TakesAWorkloadAtItsWordThatRunsForSoManySeconds) {
  const Experiment experiment = an_experiment(1, 1, "accel: tcg", "{use: walk, iterations: 3}");
  Plan plan = planned(experiment);
  const auto duration = [&](const char* seconds) {
    plan.steps[0].params["seconds"] = seconds;
    return expected_duration(experiment, plan, plan.boots[0]);
  };
  EXPECT_EQ(duration("30") - duration("10"), std::chrono::seconds(3 * 20));
}

}  // namespace
}  // namespace faultline
