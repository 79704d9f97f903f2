// SPDX-License-Identifier: GPL-2.0-or-later
#include "async/fake_command_runner.h"

#include <gtest/gtest.h>

#include "async/test_support.h"

namespace faultline {
namespace {
using testing::run_to_end;

Command command(std::vector<std::string> argv) {
  Command result;
  result.argv = std::move(argv);
  return result;
}

TEST(FakeCommandRunner, AnswersByTheWordsOfTheCommandAndRemembersIt) {
  FakeCommandRunner runner;
  CommandResult broken;
  broken.exit_code = 2;
  runner.when({"make", "bzImage"}, broken);
  EXPECT_EQ(run_to_end(runner.run(command({"make", "-j2", "bzImage"}))).exit_code, 2);
  EXPECT_EQ(run_to_end(runner.run(command({"make", "modules"}))).exit_code, 0);
  ASSERT_EQ(runner.history().size(), 2u);
  EXPECT_EQ(runner.history()[1].argv[1], "modules");
}

TEST(FakeCommandRunner, TellsTheLinesOfItsOutput) {
  FakeCommandRunner runner;
  CommandResult result;
  result.standard_output = "one\ntwo";
  runner.push(result);
  std::vector<std::string> lines;
  Command asked = command({"cat"});
  asked.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  run_to_end(runner.run(asked));
  EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
}

}  // namespace
}  // namespace faultline
