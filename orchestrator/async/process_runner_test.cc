// SPDX-License-Identifier: GPL-2.0-or-later
#include "async/process_runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <thread>

#include "async/test_support.h"
#include "base/error.h"
#include "base/files.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::run_to_end;

Command shell(std::string script) {
  Command command;
  command.argv = {"sh", "-c", std::move(script)};
  return command;
}

CommandResult run(Command command, Deadlines deadlines = {}) {
  ProcessRunner runner(deadlines);
  return run_to_end(runner.run(std::move(command)));
}

/// True once no process has this id; a killed one may need a moment.
bool is_gone(pid_t pid) {
  for (int i = 0; i < 500; ++i) {
    const std::string stat = "/proc/" + std::to_string(pid) + "/stat";
    if (::kill(pid, 0) != 0) return true;
    const std::string text = read_file(stat);  // a zombie that its new parent has not reaped yet
    if (text.find(") Z ") != std::string::npos) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(ProcessRunner, KeepsOutputErrorAndStatusApart) {
  const auto result = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.standard_output, "out\n");
  EXPECT_EQ(result.standard_error, "err\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_FALSE(result.ok());
}

TEST(ProcessRunner, PassesArgumentsWithoutAShell) {
  Command command;
  command.argv = {"printf", "%s|", "a b", "$HOME", "*"};
  EXPECT_EQ(run(command).standard_output, "a b|$HOME|*|");
}

TEST(ProcessRunner, GivesInputFolderAndEnvironment) {
  TemporaryDirectory folder;
  Command command = shell("cat; pwd; echo \"$FAULTLINE_TEST\"");
  command.standard_input = std::string(300000, 'x') + "\n";
  command.directory = folder.path();
  command.environment["FAULTLINE_TEST"] = "value";
  EXPECT_EQ(run(command).standard_output,
            command.standard_input + folder.path().string() + "\nvalue\n");
}

TEST(ProcessRunner, DoesNotMindInputThatNobodyReads) {
  Command command = shell("exit 0");
  command.standard_input = std::string(std::size_t{1} << 20, 'x');
  EXPECT_TRUE(run(command).ok());
}

TEST(ProcessRunner, TellsEachLineAndWritesTheLog) {
  TemporaryDirectory folder;
  write_file_atomically(folder.path() / "log", "before\n");
  std::vector<std::string> lines;
  Command command = shell("echo one; echo; printf end");
  command.log = folder.path() / "log";
  command.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  run(command);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "end"}));
  EXPECT_EQ(read_file(folder.path() / "log"), "before\none\n\nend");
}

TEST(ProcessRunner, KeepsTheEndOfALongOutput) {
  const auto result = run(shell("head -c 20000000 /dev/zero; echo end"));
  EXPECT_EQ(result.standard_output.size(), std::size_t{8} << 20);
  EXPECT_TRUE(result.standard_output.ends_with("end\n"));
}

TEST(ProcessRunner, ReportsADeathBySignal) {
  EXPECT_EQ(run(shell("kill -SEGV $$")).exit_code, 128 + SIGSEGV);
}

TEST(ProcessRunner, KillsTheWholeGroupAtTheDeadline) {
  Command command = shell("sleep 1000 & echo $!; sleep 1000");
  command.deadline = 100ms;
  const auto result = run(command);
  EXPECT_TRUE(result.deadline_passed);
  EXPECT_EQ(result.exit_code, 128 + SIGKILL);
  EXPECT_FALSE(result.ok());
  EXPECT_TRUE(is_gone(std::stoi(result.standard_output)));
}

TEST(ProcessRunner, EndsWhatTheProgramLeftInItsGroup) {
  const auto result = run(shell("sleep 1000 & echo $!"));
  EXPECT_TRUE(result.ok());
  EXPECT_TRUE(is_gone(std::stoi(result.standard_output)));
}

TEST(ProcessRunner, DoesNotWaitForAStrangerWhoHoldsThePipe) {
  Deadlines deadlines;
  deadlines.drain = 50ms;
  const auto result = run(shell("setsid sleep 1000 & echo $!"), deadlines);
  EXPECT_TRUE(result.ok());
  EXPECT_LT(result.duration, 900s) << "the stranger sleeps for 1000 s";
  ::kill(std::stoi(result.standard_output), SIGKILL);
}

TEST(ProcessRunner, KillsAndReapsOnCancellation) {
  TemporaryDirectory folder;
  ProcessRunner runner;
  Command command = shell("trap '' TERM INT; echo $$ > pid; sleep 1000");
  command.directory = folder.path();
  asio::io_context context(1);
  const auto result = run_to_end(context, with_deadline(runner.run(command), 300ms));
  EXPECT_EQ(result, std::nullopt);
  EXPECT_TRUE(is_gone(std::stoi(read_file(folder.path() / "pid"))));
}

TEST(ProcessRunner, EndsTheProgramWhenAListenerThrows) {
  Command command = shell("echo $$; sleep 1000");
  command.on_line = [](std::string_view) { throw std::runtime_error("listener"); };
  EXPECT_THROW(run(command), std::runtime_error);
}

TEST(ProcessRunner, SaysWhichProgramIsMissing) {
  Command command;
  command.argv = {"faultline-no-such-program"};
  try {
    run(command);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::build_tool);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("faultline-no-such-program"));
  }
}

TEST(ProcessRunner, SaysThatTheLogCannotBeWritten) {
  Command command = shell("echo x");
  command.log = "/dev/full";
  EXPECT_THROW(run(command), Error);
}

TEST(ProcessRunner, RunsManyAtOnce) {
  using namespace asio::experimental::awaitable_operators;
  ProcessRunner runner;
  auto pair = runner.run(shell("echo a")) && runner.run(shell("echo b"));
  const auto [a, b] = run_to_end(std::move(pair));
  EXPECT_EQ(a.standard_output + b.standard_output, "a\nb\n");
}

}  // namespace
}  // namespace faultline
