// SPDX-License-Identifier: GPL-2.0-or-later
// What the agent does in a guest, step by step.
#include "testing/agent_guest_fixture.h"

namespace faultline::testing {
namespace {

TEST_F(AgentInAGuest, SaysHelloVerifiesTheMachineAndPowersOff) {
  RunSheet sheet = a_sheet();
  sheet.settings = {{"/proc/sys/vm/swappiness", "7"},
                    {"/sys/kernel/mm/transparent_hugepage/enabled", "never"},
                    {"/proc/sys/vm/compact_memory", "1"},
                    {"/proc/sys/vm/no_such_file", "1"},
                    {"/proc/sys/vm/swappiness", "rubbish"}};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  const auto hellos = result.all<guest::Hello>();
  ASSERT_EQ(hellos.size(), 1U);
  EXPECT_EQ(hellos[0].boot_id, "boot-7");
  EXPECT_THAT(hellos[0].cmdline, HasSubstr("lpj=1000000"));
  EXPECT_THAT(hellos[0].kernel_release, HasSubstr("."));
  const auto settings = result.all<guest::SettingResult>();
  ASSERT_EQ(settings.size(), 5U);
  EXPECT_TRUE(settings[0].ok) << settings[0].found;
  EXPECT_EQ(settings[0].found, "7");
  EXPECT_TRUE(settings[1].ok) << settings[1].found;
  EXPECT_EQ(settings[1].found, "never");
  EXPECT_TRUE(settings[2].ok) << settings[2].error;
  EXPECT_FALSE(settings[3].ok);
  EXPECT_EQ(settings[3].error, ENOENT);
  EXPECT_FALSE(settings[4].ok);
  EXPECT_EQ(settings[4].error, EINVAL);
  EXPECT_EQ(settings[4].found, "7");
  const auto topologies = result.all<guest::TopologyResult>();
  ASSERT_EQ(topologies.size(), 1U);
  EXPECT_TRUE(topologies[0].ok) << ::testing::PrintToString(topologies[0].differences);
  EXPECT_EQ(topologies[0].distances, sheet.distances);
  EXPECT_EQ(result.reason(), "done");
  RecordProperty("hello_guest_ms", static_cast<int>(result.events[0].t_ns / 1'000'000));
  RecordProperty("boot_ms", static_cast<int>(result.took.count()));
}

TEST_F(AgentInAGuest, SaysWhatDiffersFromTheTopologyThatWasAsked) {
  RunSheet sheet = a_sheet();
  sheet.nodes[1].cpus = {1, 2};
  sheet.nodes[1].memory_kib = 1024 * mebibyte_kib;
  sheet.distances[0][1] = 30;
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  const auto topologies = result.all<guest::TopologyResult>();
  ASSERT_EQ(topologies.size(), 1U);
  EXPECT_FALSE(topologies[0].ok);
  ASSERT_EQ(topologies[0].differences.size(), 3U);
  EXPECT_EQ(topologies[0].differences[0], "node 1 has CPUs 1, asked CPUs 1-2");
  EXPECT_THAT(topologies[0].differences[1], HasSubstr("KiB of memory, asked 1048576"));
  EXPECT_EQ(topologies[0].differences[2], "node 0 has distances 10 21, asked 10 30");
}

TEST_F(AgentInAGuest, ReportsEveryWayInWhichAProgramEnds) {
  RunSheet sheet = a_sheet();
  sheet.steps = {a_step(0, {"where"}),
                 a_step(1, {"exit", "3"}),
                 a_step(2, {"signal", "11"}),
                 a_step(3, {"hang"}),
                 a_step(4, {"hang-hard"}),
                 a_step(5, {"eat"}),
                 a_step(6, {"flood", "3000000"}),
                 a_step(7, {"orphan"}),
                 a_step(8, {}),
                 a_step(9, {"rubbish"}),
                 a_step(10, {"where"})};
  sheet.steps[0].iterations = 2;
  sheet.steps[0].environment = {{"EXTRA", "more"}};
  sheet.steps[1].iterations = 3;
  sheet.steps[3].timeout_ms = sheet.steps[4].timeout_ms = 300;
  sheet.steps[8].argv = {"no-such-program"};
  sheet.steps[10].argv = {"sh", "-c", "ps"};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  const auto ends = result.all<IterationEnd>();
  ASSERT_EQ(ends.size(), 12U) << ::testing::PrintToString(result.problems) << result.console;

  EXPECT_EQ(ends[0].end, "exited");
  EXPECT_EQ(ends[0].code, 0);
  EXPECT_EQ(ends[0].standard_output, "step 0 iteration 0 extra more in /tmp as 1\n");
  EXPECT_EQ(ends[0].standard_error, "and on standard error\n");
  EXPECT_GT(ends[0].wall_ns, 0U);
  EXPECT_GT(ends[0].minor_faults, 0);
  EXPECT_GT(ends[0].max_rss_kib, 0);
  EXPECT_EQ(ends[1].standard_output, "step 0 iteration 1 extra more in /tmp as 1\n");

  // Three iterations were asked; after one that failed the rest makes no sense.
  EXPECT_EQ(ends[2].step, 1U);
  EXPECT_EQ(ends[2].end, "exited");
  EXPECT_EQ(ends[2].code, 3);
  EXPECT_EQ(ends[3].end, "signalled");
  EXPECT_EQ(ends[3].code, SIGSEGV);
  EXPECT_EQ(ends[4].end, "timed_out");
  EXPECT_EQ(ends[4].code, SIGTERM);
  EXPECT_GE(ends[4].wall_ns, 300'000'000U);
  EXPECT_LT(ends[4].wall_ns, 2'000'000'000U);
  EXPECT_EQ(ends[5].end, "timed_out");
  EXPECT_EQ(ends[5].code, SIGKILL);
  EXPECT_EQ(ends[6].end, "oom_killed");
  EXPECT_EQ(ends[6].code, SIGKILL);

  EXPECT_EQ(ends[7].end, "exited");
  EXPECT_TRUE(ends[7].truncated);
  EXPECT_EQ(ends[7].standard_output.rfind("line at byte 0\n", 0), 0U);
  EXPECT_THAT(ends[7].standard_output, HasSubstr("bytes left out"));
  EXPECT_LE(ends[7].standard_output.size(), guest::max_output_bytes + 64);
  EXPECT_EQ(ends[8].end, "exited");
  EXPECT_LT(ends[8].wall_ns, 5'000'000'000U) << "waited for the orphan";
  EXPECT_EQ(ends[9].end, "not_started");
  EXPECT_EQ(ends[9].code, ENOENT);
  EXPECT_THAT(ends[10].standard_output, HasSubstr("@fl1 0"));
  EXPECT_EQ(ends[11].end, "exited");
  EXPECT_THAT(ends[11].standard_output, HasSubstr("sh -c ps"));
  EXPECT_THAT(ends[11].standard_output, Not(HasSubstr("probe"))) << "left of the steps before";
  EXPECT_EQ(result.reason(), "done");

  EXPECT_THAT(result.artifacts, HasSubstr("step6/iteration0/stdout"));
  EXPECT_THAT(result.artifacts, HasSubstr("line at byte 1500"));
  EXPECT_THAT(result.artifacts, HasSubstr("dmesg.txt"));
  EXPECT_THAT(result.artifacts, HasSubstr("Linux version"));
  EXPECT_THAT(result.artifacts, HasSubstr("Out of memory"));
}

TEST_F(AgentInAGuest, SnapshotsTheKernelAroundEachStepAndPutsSettingsBack) {
  RunSheet sheet = a_sheet();
  sheet.settings = {{"/proc/sys/vm/swappiness", "30"}};
  sheet.collect = {"vmstat",   "meminfo",  "node_meminfo", "numastat",
                   "slabinfo", "zoneinfo", "magic"};
  sheet.steps = {a_step(0, {}), a_step(1, {})};
  for (SheetStep& step : sheet.steps) step.argv = {"sh", "-c", "cat /proc/sys/vm/swappiness"};
  sheet.steps[0].settings = {{"/proc/sys/vm/swappiness", "90"}};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  const auto ends = result.all<IterationEnd>();
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(ends[0].standard_output, "90\n");
  EXPECT_EQ(ends[1].standard_output, "30\n");

  std::map<std::string, guest::Snapshot> before;
  std::map<std::string, guest::Snapshot> after;
  for (const guest::Snapshot& snapshot : result.all<guest::Snapshot>())
    if (snapshot.step == 0) (snapshot.before ? before : after)[snapshot.source] = snapshot;
  for (const char* source : {"vmstat", "meminfo", "node0/meminfo", "node1/meminfo",
                             "node0/numastat", "node1/numastat"}) {
    EXPECT_EQ(before.count(source), 1U) << source;
    EXPECT_EQ(after.count(source), 1U) << source;
  }
  EXPECT_GT(after["vmstat"].values["pgfault"], before["vmstat"].values["pgfault"]);
  EXPECT_GT(before["meminfo"].values["MemTotal"], 0);
  EXPECT_GT(before["node1/meminfo"].values["MemTotal"], 0);
  EXPECT_EQ(before["node0/numastat"].values.count("numa_hit"), 1U);
  EXPECT_THAT(result.artifacts, HasSubstr("step0/before/vmstat"));
  EXPECT_THAT(result.artifacts, HasSubstr("step1/after/zoneinfo"));
  const auto states = result.all<guest::CollectorState>();
  ASSERT_EQ(states.size(), sheet.collect.size());
  EXPECT_EQ(states.back().name, "magic");
  EXPECT_EQ(states.back().problem, "not known to this agent");
  EXPECT_EQ(states.front().problem, "");
}

TEST_F(AgentInAGuest, PowersOffWhenItsLifetimeIsOver) {
  RunSheet sheet = a_sheet();
  sheet.lifetime_ms = 2'000;
  sheet.steps = {a_step(0, {"hang"}), a_step(1, {"where"})};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  const auto ends = result.all<IterationEnd>();
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].end, "timed_out");
  EXPECT_EQ(result.reason(), "lifetime");
}

TEST_F(AgentInAGuest, PowersOffEvenWhenTheAgentItselfIsStuck) {
  RunSheet sheet = a_sheet();
  sheet.lifetime_ms = 2'000;
  sheet.steps = {a_step(0, {}), a_step(1, {"where"})};
  sheet.steps[0].argv = {"busybox", "mkfifo", "/tmp/fifo"};
  sheet.steps[1].settings = {{"/tmp/fifo", "1"}};  // opening it waits for ever for the other end
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  EXPECT_EQ(result.all<IterationEnd>().size(), 1U);
  EXPECT_EQ(result.reason(), "0 byes");
}

TEST_F(AgentInAGuest, BuffersEventsAndSendsThemByTheConsole) {
  RunSheet sheet = a_sheet();
  sheet.events = "buffer";
  sheet.collect = {"vmstat"};
  sheet.steps = {a_step(0, {"measure"}), a_step(1, {"flood", "100000"}), a_step(2, {"rubbish"})};
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  ASSERT_EQ(result.all<guest::Hello>().size(), 1U);
  const auto ends = result.all<IterationEnd>();
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_THAT(ends[0].standard_output, HasSubstr("sum "));
  EXPECT_GT(ends[1].standard_output.size(), 90'000U);
  EXPECT_EQ(result.reason(), "done");
}

TEST_F(AgentInAGuest, GivesTheSameEventsTwiceOnTheInstructionClock) {
  RunSheet sheet = a_sheet();
  sheet.events = "buffer";
  sheet.collect = {"vmstat", "meminfo", "numastat"};
  sheet.steps = {a_step(0, {"measure"}), a_step(1, {"where"})};
  sheet.steps[0].iterations = 3;
  const Boot one = boot(sheet, Clock::instructions);
  const Boot two = boot(sheet, Clock::instructions);
  expect_a_good_end(one);
  expect_a_good_end(two);
  ASSERT_EQ(one.events.size(), two.events.size());
  ASSERT_EQ(one.all<IterationEnd>().size(), 4U);
  for (std::size_t i = 0; i < one.events.size(); ++i)
    ASSERT_EQ(guest::to_json_line(one.events[i]), guest::to_json_line(two.events[i]));
}

TEST_F(AgentInAGuest, GivesAShellOnTheConsoleAndPowersOffWhenItEnds) {
  RunSheet sheet = a_sheet();
  sheet.shell = true;
  sheet.steps = {a_step(0, {"where"})};
  typed_ = "echo six times seven is $((6 * 7))\nexit\n";
  const Boot result = boot(sheet);
  expect_a_good_end(result);
  EXPECT_EQ(result.all<IterationEnd>().size(), 1U);
  EXPECT_THAT(result.console, HasSubstr("a shell in the guest"));
  EXPECT_THAT(result.console, HasSubstr("six times seven is 42"));
  EXPECT_EQ(result.reason(), "done");
}

TEST_F(AgentInAGuest, SaysOnTheConsoleWhenItCannotReadItsSheet) {
  RunSheet sheet = a_sheet();
  sheet.protocol = 99;
  const Boot result = boot(sheet);
  EXPECT_TRUE(result.ended);
  EXPECT_THAT(result.events, IsEmpty());
  EXPECT_THAT(result.console, HasSubstr("faultline agent: /faultline/run-sheet.json: "
                                        "a run sheet of protocol 99"));
}

}  // namespace
}  // namespace faultline::testing
