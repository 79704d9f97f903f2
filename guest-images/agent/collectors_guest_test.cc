// SPDX-License-Identifier: GPL-2.0-or-later
// What the agent's collectors find in a real kernel, and what they cost.
#include <algorithm>

#include "testing/agent_guest_fixture.h"

namespace faultline::testing {
namespace {

/// What one source said before or after a step.
std::map<std::string, double> numbers(const Boot& boot, const std::string& source, bool before,
                                      std::uint32_t step = 0) {
  std::map<std::string, double> values;
  for (const guest::Snapshot& snapshot : boot.all<guest::Snapshot>())
    if (snapshot.source == source && snapshot.before == before && snapshot.step == step)
      values.insert(snapshot.values.begin(), snapshot.values.end());
  return values;
}

std::string problem_of(const Boot& boot, const std::string& name) {
  for (const guest::CollectorState& state : boot.all<guest::CollectorState>())
    if (state.name == name) return state.problem;
  return "no state of it came";
}

constexpr const char* quiet_collectors[] = {
    "vmstat",   "meminfo",     "node_meminfo", "node_vmstat",  "numastat",
    "slabinfo", "allocinfo",   "buddyinfo",    "pagetypeinfo", "pressure",
    "zoneinfo", "vmallocinfo", "interrupts"};

TEST_F(AgentInAGuest, ReadsEveryCollectorOfThisKernel) {
  kernel_parameters_ = "sysctl.vm.mem_profiling=1";
  RunSheet sheet = a_sheet();
  sheet.collect.assign(std::begin(quiet_collectors), std::end(quiet_collectors));
  sheet.steps = {a_step(0, {"where"})};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  for (const char* name : quiet_collectors) EXPECT_EQ(problem_of(result, name), "");
  EXPECT_GT(numbers(result, "slabinfo", true)["vm_area_struct.objsize"], 0);
  EXPECT_GT(numbers(result, "node1/vmstat", false)["nr_free_pages"], 0);
  EXPECT_EQ(numbers(result, "pressure/memory", true).count("some.total_us"), 1U);
  EXPECT_GT(numbers(result, "pagetypeinfo", true)["node0.DMA32.Movable.blocks"] +
                numbers(result, "pagetypeinfo", true)["node0.Normal.Movable.blocks"],
            0);
  EXPECT_FALSE(numbers(result, "buddyinfo", false).empty());
  const auto places = numbers(result, "allocinfo", false);
  EXPECT_GT(places.size(), 100U);
  EXPECT_TRUE(std::any_of(places.begin(), places.end(), [](const auto& place) {
    return place.first.rfind("mm/", 0) == 0 && place.first.find("func:") != std::string::npos;
  }));
}

TEST_F(AgentInAGuest, NamesCollectorsThatThisKernelCannotGiveAndGoesOn) {
  kernel_parameters_ = "psi=0";
  RunSheet sheet = a_sheet();
  sheet.collect = {"pressure", "allocinfo", "vmstat"};
  sheet.functions = {"no_such_function"};
  sheet.steps = {a_step(0, {"where"})};
  sheet.steps[0].observe = {"functions", "perf", "magic"};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  EXPECT_THAT(problem_of(result, "pressure"), HasSubstr("/proc/pressure"));
  EXPECT_THAT(problem_of(result, "allocinfo"), HasSubstr("sysctl.vm.mem_profiling=1"));
  EXPECT_EQ(problem_of(result, "vmstat"), "");
  EXPECT_THAT(problem_of(result, "functions"), HasSubstr("no_such_function"));
  EXPECT_THAT(problem_of(result, "perf"), HasSubstr("/usr/bin/perf"));
  EXPECT_THAT(problem_of(result, "magic"), HasSubstr("not known"));
  ASSERT_EQ(result.all<IterationEnd>().size(), 1U);
  EXPECT_EQ(result.all<IterationEnd>()[0].code, 0);
  EXPECT_EQ(result.reason(), "done");
}

TEST_F(AgentInAGuest, CountsCallsOfFunctionsAndWaitsForLocks) {
  RunSheet sheet = a_sheet();
  sheet.functions = {"kernel_clone", "no_such_function"};
  sheet.steps = {a_step(0, {}), a_step(1, {})};
  // Two that fork and write into one pipe: someone has to wait for someone.
  for (SheetStep& step : sheet.steps)
    step.argv = {"sh", "-c",
                 "f() { i=0; while [ $i -lt 40 ]; do /bin/true; i=$((i+1)); done; }; f & f & wait"};
  sheet.steps[1].observe = {"functions", "contention"};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  ASSERT_EQ(result.all<IterationEnd>().size(), 2U);
  EXPECT_TRUE(numbers(result, "functions", false, 0).empty());
  auto functions = numbers(result, "functions", false, 1);
  EXPECT_GE(functions["kernel_clone.calls"], 82);
  EXPECT_LE(functions["kernel_clone.calls"], 100);
  EXPECT_GT(functions["kernel_clone.us"], 0);
  EXPECT_EQ(functions.count("no_such_function.calls"), 0U);
  const auto waits = numbers(result, "contention", false, 1);
  EXPECT_EQ(waits.count("lost"), 1U);
  double count = 0;
  for (const auto& [name, value] : waits) {
    if (!name.ends_with(".count")) continue;
    count += value;
    EXPECT_THAT(name, HasSubstr(" in "));
  }
  EXPECT_GT(count, 0) << "no lock was waited for";
  EXPECT_THAT(result.artifacts, HasSubstr("step1/contention"));
}

// 1 instruction is 1 ns here, on every host.
TEST_F(AgentInAGuest, TakesLessThanAHundredthOfATenSecondStepForItsCollectors) {
  RunSheet sheet = a_sheet();
  sheet.events = "buffer";
  sheet.collect.assign(std::begin(quiet_collectors), std::end(quiet_collectors));
  sheet.steps = {a_step(0, {"where"}), a_step(1, {"where"})};
  kernel_parameters_ = "sysctl.vm.mem_profiling=1";
  const Boot result = boot(sheet, Clock::instructions);
  expect_a_good_end(result);
  std::uint64_t begin = 0;
  std::uint64_t spent = 0;
  for (const Event& event : result.events) {
    if (std::holds_alternative<guest::StepBegin>(event.body)) begin = event.t_ns;
    if (std::holds_alternative<guest::StepEnd>(event.body)) spent = event.t_ns - begin;
  }
  ASSERT_EQ(result.all<IterationEnd>().size(), 2U);
  spent -= result.all<IterationEnd>()[1].wall_ns;
  RecordProperty("collectors_us", static_cast<int>(spent / 1000));
  EXPECT_LT(spent, 100'000'000U) << "of a step of 10 s";
}

}  // namespace
}  // namespace faultline::testing
