// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace faultline {

/// A program to run: an argument vector, never a shell string.
struct Command {
  std::vector<std::string> argv;                   ///< argv[0] is looked up in PATH.
  std::filesystem::path directory;                 ///< Empty: ours.
  std::map<std::string, std::string> environment;  ///< Added to ours.
  std::string standard_input;
  std::filesystem::path log;  ///< Not empty: all output is appended there too.
  std::function<void(std::string_view line)> on_line;  ///< Each line of output as it comes.
  std::chrono::milliseconds deadline{0};  ///< 0: none. After it the process group is killed.
};

struct CommandResult {
  int exit_code = 0;  ///< 128 + signal number when killed by a signal.
  bool deadline_passed = false;
  std::string standard_output;  ///< The last 8 MiB of it.
  std::string standard_error;   ///< The last 1 MiB of it.
  std::chrono::milliseconds duration{0};
  bool ok() const { return exit_code == 0 && !deadline_passed; }
};

/// Port: runs programs of the host (git, make, tar). May be used from any strand; many at a time.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  /// Runs a program to its end. Throws Error{build_tool} only if it cannot be started. On
  /// cancellation the process group is killed and reaped before the operation ends with
  /// operation_aborted. The command is taken by value and kept in the coroutine's frame.
  virtual boost::asio::awaitable<CommandResult> run(Command command) = 0;
};

}  // namespace faultline
