// SPDX-License-Identifier: GPL-2.0-or-later
#include "process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/files.h"
#include "clocks.h"

namespace faultline::agent {
namespace {

using testing::HasSubstr;

class Process : public testing::Test {
 protected:
  void SetUp() override {
    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    ::pthread_sigmask(SIG_BLOCK, &child_signal, &previous_);
  }
  void TearDown() override { ::pthread_sigmask(SIG_SETMASK, &previous_, nullptr); }

  static ProcessRequest shell(const std::string& script) {
    ProcessRequest request;
    request.argv = {"sh", "-c", script};
    request.environment = {{"PATH", "/usr/bin:/bin"}};
    request.timeout_ms = 20'000;
    return request;
  }

  sigset_t previous_{};
};

TEST_F(Process, ThatExitsGivesItsCodeOutputAndUsage) {
  const auto result = run_process(shell("echo out; echo err >&2; exit 5"));
  EXPECT_EQ(result.end.end, "exited");
  EXPECT_EQ(result.end.code, 5);
  EXPECT_EQ(result.standard_output.text(), "out\n");
  EXPECT_EQ(result.standard_error.text(), "err\n");
  EXPECT_GT(result.end.wall_ns, 0U);
  EXPECT_GT(result.end.max_rss_kib, 0);
  EXPECT_GT(result.end.minor_faults, 0);
  EXPECT_FALSE(result.stuck);
  EXPECT_FALSE(result.deadline_passed);
}

TEST_F(Process, CountsTheTimeOfItsChildrenToo) {
  const auto result =
      run_process(shell("(i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done) & wait"));
  EXPECT_EQ(result.end.end, "exited");
  EXPECT_GT(result.end.user_ns + result.end.system_ns, 5'000'000U);
}

TEST_F(Process, KilledByASignalSaysWhich) {
  const auto result = run_process(shell("kill -SEGV $$"));
  EXPECT_EQ(result.end.end, "signalled");
  EXPECT_EQ(result.end.code, SIGSEGV);
}

TEST_F(Process, ThatCannotStartGivesTheErrno) {
  ProcessRequest request = shell("");
  request.argv = {"no-such-program-anywhere"};
  auto result = run_process(request);
  EXPECT_EQ(result.end.end, "not_started");
  EXPECT_EQ(result.end.code, ENOENT);
  request.argv = {"/etc/passwd"};
  result = run_process(request);
  EXPECT_EQ(result.end.end, "not_started");
  EXPECT_EQ(result.end.code, EACCES);
}

TEST_F(Process, IsFoundInThePathOfItsOwnEnvironment) {
  const TemporaryDirectory folder;
  const auto program = folder.path() / "only-here";
  std::ofstream(program) << "#!/bin/sh\necho found\n";
  std::filesystem::permissions(program, std::filesystem::perms(0755));
  ProcessRequest request = shell("");
  request.argv = {"only-here"};
  request.environment["PATH"] = folder.path().string() + ":/usr/bin:/bin";
  EXPECT_EQ(run_process(request).standard_output.text(), "found\n");
}

TEST_F(Process, HasOnlyTheEnvironmentAndFolderThatItWasGiven) {
  ProcessRequest request = shell("");
  request.argv = {"/usr/bin/env"};
  request.environment["A"] = "1 2";
  EXPECT_EQ(run_process(request).standard_output.text(), "A=1 2\nPATH=/usr/bin:/bin\n");
  request = shell("pwd; cat");
  request.folder = "/usr";
  EXPECT_EQ(run_process(request).standard_output.text(), "/usr\n");
}

TEST_F(Process, OverItsTimeIsAskedToEnd) {
  ProcessRequest request = shell("trap 'echo asked; exit 0' TERM; while :; do sleep 0.02; done");
  request.timeout_ms = 200;
  const auto result = run_process(request);
  EXPECT_EQ(result.end.end, "timed_out");
  EXPECT_THAT(result.standard_output.text(), HasSubstr("asked"));
  EXPECT_GE(result.end.wall_ns, 200'000'000U);
  EXPECT_FALSE(result.deadline_passed);
}

TEST_F(Process, ThatDoesNotListenIsKilled) {
  ProcessRequest request = shell("trap '' TERM; while :; do sleep 0.02; done");
  request.timeout_ms = 100;
  const auto result = run_process(request);
  EXPECT_EQ(result.end.end, "timed_out");
  EXPECT_EQ(result.end.code, SIGKILL);
  EXPECT_GE(result.end.wall_ns, 2'000'000'000U);
}

TEST_F(Process, EndsWithTheGuestsLifetime) {
  ProcessRequest request = shell("exec sleep 20");
  request.deadline = monotonic_ns() + 100'000'000;
  const auto result = run_process(request);
  EXPECT_EQ(result.end.end, "timed_out");
  EXPECT_TRUE(result.deadline_passed);
}

TEST_F(Process, LeavesNothingRunningInItsGroup) {
  const auto result = run_process(shell("sleep 30 & echo $!"));
  EXPECT_EQ(result.end.end, "exited");
  EXPECT_LT(result.end.wall_ns, 10'000'000'000U) << "waited for what it left behind";
  const pid_t left = std::stoi(result.standard_output.text());
  // It is dead; init may take a moment to reap it.
  for (int i = 0; i < 200 && ::kill(left, 0) == 0; ++i) ::usleep(10'000);
  EXPECT_NE(::kill(left, 0), 0);
}

TEST_F(Process, ThatFloodsIsBoundedAndStillEndsInTime) {
  ProcessRequest request = shell("exec yes");
  request.timeout_ms = 300;
  request.inline_bytes = 1000;
  request.keep_bytes = 10'000;
  const auto result = run_process(request);
  EXPECT_EQ(result.end.end, "timed_out");
  EXPECT_GT(result.standard_output.total(), 100'000U);
  EXPECT_LT(result.standard_output.text().size(), 1100U);
  EXPECT_LT(result.standard_output.kept().size(), 11'000U);
  EXPECT_LT(result.end.wall_ns, 5'000'000'000U);
}

TEST_F(Process, ThatDiesWhileMemoryRanOutIsCalledSo) {
  const TemporaryDirectory folder;
  ProcessRequest request = shell("echo 'oom_kill 4' >> $VMSTAT; kill -KILL $$");
  request.vmstat = (folder.path() / "vmstat").string();
  request.environment["VMSTAT"] = request.vmstat;
  std::ofstream(request.vmstat) << "pgfault 1\n";
  const auto result = run_process(request);
  EXPECT_EQ(result.end.end, "oom_killed");
  EXPECT_EQ(result.end.code, SIGKILL);
}

TEST_F(Process, ThatEndsWellMayHaveMadeVictimsOnPurpose) {
  const TemporaryDirectory folder;
  ProcessRequest request = shell("echo 'oom_kill 4' >> $VMSTAT; exit 0");
  request.vmstat = (folder.path() / "vmstat").string();
  request.environment["VMSTAT"] = request.vmstat;
  std::ofstream(request.vmstat) << "pgfault 1\n";
  const auto result = run_process(request);
  EXPECT_EQ(result.end.end, "exited");
  EXPECT_EQ(result.end.code, 0);
}

TEST_F(Process, GivesAllOfALargeOutput) {
  ProcessRequest request =
      shell("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done");
  request.inline_bytes = 1 << 20;
  EXPECT_EQ(run_process(request).standard_output.text().size(), 220'000U);
}

}  // namespace
}  // namespace faultline::agent
