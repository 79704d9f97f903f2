// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/git_source.h"

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "kernel/host_command.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// A question to git about the user's repository in `folder`.
Command question(const fs::path& folder, std::vector<std::string> words) {
  words.insert(words.begin(), {"-C", folder.string()});
  Command command = git_command(std::move(words));
  command.deadline = BuildDeadlines{}.query;
  return command;
}

/// The first line of git's answer; "" if it has none.
asio::awaitable<std::string> ask(CommandRunner& commands, Command command) {
  const CommandResult result =
      co_await run_on_host(commands, std::move(command), "asking git about a repository");
  co_return result.ok() ? first_line(result.standard_output) : std::string();
}

/// Only a repository whose top is the folder itself counts: a kernel tree unpacked somewhere below
/// an unrelated repository is not part of it.
asio::awaitable<bool> is_top_of_repository(CommandRunner& commands, fs::path folder) {
  Command where = question(folder, {"rev-parse", "--show-toplevel"});
  const std::string top = co_await ask(commands, std::move(where));
  std::error_code ignored;
  co_return !top.empty() && fs::equivalent(top, folder, ignored);
}

/// Runs git on the cache's repository with a work tree and an index of our choice.
Command on_repository(const fs::path& repository, const fs::path& work_tree, const fs::path& index,
                      std::vector<std::string> arguments) {
  std::vector<std::string> all{"-c", "core.bare=false"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Command command = git_command(
      std::move(all), {"GIT_DIR=" + repository.string(), "GIT_WORK_TREE=" + work_tree.string(),
                       "GIT_INDEX_FILE=" + index.string()});
  command.directory = work_tree;
  command.deadline = BuildDeadlines{}.unpack;
  return command;
}

/// git leaves this behind when it is killed; the caller's lock says that nobody else is at it.
void forget_lock(const fs::path& index) {
  std::error_code ignored;
  fs::remove(index.string() + ".lock", ignored);
}

}  // namespace

asio::awaitable<void> prepare_repository(CommandRunner& commands, fs::path repository,
                                         fs::path folder) {
  const std::string doing = "preparing a repository for " + folder.string();
  make_folder(repository);
  if (!fs::exists(repository / "HEAD")) {
    Command command = git_command({"init", "-q", "--bare", repository.string()});
    command.deadline = BuildDeadlines{}.query;
    co_await must_run(commands, std::move(command), doing);
  }
  // A clone may have moved to other objects since.
  Command bare = question(folder, {"rev-parse", "--is-bare-repository"});
  if (!co_await is_top_of_repository(commands, folder) &&
      co_await ask(commands, std::move(bare)) != "true")
    co_return;
  Command where = question(folder, {"rev-parse", "--git-path", "objects"});
  const std::string objects = co_await ask(commands, std::move(where));
  if (objects.empty()) co_return;
  make_folder(repository / "objects" / "info");
  write_file_atomically(repository / "objects" / "info" / "alternates",
                        fs::weakly_canonical(folder / objects).string() + "\n");
}

asio::awaitable<std::string> tree_of_commit(CommandRunner& commands, fs::path folder,
                                            std::string ref) {
  const std::string doing = "finding " + ref + " in " + folder.string();
  Command find =
      question(folder, {"rev-parse", "--verify", "--quiet", "--end-of-options", ref + "^{tree}"});
  const std::string tree = co_await ask(commands, std::move(find));
  if (!tree.empty()) co_return tree;
  Command any = question(folder, {"rev-parse", "--git-dir"});
  if ((co_await ask(commands, std::move(any))).empty())
    throw Error(ErrorKind::user_input, doing, "not a git repository",
                "use dir:" + folder.string() + " for a folder without one");
  throw Error(ErrorKind::user_input, doing, "no such branch, tag or commit",
              "fetch it, or correct 'source'");
}

asio::awaitable<std::string> tree_of_folder(CommandRunner& commands, fs::path repository,
                                            fs::path folder) {
  const std::string doing = "recording " + folder.string();
  const fs::path index = repository / "snapshot";
  forget_lock(index);
  if (!fs::exists(index) && co_await is_top_of_repository(commands, folder)) {
    // The user's index knows which files are unchanged: saves reading all of them.
    Command where = question(folder, {"rev-parse", "--git-path", "index"});
    const std::string theirs = co_await ask(commands, std::move(where));
    std::error_code none;
    fs::copy_file(folder / theirs, index, none);
  }
  const std::vector<std::string> add{"add", "-A", "--", "."};
  Command first_try = on_repository(repository, folder, index, add);
  const CommandResult added = co_await run_on_host(commands, std::move(first_try), doing);
  if (!added.ok()) {
    // An index that cannot be used here (split, or cut short by a crash): begin without one.
    forget_lock(index);
    std::error_code ignored;
    fs::remove(index, ignored);
    Command again = on_repository(repository, folder, index, add);
    co_await must_run(commands, std::move(again), doing);
  }
  Command write = on_repository(repository, folder, index, {"write-tree"});
  const CommandResult tree = co_await must_run(commands, std::move(write), doing);
  co_return first_line(tree.standard_output);
}

asio::awaitable<CommandResult> check_out_tree(CommandRunner& commands, fs::path repository,
                                              fs::path work_tree, std::string tree, fs::path log) {
  const fs::path index = repository / "index";
  forget_lock(index);
  Command read = on_repository(repository, work_tree, index, {"read-tree", "--reset", "-u", tree});
  read.log = log;
  CommandResult result = co_await run_on_host(commands, std::move(read), "checking out " + tree);
  if (!result.ok()) co_return result;
  Command clean = on_repository(repository, work_tree, index, {"clean", "-ffdxq"});
  clean.log = log;
  co_return co_await run_on_host(commands, std::move(clean), "checking out " + tree);
}

}  // namespace faultline
