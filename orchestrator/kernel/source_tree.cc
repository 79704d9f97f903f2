// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/source_tree.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "kernel/file_memo.h"
#include "kernel/git_source.h"
#include "kernel/host_command.h"
#include "kernel/waiting_lock.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int state_format = 1;
constexpr std::size_t id_length = 16;  // hexadecimal digits; it is part of every include path
constexpr std::size_t largest_file = std::size_t{64} << 20;

/// Older than any object: what make takes as unchanged. 1 January 2000.
constexpr timespec long_ago{946684800, 0};

std::string boot_of_host() {
  std::string id = read_file("/proc/sys/kernel/random/boot_id", 100);
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

bool looks_like_kernel(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "Makefile", ignored) &&
         fs::is_regular_file(folder / "Kconfig", ignored);
}

std::string id_of(std::string_view kind, const std::string& what) {
  return Sha256().add(kind).add(what).finish().substr(0, id_length);
}

void set_time(const fs::path& file, timespec time) {
  const timespec times[2] = {time, time};
  ::utimensat(AT_FDCWD, file.c_str(), times, AT_SYMLINK_NOFOLLOW);  // a missing file has no time
}

asio::awaitable<ResolvedSource> resolve_archive(CommandRunner& commands, const CacheLayout& layout,
                                                KernelSource source) {
  ResolvedSource resolved;
  resolved.text = source.text;
  if (source.kind == KernelSource::Kind::debian) {
    resolved.archive = fs::path("/usr/src") / (source.location + ".tar.xz");
    if (!fs::is_regular_file(resolved.archive))
      throw Error(ErrorKind::host, "finding kernel source " + source.text,
                  "there is no " + resolved.archive.string(), "apt-get install " + source.location);
  } else {
    resolved.archive = source.location;
    if (!fs::is_regular_file(resolved.archive))
      throw Error(ErrorKind::user_input, "finding kernel source " + source.text,
                  "there is no file " + source.location, "correct 'source'");
  }
  resolved.hash = co_await file_hash(commands, layout.memo(), resolved.archive);
  resolved.id = id_of("archive", resolved.hash);
  co_return resolved;
}

}  // namespace

asio::awaitable<ResolvedSource> resolve_source(CommandRunner& commands, const CacheLayout& layout,
                                               KernelSource source) {
  if (source.kind == KernelSource::Kind::debian || source.kind == KernelSource::Kind::tar)
    co_return co_await resolve_archive(commands, layout, source);

  const fs::path folder = source.location;
  if (!fs::is_directory(folder))
    throw Error(ErrorKind::user_input, "finding kernel source " + source.text,
                "there is no folder " + source.location, "correct 'source'");
  ResolvedSource resolved;
  resolved.text = source.text;
  resolved.id = id_of("folder", fs::canonical(folder).string());
  const fs::path repository = layout.source(resolved.id) / "repository.git";
  if (source.kind == KernelSource::Kind::git) {
    resolved.git_tree = co_await tree_of_commit(commands, folder, source.ref);
  } else {
    const FileLock lock = co_await wait_for_lock(layout.snapshot_lock(resolved.id), nullptr);
    co_await prepare_repository(commands, repository, folder);
    resolved.git_tree = co_await tree_of_folder(commands, repository, folder);
  }
  resolved.hash = "git-tree:" + resolved.git_tree;
  resolved.folder = folder;
  co_return resolved;
}

SourceTree::SourceTree(CommandRunner& commands, const CacheLayout& layout, ResolvedSource source)
    : commands_(&commands),
      layout_(layout),
      source_(std::move(source)),
      folder_(layout.source(source_.id)),
      tree_(layout.tree(source_.id)),
      originals_(folder_ / "originals") {}

asio::awaitable<std::variant<SourceTree, SourceFailure>> SourceTree::open(
    CommandRunner& commands, const CacheLayout& layout, ResolvedSource source, fs::path log,
    std::function<void()> on_unpack) {
  SourceTree tree(commands, layout, std::move(source));
  tree.read_state();
  const bool in_doubt = !tree.state_.unsynced.empty() && tree.state_.unsynced != boot_of_host();
  if (tree.state_.base == tree.source_.hash && !in_doubt) co_return tree;
  if (on_unpack) on_unpack();
  std::optional<SourceFailure> failure;
  if (tree.source_.git_tree.empty())
    failure = co_await tree.unpack(std::move(log));
  else
    failure = co_await tree.check_out(in_doubt, std::move(log));
  if (failure) co_return std::move(*failure);
  co_return tree;
}

