// SPDX-License-Identifier: GPL-2.0-or-later
// Whole runs with real guests, emulated: what goes well, and everything that a kernel or a workload
// can do wrong.

#include <signal.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

/// Runs with guests: skipped where there is no kernel for them.
class EndToEndWithGuests : public EndToEnd {
 protected:
  void SetUp() override {
    if (test_kernel().empty())
      GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
  }

  /// Gives the guests the workload `hostile`, which misbehaves as its parameter `mode` says.
  void use_hostile_workload() {
    bench_.write("root/workloads/hostile/workload.yaml", R"(workload: hostile
summary: a program that misbehaves as it is told
question: Does the run survive it?
image: minimal
needs: []
command: ["hostile", "{mode}"]
parameters:
  mode: {type: enum, values: [good, fails, crashes, hangs, rubbish, eats, third], default: good, what: "how it misbehaves"}
metrics:
  - {name: value, unit: s, direction: lower, scale: ratio, primary: true, summary: median, pattern: '^value: (\S+)$', what: "a number"}
timeout: 3s
settings: []
memory: 16M
)");
    const std::string parts = bench_.folder() / "guest";
    const std::string program = bench_.write("guest/workloads/hostile/hostile", R"(#!/bin/sh
case $1 in
good) echo "value: 42" ;;
fails) echo "value: 1"; echo "no such luck" >&2; exit 3 ;;
crashes) kill -SEGV $$ ;;
hangs) sleep 100000 ;;
rubbish) printf '\377\376\0 { \n'; dd if=/dev/urandom bs=1024 count=64 2>/dev/null; printf '\nvalue: rubbish\n' ;;
eats) exec /workloads/hostile/eater eat ;;
third) if test "$FAULTLINE_ITERATION" = 2; then exec /workloads/hostile/eater eat; fi
  echo "value: 4$FAULTLINE_ITERATION" ;;
esac
)");
    namespace fs = std::filesystem;
    fs::permissions(program, fs::perms(0755));
    fs::copy_file(FAULTLINE_TEST_EATER, fs::path(parts) / "workloads/hostile/eater");
    fs::copy_file(fs::path(FAULTLINE_BINARY_DIR) / "guest/agent", fs::path(parts) / "agent");
    bench_.set("FAULTLINE_ROOT", bench_.folder() / "root");
    bench_.set("FAULTLINE_GUEST", parts);
  }
  static std::string hostile(const std::string& modes, const std::string& more = "") {
    return "  - {use: hostile, params: {mode: [" + modes + "]}" + more + "}\n";
  }

  /// A workload that takes well under a second.
  static constexpr const char* short_walk =
      "  - {use: rmap-walk, params: {children: [2], pages: 4, scope: own}}\n";
};

TEST_F(EndToEndWithGuests, GoesFromAFileToAReportAndStartsAnewWhenDone) {
  const std::string file =
      experiment(arm("plain", "faultline.test=0") + arm("other", "faultline.test=1"), short_walk);
  const ProgramEnd plan = bench_.run({"plan", "--json", file});
  ASSERT_EQ(plan.status, 0) << plan.err;
  EXPECT_TRUE(nlohmann::json::accept(plan.out)) << plan.out;

  const ProgramEnd run = bench_.run({"run", file});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, HasSubstr("boot 2/2"));
  EXPECT_THAT(run.out, AllOf(HasSubstr("walk_seconds"), HasSubstr("report: ")));
  EXPECT_THAT(outcomes(),
              UnorderedElementsAre("r1-b1-plain-one completed", "r1-b1-other-one completed"));
  const Results measured = results();
  EXPECT_EQ(measured.run.planned_boots, 2U);
  EXPECT_GT(measured.run.finished_at_ns, 0);
  EXPECT_GE(measured.samples.size(), 2U);
  const BootRecord boot = store().boot("r1-b1-plain");
  EXPECT_THAT(boot.cmdline, HasSubstr("faultline.test=0"));
  EXPECT_GT(boot.boot_seconds, 0);
  EXPECT_THAT(boot.notes, IsEmpty());

  const ProgramEnd compare = bench_.run({"compare", "--json"});
  EXPECT_EQ(compare.status, 0) << compare.err;
  EXPECT_TRUE(nlohmann::json::accept(compare.out)) << compare.out;
  const std::string html = bench_.folder() / "report.html";
  const ProgramEnd report = bench_.run({"report", "--output", html});
  EXPECT_EQ(report.status, 0) << report.err;
  const ProgramEnd show = bench_.run({"show", "r1-b1-p"});
  EXPECT_EQ(show.status, 0) << show.err;
  EXPECT_THAT(show.out, AllOf(HasSubstr("outcome    completed"), HasSubstr("walk_seconds")));
  EXPECT_EQ(bench_.run({"show", "r1-b1-"}).status, 2);
  EXPECT_EQ(bench_.run({"show", "nonsense"}).status, 2);
  const ProgramEnd console = bench_.run({"show", "--console", "r1-b1-p"});
  EXPECT_EQ(console.status, 0) << console.err;

  const ProgramEnd again = bench_.run({"run", file});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(outcomes(2).size(), 2U);
  const ProgramEnd list = bench_.run({"list", "--json"});
  EXPECT_EQ(nlohmann::json::parse(list.out).size(), 2U) << list.out;
}

