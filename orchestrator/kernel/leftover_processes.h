// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <string>

#include "async/command_runner.h"

// A build that is killed leaves its programs running: make and its compilers, but also the copy of
// an object tree or the removal of one. They are known by a mark in their environment.

namespace faultline {

/// Runs the commands of a build in `work`, each of them and what it starts marked with that folder.
/// `commands` outlives it.
class MarkedCommands final : public CommandRunner {
 public:
  MarkedCommands(CommandRunner& commands, const std::filesystem::path& work)
      : commands_(commands), work_(work.string()) {}
  boost::asio::awaitable<CommandResult> run(Command command) override;

 private:
  CommandRunner& commands_;
  std::string work_;
};

/// Ends what an earlier, killed build left running in `work`. The caller holds the source's lock
/// and runs nothing of its own yet, so no marked process may be there. Throws Error{host} if they
/// do not go.
boost::asio::awaitable<void> end_leftover_processes(std::filesystem::path work);

}  // namespace faultline
