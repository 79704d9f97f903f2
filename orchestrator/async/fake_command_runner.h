// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "async/command_runner.h"

namespace faultline {

/// A CommandRunner for tests: starts nothing, remembers every command, and answers from a script.
/// The first rule whose words all stand in the argument vector answers; a queued result is used
/// once, before any rule; with neither, the command "succeeds" silently. Not thread-safe.
class FakeCommandRunner final : public CommandRunner {
 public:
  using Answer = std::function<CommandResult(const Command&)>;

  /// Every command that was run, in order.
  const std::vector<Command>& history() const { return history_; }

  /// The next command without a rule before it gets this result.
  void push(CommandResult result) { queue_.push_back(std::move(result)); }

  /// Commands whose argv holds all these words get this result (and may act, e.g. write a file).
  void when(std::vector<std::string> words, Answer answer) {
    rules_.emplace_back(std::move(words), std::move(answer));
  }
  void when(std::vector<std::string> words, CommandResult result) {
    when(std::move(words), [result](const Command&) { return result; });
  }

  boost::asio::awaitable<CommandResult> run(Command command) override {
    history_.push_back(command);
    CommandResult result = answer(command);
    if (command.on_line) tell_lines(command, result.standard_output);
    co_return result;
  }

 private:
  CommandResult answer(const Command& command) {
    if (!queue_.empty()) {
      CommandResult result = std::move(queue_.front());
      queue_.pop_front();
      return result;
    }
    for (const auto& [words, answer] : rules_) {
      bool all = true;
      for (const auto& word : words) {
        bool found = false;
        for (const auto& argument : command.argv) found = found || argument == word;
        all = all && found;
      }
      if (all) return answer(command);
    }
    return {};
  }

  static void tell_lines(const Command& command, std::string_view output) {
    while (!output.empty()) {
      const auto end = output.find('\n');
      command.on_line(output.substr(0, end));
      if (end == std::string_view::npos) return;
      output.remove_prefix(end + 1);
    }
  }

  std::vector<Command> history_;
  std::deque<CommandResult> queue_;
  std::vector<std::pair<std::vector<std::string>, Answer>> rules_;
};

}  // namespace faultline