asio::awaitable<std::optional<SourceFailure>> SourceTree::unpack(fs::path log) {
  const fs::path aside = folder_.string() + ".new";
  const fs::path into = aside / "unpacked";
  co_await remove_tree(*commands_, aside);
  co_await remove_tree(*commands_, folder_);
  make_folder(into);
  // Times are those of now: an archive with times of the future would never be up to date for make.
  // GNU tar refuses names with ".." and writes nothing through links of the archive.
  Command command =
      clean_command({"tar", "--extract", "--touch", "--no-same-owner", "--no-same-permissions",
                     "--file", source_.archive.string(), "--directory", into.string()},
                    {"XZ_DEFAULTS=-T0"});
  command.log = log;
  command.deadline = BuildDeadlines{}.unpack;
  const CommandResult result =
      co_await run_on_host(*commands_, std::move(command), "unpacking " + source_.archive.string());
  if (!result.ok()) {
    SourceFailure failure{source_.archive.string() + " cannot be unpacked",
                          last_lines(result.standard_error, 10)};
    co_await remove_tree(*commands_, aside);
    co_return failure;
  }
  fs::path root = into;
  if (!looks_like_kernel(root))
    for (const auto& entry : fs::directory_iterator(into))
      if (entry.is_directory() && !entry.is_symlink() && looks_like_kernel(entry.path()))
        root = entry.path();
  if (!looks_like_kernel(root)) {
    co_await remove_tree(*commands_, aside);
    co_return SourceFailure{source_.archive.string() + " is not a kernel source",
                            "It has no Makefile and Kconfig at its top or in its only folder."};
  }
  fs::rename(root, aside / "tree");
  co_await remove_tree(*commands_, into);
  state_ = {source_.hash, {}, boot_of_host()};
  write_state(aside);
  publish_directory(aside, folder_);
  co_return std::nullopt;
}

asio::awaitable<std::optional<SourceFailure>> SourceTree::check_out(bool in_doubt, fs::path log) {
  const fs::path repository = folder_ / "repository.git";
  {
    const FileLock lock = co_await wait_for_lock(layout_.snapshot_lock(source_.id), nullptr);
    co_await prepare_repository(*commands_, repository, source_.folder);
  }
  make_folder(tree_);
  // git compares files by their times with its index, so the tree must be as git left it.
  adopt({}, {});
  state_ = {"", {}, boot_of_host()};
  write_state(folder_);
  co_await remove_tree(*commands_, originals_);
  if (in_doubt) {
    std::error_code ignored;
    fs::remove(repository / "index", ignored);
  }
  const CommandResult result =
      co_await check_out_tree(*commands_, repository, tree_, source_.git_tree, std::move(log));
  if (!result.ok())
    co_return SourceFailure{source_.text + " cannot be checked out",
                            last_lines(result.standard_error, 10)};
  if (!looks_like_kernel(tree_))
    co_return SourceFailure{source_.text + " is not a kernel source",
                            "It has no Makefile and Kconfig."};
  state_.base = source_.hash;
  write_state(folder_);
  co_return std::nullopt;
}

fs::path SourceTree::pristine(const std::string& path) const {
  const fs::path& root = state_.touched.contains(path) ? originals_ : tree_;
  std::error_code ignored;
  const auto type = fs::symlink_status(root / path, ignored).type();
  const bool is_file = type == fs::file_type::regular || type == fs::file_type::symlink;
  return is_file && has_plain_parents(root, path) ? root / path : fs::path();
}

void SourceTree::save_original(const std::string& path) const {
  const fs::path from = tree_ / path, to = originals_ / path;
  std::error_code error;
  const fs::file_status status = fs::symlink_status(from, error);
  fs::remove(to, error);  // of an earlier call that was killed before it wrote the state
  if (!has_plain_parents(tree_, path)) return;
  if (status.type() == fs::file_type::symlink) {
    make_folder(to.parent_path());
    fs::copy_symlink(from, to);
  } else if (status.type() == fs::file_type::regular) {
    make_folder(to.parent_path());
    write_file_atomically(to, read_file(from, largest_file));
    fs::permissions(to, status.permissions());
  }
}

/// Writes one file of the tree, or removes it if `content` is "".
void SourceTree::put(const std::string& path, const fs::path& content) const {
  const fs::path target = tree_ / path;
  std::error_code error;
  if (content.empty()) {
    fs::remove(target, error);
    // Folders that only this file needed.
    for (fs::path parent = target.parent_path(); parent != tree_; parent = parent.parent_path())
      if (::rmdir(parent.c_str()) != 0) break;
    return;
  }
  make_folder(target.parent_path());
  const fs::path aside = folder_ / "aside";
  fs::remove(aside, error);
  if (fs::is_symlink(fs::symlink_status(content)))
    fs::copy_symlink(content, aside);
  else
    fs::copy_file(content, aside);
  fs::rename(aside, target);
}