TEST_F(EndToEndWithGuests, TellsApartTheWaysInWhichAKernelDoesNotCome) {
  const std::string text = bench_.write("vmlinux", "this is no kernel\n");
  bench_.set("FAULTLINE_DEADLINE_SCALE", "0.08");
  const std::string file =
      experiment("  - {name: text, source: 'image:" + text + "'}\n" +
                     arm("rootless", "rdinit=/nonexistent") + arm("silent", "rdinit=/bin/sh"),
                 short_walk);
  const ProgramEnd run = bench_.run({"run", file});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr(text + " is not a kernel image"));
  EXPECT_THAT(outcomes(),
              UnorderedElementsAre("r1-b1-text-one build_failed", "r1-b1-rootless-one boot_failed",
                                   "r1-b1-silent-one boot_failed"));
  EXPECT_THAT(store().boot("r1-b1-text").outcome.detail, HasSubstr("is not a kernel image"));
  const BootOutcome rootless = store().boot("r1-b1-rootless").outcome;
  EXPECT_THAT(rootless.oops_title, HasSubstr("Unable to mount root fs"));
  EXPECT_EQ(rootless.phase, "boot");
  const BootRecord silent = store().boot("r1-b1-silent");
  EXPECT_THAT(silent.outcome.detail,
              HasSubstr("no hello from the guest's agent until the deadline"));
  EXPECT_EQ(silent.outcome.oops_title, "");
  EXPECT_GT(results().run.finished_at_ns, 0) << "these are answers: nothing is left to do";
}

TEST_F(EndToEndWithGuests, KeepsWhatOtherStepsMeasuredWhenWorkloadsFail) {
  use_hostile_workload();
  bench_.set("FAULTLINE_DEADLINE_SCALE", "0.2");
  const std::string file = experiment(arm("only", "faultline.test=0"),
                                      hostile("good, fails, crashes, hangs, rubbish, eats"));
  const ProgramEnd run = bench_.run({"run", file});
  EXPECT_EQ(run.status, 1) << run.err;
  EXPECT_THAT(run.err, HasSubstr("workload_failed"));
  const BootRecord boot = store().boot("r1-b1-only");
  EXPECT_EQ(boot.outcome.kind, OutcomeKind::workload_failed);
  EXPECT_THAT(boot.outcome.detail, StartsWith("hostile mode="));
  EXPECT_THAT(boot.notes, Contains("hostile mode=fails: exit status 3: no such luck"));
  EXPECT_THAT(boot.notes, Contains("hostile mode=crashes: killed by signal 11"));
  EXPECT_THAT(boot.notes, Contains("hostile mode=hangs: timed out"));
  EXPECT_THAT(boot.notes, Contains("hostile mode=eats: out of memory"));
  EXPECT_THAT(boot.notes,
              Contains("hostile mode=rubbish: metric value: 'rubbish' is not a finite number"));
  ASSERT_EQ(boot.steps.size(), 6U);
  for (const StepRecord& step : boot.steps) {
    if (step.params == "mode=good") {
      ASSERT_EQ(step.samples.size(), 1U);
      EXPECT_EQ(step.samples[0].value, 42);
    } else {
      EXPECT_THAT(step.samples, IsEmpty()) << step.params;
    }
  }
  EXPECT_EQ(bench_.run({"compare"}).status, 0);
  EXPECT_EQ(bench_.run({"show", "--output", "r1-b1-only"}).status, 0);
}

TEST_F(EndToEndWithGuests, KeepsTheSamplesBeforeAPanicAndNamesIt) {
  use_hostile_workload();
  const std::string file = experiment(
      arm("only", "faultline.test=0", ", settings: [{path: /proc/sys/vm/panic_on_oom, value: 1}]"),
      hostile("third", ", iterations: 4"));
  const ProgramEnd run = bench_.run({"run", file});
  EXPECT_EQ(run.status, 1) << run.err;
  const BootRecord boot = store().boot("r1-b1-only");
  EXPECT_EQ(boot.outcome.kind, OutcomeKind::guest_crashed) << boot.outcome.detail;
  EXPECT_EQ(boot.outcome.phase, "step hostile mode=third");
  EXPECT_THAT(boot.outcome.oops_title, HasSubstr("panic_on_oom is enabled"));
  EXPECT_THAT(boot.console, HasSubstr("Kernel panic"));
  ASSERT_EQ(boot.steps.size(), 1U);
  ASSERT_EQ(boot.steps[0].samples.size(), 2U);
  EXPECT_EQ(boot.steps[0].samples[0].value, 40);
  EXPECT_EQ(boot.steps[0].samples[1].value, 41);
}

