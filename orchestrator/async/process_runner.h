// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "async/command_runner.h"
#include "async/deadlines.h"

namespace faultline {

/// Runs programs of this host. Each gets a process group of its own, no terminal, and ends with all
/// that it started in that group. Stateless: one object serves any number of strands; run() works
/// on its caller's executor (a strand, or a context with one thread), and so does `on_line`.
class ProcessRunner final : public CommandRunner {
 public:
  explicit ProcessRunner(Deadlines deadlines = {}) : deadlines_(deadlines) {}
  boost::asio::awaitable<CommandResult> run(Command command) override;

 private:
  Deadlines deadlines_;
};

}  // namespace faultline