std::optional<ApplyFailure> SourceTree::adopt(const Overlay& overlay, const fs::path& scratch) {
  Overlay all = state_.touched;
  for (const auto& [path, version] : overlay)
    if (all.emplace(path, version).second) save_original(path);
  if (all.empty()) return std::nullopt;
  state_.touched = all;
  write_state(folder_);
  // What goes, first: a folder may have to make room for a file, or the other way round.
  for (const bool removing : {true, false})
    for (const auto& [path, ignored] : all) {
      const auto wanted = overlay.find(path);
      const fs::path original = pristine(path);
      fs::path content;
      if (wanted == overlay.end())
        content = original;
      else if (!wanted->second.hash.empty())
        content = scratch / path;
      if (content.empty() != removing) continue;
      if (!has_plain_parents(tree_, path)) {
        if (removing) continue;
        return ApplyFailure{path + " lies behind a link of the source",
                            "A patch may only name files by their own path.\n"};
      }
      const FileVersion now = version_of(tree_ / path);
      if (now == (content.empty() ? FileVersion{} : version_of(content))) continue;
      put(path, content);
      if (wanted == overlay.end()) set_time(tree_ / path, long_ago);
    }
  state_.touched = overlay;
  write_state(folder_);
  return std::nullopt;
}

void SourceTree::set_times(const Overlay& earlier,
                           const std::set<std::string>& changed_base) const {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::set<std::string> paths = changed_base;
  for (const Overlay* overlay : {&earlier, &state_.touched})
    for (const auto& [path, ignored] : *overlay) paths.insert(path);
  for (const std::string& path : paths) {
    const auto before = earlier.find(path);
    const auto after = state_.touched.find(path);
    const bool both = before != earlier.end() && after != state_.touched.end();
    const bool neither = before == earlier.end() && after == state_.touched.end();
    const bool same =
        both ? before->second == after->second : neither && !changed_base.contains(path);
    if (has_plain_parents(tree_, path)) set_time(tree_ / path, same ? long_ago : now);
  }
}

asio::awaitable<std::optional<std::set<std::string>>> SourceTree::changed_since(
    std::string base) const {
  std::set<std::string> paths;
  if (base == source_.hash) co_return paths;
  constexpr std::string_view prefix = "git-tree:";
  if (source_.git_tree.empty() || !base.starts_with(prefix)) co_return std::nullopt;
  Command command = git_command({"diff-tree", "-r", "--no-renames", "--name-only", "-z",
                                 base.substr(prefix.size()), source_.git_tree},
                                {"GIT_DIR=" + (folder_ / "repository.git").string()});
  command.deadline = BuildDeadlines{}.query;
  const CommandResult result =
      co_await run_on_host(*commands_, std::move(command), "comparing two source trees");
  // 7 MiB of names: output may have been cut, and nothing is left to reuse anyway.
  if (!result.ok() || result.standard_output.size() > (std::size_t{7} << 20))
    co_return std::nullopt;
  std::string_view names = result.standard_output;
  while (!names.empty()) {
    const auto end = std::min(names.find('\0'), names.size());
    paths.emplace(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  co_return paths;
}

void SourceTree::mark_durable() {
  if (state_.unsynced.empty()) return;
  state_.unsynced.clear();
  write_state(folder_);
}

void SourceTree::read_state() {
  state_ = {};
  const fs::path file = folder_ / "state.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  try {
    const json text = json::parse(read_file(file));
    if (text.at("format") != state_format) return;
    State state;
    state.base = text.at("base");
    state.unsynced = text.at("unsynced");
    for (const auto& [path, hash] : text.at("touched").items())
      if (is_safe_path(path)) state.touched[path] = {hash.get<std::string>()};
    state_ = std::move(state);
  } catch (const json::exception&) {
    state_ = {};  // not ours, or a future format: unpacked anew
  }
}

void SourceTree::write_state(const fs::path& folder) const {
  json touched = json::object();
  for (const auto& [path, version] : state_.touched) touched[path] = version.hash;
  const json text{{"format", state_format},
                  {"base", state_.base},
                  {"unsynced", state_.unsynced},
                  {"source", source_.text},
                  {"touched", touched}};
  write_file_atomically(folder / "state.json", text.dump(1) + "\n");
}

std::string source_of_tree(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder / "state.json", ignored)) return {};
  try {
    return json::parse(read_file(folder / "state.json")).at("source");
  } catch (const json::exception&) {
    return {};
  }
}

}  // namespace faultline