TEST_F(EndToEndWithGuests, TriesAgainWhenQemuIsKilledAndKeepsEveryAttempt) {
  const std::string file = experiment(arm("only", "rdinit=/bin/sh"), short_walk,
                                      "runs: {blocks: 1, seed: 1, retries: 1}\n");
  const auto run = bench_.start({"run", file});
  std::vector<pid_t> killed;
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto next = [&] {
      const std::vector<pid_t> guests = bench_.guests();
      if (guests.empty() || (!killed.empty() && guests[0] == killed.back())) return false;
      // Not while libvirt still starts it: what it says then is another story.
      if (processor_time(guests[0]) < std::chrono::milliseconds(500)) return false;
      killed.push_back(guests[0]);
      return true;
    };
    ASSERT_TRUE(eventually(next)) << run->err();
    ::kill(killed.back(), SIGKILL);
  }
  const ProgramEnd end = run->wait();
  EXPECT_EQ(end.status, 3) << end.err;
  EXPECT_THAT(end.err, HasSubstr("QEMU died or was killed from outside"));
  EXPECT_THAT(outcomes(),
              ElementsAre("r1-b1-only-one infra_failed", "r1-b1-only-one-again1 infra_failed"));
}

TEST_F(EndToEndWithGuests, SaysWhatLibvirtSaysWhenItRefusesAGuest) {
  // No host of ours keeps pages of 1 GiB aside.
  if (std::filesystem::exists("/dev/hugepages1G")) GTEST_SKIP() << "this host has pages of 1 GiB";
  const std::string file = experiment(arm("only", "faultline.test=0"), short_walk,
                                      "runs: {blocks: 1, seed: 1, retries: 0}\n",
                                      "    backing: hugepages\n    hugepage_size: 1G\n", "1G");
  const ProgramEnd run = bench_.run({"run", file});
  EXPECT_EQ(run.status, 3) << run.err;
  EXPECT_THAT(run.err, HasSubstr("infra_failed"));
  ASSERT_THAT(outcomes(), ElementsAre("r1-b1-only-one infra_failed"));
  const std::string detail = store().boot("r1-b1-only").outcome.detail;
  EXPECT_THAT(detail, AllOf(HasSubstr("starting guest"), HasSubstr("qemu"))) << detail;
}

TEST_F(EndToEndWithGuests, GoesOnAfterKillAndCtrlCWithoutRepeatingABoot) {
  const std::string file =
      experiment(arm("plain", "faultline.test=0") + arm("other", "faultline.test=1"), short_walk);
  {
    const auto killed = bench_.start({"run", file});
    ASSERT_TRUE(eventually([&] { return !bench_.guests().empty(); })) << killed->err();
    const ProgramEnd second = bench_.run({"run", file});
    EXPECT_EQ(second.status, 3) << second.err;
    EXPECT_THAT(second.err, HasSubstr("another faultline process is writing to it"));
    killed->signal(SIGKILL);
    EXPECT_EQ(killed->wait().status, 128 + SIGKILL);
    EXPECT_TRUE(eventually([&] { return bench_.guests().empty(); }, std::chrono::seconds(10)))
        << "a guest outlived the program";
  }
  {
    const auto interrupted = bench_.start({"run", file});
    ASSERT_TRUE(interrupted->says("boot 2/2")) << interrupted->err();
    EXPECT_THAT(interrupted->err(), HasSubstr("going on with run 1"));
    ASSERT_TRUE(eventually([&] { return !bench_.guests().empty(); })) << interrupted->err();
    interrupted->signal(SIGINT);
    const ProgramEnd end = interrupted->wait();
    EXPECT_EQ(end.status, 4) << end.err;
    EXPECT_THAT(end.err, HasSubstr("To go on: faultline run " + file));
    EXPECT_THAT(bench_.leftovers(), IsEmpty());
  }
  EXPECT_EQ(results().run.finished_at_ns, 0);
  const std::vector<std::string> before = outcomes();
  ASSERT_EQ(before.size(), 2U);
  EXPECT_THAT(before[0], HasSubstr(" completed"));
  EXPECT_THAT(before[1], HasSubstr(" cancelled"));

  const ProgramEnd last = bench_.run({"run", file});
  EXPECT_EQ(last.status, 0) << last.err;
  EXPECT_THAT(last.err, AllOf(HasSubstr("going on with run 1"), Not(HasSubstr("boot 1/2"))));
  const std::vector<std::string> after = outcomes();
  ASSERT_EQ(after.size(), 3U);
  EXPECT_EQ(std::count_if(after.begin(), after.end(),
                          [](const auto& boot) { return boot.ends_with(" completed"); }),
            2);
  EXPECT_GT(results().run.finished_at_ns, 0);
}

}  // namespace
}  // namespace faultline::testing
