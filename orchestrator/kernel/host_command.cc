// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/host_command.h"

#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

/// depmod and others live in sbin, which is not in the PATH of an ordinary user on Debian.
std::string search_path() {
  const char* ours = std::getenv("PATH");
  return std::string(ours != nullptr && *ours != '\0' ? ours : "/usr/bin:/bin") +
         ":/usr/sbin:/sbin";
}

struct Fault {
  std::string_view pattern;
  std::string_view cause;
  std::string_view hint;
};

// What the tools print when this host, not the kernel, is at fault.
constexpr std::array<Fault, 6> faults{{
    {"No space left on device", "the disk is full", "free some space, or run 'faultline gc'"},
    {"Disk quota exceeded", "the disk quota is used up", "free some space, or run 'faultline gc'"},
    {"Read-only file system", "the cache's file system is read-only",
     "name a writable folder with --cache"},
    {"Cannot allocate memory", "out of memory", "close other programs, or build with fewer jobs"},
    {"virtual memory exhausted", "out of memory", "close other programs, or build with fewer jobs"},
    {"Killed signal terminated program", "the compiler was killed, most likely for want of memory",
     "close other programs, or build with fewer jobs"},
}};

}  // namespace

Command clean_command(std::vector<std::string> argv, std::vector<std::string> variables) {
  Command command;
  command.argv = {"env", "-i", "PATH=" + search_path(), "LC_ALL=C"};
  for (const char* name : {"HOME", "TMPDIR"})
    if (const char* value = std::getenv(name))
      command.argv.push_back(std::string(name) + "=" + value);
  for (auto& variable : variables) command.argv.push_back(std::move(variable));
  for (auto& argument : argv) command.argv.push_back(std::move(argument));
  return command;
}

Command git_command(std::vector<std::string> arguments, std::vector<std::string> variables) {
  // The identity is never used for a commit, but git asks for one in odd places; safe.directory
  // because sources may belong to another user and nothing of their configuration is run.
  std::vector<std::string> argv{"git",
                                "-c",
                                "user.name=faultline",
                                "-c",
                                "user.email=faultline@localhost",
                                "-c",
                                "safe.directory=*",
                                "-c",
                                "core.autocrlf=false",
                                "-c",
                                "core.fsmonitor=false",
                                "-c",
                                "core.hooksPath=/dev/null"};
  for (auto& argument : arguments) argv.push_back(std::move(argument));
  variables.insert(variables.end(), {"GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
                                     "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0"});
  return clean_command(std::move(argv), std::move(variables));
}

asio::awaitable<CommandResult> run_on_host(CommandRunner& commands, Command command,
                                           std::string doing) {
  const auto deadline = command.deadline;
  CommandResult result = co_await commands.run(std::move(command));
  if (result.deadline_passed)
    throw Error(
        ErrorKind::host, doing,
        "not done after " +
            std::to_string(std::chrono::duration_cast<std::chrono::minutes>(deadline).count()) +
            " minutes");
  if (result.exit_code == 0) co_return result;
  for (const Fault& fault : faults)
    for (const std::string* text : {&result.standard_error, &result.standard_output})
      if (text->find(fault.pattern) != std::string::npos)
        throw Error(ErrorKind::host, doing, std::string(fault.cause), std::string(fault.hint));
  if (result.exit_code == 128 + 9)
    throw Error(ErrorKind::host, doing, "killed from outside", "try again");
  co_return result;
}

asio::awaitable<CommandResult> must_run(CommandRunner& commands, Command command,
                                        std::string doing) {
  CommandResult result = co_await run_on_host(commands, std::move(command), doing);
  if (!result.ok()) {
    const std::string& text =
        result.standard_error.empty() ? result.standard_output : result.standard_error;
    std::string cause = last_lines(text, 4);
    if (cause.empty()) cause = "exit status " + std::to_string(result.exit_code);
    throw Error(ErrorKind::host, doing, cause);
  }
  co_return result;
}

std::vector<fs::path> find_programs(std::string_view name) {
  std::vector<fs::path> found;
  const std::string path = search_path();
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const fs::path candidate = fs::path(path.substr(begin, end - begin)) / name;
    std::error_code ignored;
    if (end > begin && fs::is_regular_file(candidate, ignored) &&
        ::access(candidate.c_str(), X_OK) == 0)
      found.push_back(candidate);
    begin = end + 1;
  }
  return found;
}

fs::path find_program(std::string_view name) {
  const auto found = find_programs(name);
  return found.empty() ? fs::path() : found.front();
}

std::string_view package_of(std::string_view program) {
  struct Entry {
    std::string_view program, package;
  };
  static constexpr std::array<Entry, 22> packages{{
      {"make", "make"},         {"gcc", "gcc"},
      {"ld", "binutils"},       {"as", "binutils"},
      {"strip", "binutils"},    {"flex", "flex"},
      {"bison", "bison"},       {"bc", "bc"},
      {"git", "git"},           {"tar", "tar"},
      {"xz", "xz-utils"},       {"lz4", "lz4"},
      {"lz4c", "lz4"},          {"lzop", "lzop"},
      {"zstd", "zstd"},         {"depmod", "kmod"},
      {"perl", "perl"},         {"cpio", "cpio"},
      {"pahole", "dwarves"},    {"rsync", "rsync"},
      {"gelf.h", "libelf-dev"}, {"openssl/opensslv.h", "libssl-dev"},
  }};
  for (const Entry& entry : packages)
    if (entry.program == program) return entry.package;
  return {};
}

void require_programs(const std::vector<std::string>& names) {
  std::string missing, wanted;
  for (const std::string& name : names) {
    if (!find_program(name).empty()) continue;
    missing += (missing.empty() ? "" : ", ") + name;
    const std::string package(package_of(name));
    if (!package.empty() && (wanted + " ").find(" " + package + " ") == std::string::npos)
      wanted += " " + package;
  }
  if (!missing.empty())
    throw Error(ErrorKind::build_tool, "preparing a kernel build", "not installed: " + missing,
                wanted.empty() ? "" : "apt-get install" + wanted);
}

asio::awaitable<void> remove_tree(CommandRunner& commands, fs::path folder) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(folder, ignored))) co_return;
  Command command = clean_command({"rm", "-rf", "--one-file-system", "--", folder.string()});
  command.deadline = BuildDeadlines{}.unpack;
  co_await must_run(commands, std::move(command), "removing " + folder.string());
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw_errno(ErrorKind::host, "creating folder " + folder.string(), error.value(),
                error.value() == ENOSPC ? "free some space, or run 'faultline gc'"
                                        : "name a writable folder with --cache");
}

std::string last_lines(std::string_view text, std::size_t lines) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::size_t begin = text.size();
  while (lines > 0 && begin != std::string_view::npos && begin > 0) {
    begin = text.rfind('\n', begin - 1);
    --lines;
  }
  if (begin == std::string_view::npos) begin = 0;
  if (begin < text.size() && text[begin] == '\n') ++begin;
  return printable(text.substr(begin));
}

}  // namespace faultline
