// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "async/command_runner.h"

// How the kernel builder calls git, make, tar and the compiler: with an environment of its own, so
// that a MAKEFLAGS, GIT_DIR or KCFLAGS of the caller cannot change what is built.

namespace faultline {

/// The longest that each kind of command may take.
struct BuildDeadlines {
  using Duration = std::chrono::milliseconds;
  Duration query = std::chrono::minutes(5);       ///< A question to git or the compiler.
  Duration unpack = std::chrono::minutes(60);     ///< tar, or a checkout of a whole tree.
  Duration configure = std::chrono::minutes(30);  ///< One make target of the configuration.
  Duration compile = std::chrono::hours(12);
  Duration wait = std::chrono::hours(24);  ///< For another build of the same kernel or source.
};

/// `argv` under `env -i` with PATH, HOME, TMPDIR and a C locale, plus `variables` (NAME=value).
Command clean_command(std::vector<std::string> argv, std::vector<std::string> variables = {});

/// `git -c … ARGUMENTS` that reads no configuration of the user or the system and never asks.
Command git_command(std::vector<std::string> arguments, std::vector<std::string> variables = {});

/// Runs it. Throws Error{host} when it failed for want of disk or memory, or was killed or ran out
/// of time: then the result says nothing about the kernel. Any other failure is in the result.
/// The runner outlives the await.
boost::asio::awaitable<CommandResult> run_on_host(CommandRunner& commands, Command command,
                                                  std::string doing);

/// Runs a command that has no reason to fail. Throws Error{kind host} with its output if it does.
boost::asio::awaitable<CommandResult> must_run(CommandRunner& commands, Command command,
                                               std::string doing);

/// The program's path in PATH, or "".
std::filesystem::path find_program(std::string_view name);

/// Every program of that name in PATH, in order.
std::vector<std::filesystem::path> find_programs(std::string_view name);

/// Throws Error{build_tool} naming each missing program and the packages to install.
void require_programs(const std::vector<std::string>& names);

/// The Debian package that brings a program or header, or "".
std::string_view package_of(std::string_view program);

/// Removes a folder however large, without blocking the caller's thread.
boost::asio::awaitable<void> remove_tree(CommandRunner& commands, std::filesystem::path folder);

/// Creates a folder and its parents. Throws Error{host}.
void make_folder(const std::filesystem::path& folder);

/// The last `lines` lines of a text, printable.
std::string last_lines(std::string_view text, std::size_t lines);

}  // namespace faultline
