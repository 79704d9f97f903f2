// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/object_trees.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "kernel/host_command.h"

namespace faultline {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using nlohmann::json;
namespace {

constexpr int format = 1;
constexpr std::size_t most_trees = 4;  // of one source; about 270 MB each
constexpr std::size_t key_length = 16;

std::optional<ObjectTree> read_tree(const fs::path& folder) {
  const fs::path file = folder / "tree.json";
  std::error_code ignored;
  if (!fs::exists(file, ignored) || !fs::is_directory(folder / "objects", ignored))
    return std::nullopt;
  try {
    const json text = json::parse(read_file(file));
    if (text.at("format") != format) return std::nullopt;
    ObjectTree tree;
    tree.folder = folder;
    tree.key = text.at("key");
    tree.base = text.at("base");
    for (const auto& [path, hash] : text.at("overlay").items())
      tree.overlay[path] = {hash.get<std::string>()};
    tree.config_lines = text.at("config_request");
    tree.compiler_identity = text.at("compiler_identity");
    tree.ccache = text.at("ccache");
    tree.finished = text.at("finished");
    return tree;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

void write_tree(const ObjectTree& tree, const fs::path& folder) {
  json overlay = json::object();
  for (const auto& [path, version] : tree.overlay) overlay[path] = version.hash;
  const json text{{"format", format},
                  {"key", tree.key},
                  {"base", tree.base},
                  {"overlay", overlay},
                  {"config_request", tree.config_lines},
                  {"compiler_identity", tree.compiler_identity},
                  {"ccache", tree.ccache},
                  {"finished", tree.finished}};
  write_file_atomically(folder / "tree.json", text.dump(1) + "\n");
}

/// The files whose content is not what the object tree was made from.
std::set<std::string> changed_files(const ObjectTree& tree, const Overlay& overlay,
                                    const std::set<std::string>& changed_base) {
  std::set<std::string> changed;
  for (const auto& path : changed_base) {
    const auto before = tree.overlay.find(path), after = overlay.find(path);
    const bool equal =
        before != tree.overlay.end() && after != overlay.end() && before->second == after->second;
    if (!equal) changed.insert(path);
  }
  for (const auto& [path, version] : overlay) {
    const auto before = tree.overlay.find(path);
    if (before == tree.overlay.end() || before->second != version) changed.insert(path);
  }
  for (const auto& [path, version] : tree.overlay)
    if (!overlay.contains(path)) changed.insert(path);
  return changed;
}

/// True for files that decide what a configuration comes to.
bool decides_config(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name.starts_with("Kconfig") || path.starts_with("scripts/") || path == "Makefile" ||
         path == "arch/x86/Makefile" || name.ends_with("config");
}

/// The symbols that two requests ask differently for.
std::set<std::string> changed_symbols(const std::string& before, const ConfigRequest& after) {
  const ConfigValues old_values = parse_config(before);
  std::set<std::string> changed;
  for (const auto& [symbol, wish] : after)
    if (config_value(old_values, symbol) != wish.value) changed.insert(symbol);
  for (const auto& [symbol, value] : old_values)
    if (!after.contains(symbol)) changed.insert(symbol);
  return changed;
}

/// How many objects name one of these in their dependency files.
asio::awaitable<unsigned> count_dependents(CommandRunner& commands, fs::path objects,
                                           std::string needles) {
  if (needles.empty()) co_return 0;
  Command command =
      clean_command({"grep", "-rlF", "--include=.*.o.cmd", "-f", "-", "--", objects.string()});
  command.standard_input = std::move(needles);
  command.deadline = BuildDeadlines{}.query;
  const CommandResult result =
      co_await run_on_host(commands, std::move(command), "searching " + objects.string());
  co_return static_cast<unsigned>(
      std::count(result.standard_output.begin(), result.standard_output.end(), '\n'));
}

}  // namespace

std::vector<ObjectTree> list_object_trees(const CacheLayout& layout, const std::string& source) {
  std::vector<ObjectTree> trees;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(layout.objects(source), none)) {
    if (entry.path().extension() == ".new" || entry.path().filename() == "work") continue;
    if (auto tree = read_tree(entry.path())) trees.push_back(std::move(*tree));
  }
  return trees;
}

asio::awaitable<BuildStart> nearest_object_tree(CommandRunner& commands,
                                                const std::vector<ObjectTree>& trees,
                                                const SourceTree& source, Overlay overlay,
                                                ConfigRequest request,
                                                std::string compiler_identity, bool ccache) {
  BuildStart best;
  unsigned fewest = std::numeric_limits<unsigned>::max();
  const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  for (const ObjectTree& tree : trees) {
    // A tree from the future (the clock was set back) would make changed files look old.
    if (tree.compiler_identity != compiler_identity || tree.ccache != ccache ||
        tree.finished >= now)
      continue;
    const auto changed_base = co_await source.changed_since(tree.base);
    if (!changed_base) continue;
    const auto files = changed_files(tree, overlay, *changed_base);
    const auto symbols = changed_symbols(tree.config_lines, request);
    std::string needles;
    for (const auto& path : files) needles += (source.path() / path).string() + "\n";
    for (const auto& symbol : symbols) needles += "include/config/" + symbol + ")\n";
    const unsigned objects =
        co_await count_dependents(commands, tree.folder / "objects", std::move(needles));
    if (objects > fewest || (objects == fewest && best.from && best.from->finished > tree.finished))
      continue;
    fewest = objects;
    best.from = tree;
    best.changed_base = *changed_base;
    best.objects = objects;
    best.same_config = tree.config_lines == config_lines(request) &&
                       std::none_of(files.begin(), files.end(), decides_config);
  }
  co_return best;
}

asio::awaitable<void> keep_object_tree(CommandRunner& commands, const CacheLayout& layout,
                                       std::string source, ObjectTree tree) {
  const fs::path final_place = layout.objects(source) / tree.key.substr(0, key_length);
  const fs::path aside = final_place.string() + ".new";
  co_await remove_tree(commands, aside);
  make_folder(aside);
  write_tree(tree, aside);
  fs::rename(layout.work(source), aside / "objects");
  // Of an earlier build of this kernel, whose artifact was removed since.
  co_await remove_tree(commands, final_place);
  publish_directory(aside, final_place);

  std::vector<std::pair<fs::file_time_type, fs::path>> by_use;
  for (const ObjectTree& one : list_object_trees(layout, source))
    by_use.emplace_back(fs::last_write_time(one.folder / "tree.json"), one.folder);
  std::sort(by_use.rbegin(), by_use.rend());
  for (std::size_t i = most_trees; i < by_use.size(); ++i)
    co_await remove_tree(commands, by_use[i].second);
}

}  // namespace faultline
