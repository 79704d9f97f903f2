// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/leftover_processes.h"

#include <signal.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr const char* mark_name = "FAULTLINE_WORK";

std::vector<pid_t> processes_with(const std::string& variable) {
  std::vector<pid_t> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    const std::string name = entry.path().filename().string();
    pid_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ptr != name.data() + name.size() || pid == ::getpid()) continue;
    try {
      const std::string zero(1, '\0');
      const std::string environment = zero + read_file(entry.path() / "environ", 1 << 20);
      if (environment.find(zero + variable + zero) != std::string::npos) found.push_back(pid);
    } catch (const Error&) {
      // another user's, or gone
    }
  }
  return found;
}

}  // namespace

asio::awaitable<CommandResult> MarkedCommands::run(Command command) {
  command.environment[mark_name] = work_;
  // Most commands run under `env -i`, which would take the mark off again.
  if (command.argv.size() > 1 && command.argv[0] == "env" && command.argv[1] == "-i")
    command.argv.insert(command.argv.begin() + 2, std::string(mark_name) + "=" + work_);
  co_return co_await commands_.run(std::move(command));
}

asio::awaitable<void> end_leftover_processes(fs::path work) {
  using namespace std::chrono_literals;
  const std::string variable = std::string(mark_name) + "=" + work.string();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  // Again until none is left: a process may start another one before it is killed.
  for (int round = 0; round < 200; ++round) {
    const auto leftover = processes_with(variable);
    if (leftover.empty()) co_return;
    for (const pid_t pid : leftover) ::kill(pid, SIGKILL);
    timer.expires_after(10ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  throw Error(ErrorKind::host, "ending what a killed build left running",
              "processes still work in " + work.string(), "end them");
}

}  // namespace faultline
