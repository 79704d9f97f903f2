// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "async/command_runner.h"
#include "kernel/kernel_builder.h"

// For tests only: a "kernel" of a few files whose Makefile answers the targets that the builder
// calls (tinyconfig, olddefconfig, bzImage, vmlinux, modules, modules_install) within milliseconds,
// so that unpacking, patching, configuring, compiling and caching run with the real git, tar, gcc
// and make.

namespace faultline::testing {

/// The smallest file that passes for a bzImage of this release.
std::string mini_bzimage(const std::string& release);

/// Writes the mini kernel's source below `folder`.
void write_mini_kernel(const std::filesystem::path& folder);

/// Runs a program of the host and waits; throws std::runtime_error with its output if it fails.
std::string run_tool(const std::vector<std::string>& argv, const std::filesystem::path& directory);

/// Runs everything on another runner and remembers what was run, in order.
class RecordingRunner final : public CommandRunner {
 public:
  explicit RecordingRunner(CommandRunner& inner) : inner_(inner) {}
  boost::asio::awaitable<CommandResult> run(Command command) override;
  /// How many commands had this word in their argument vector.
  int count(const std::string& word) const;
  int count() const { return static_cast<int>(commands_.size()); }
  void forget() { commands_.clear(); }

 private:
  CommandRunner& inner_;
  std::vector<std::vector<std::string>> commands_;
};

/// How many files a build's log says were compiled.
int compiled_files(const std::filesystem::path& log);

}  // namespace faultline::testing
