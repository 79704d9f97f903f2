// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "image/initramfs.h"

namespace faultline {
namespace fs = std::filesystem;
namespace {

// What workload scripts and a person in `shell` reach for. Every link costs the guest's kernel a
// file to make at boot, so not all that busybox has.
constexpr const char* applets[] = {
    "sh",   "awk",   "cat",     "chmod",  "cp",    "cut",    "date",  "dd",      "df",     "dmesg",
    "echo", "env",   "expr",    "false",  "find",  "free",   "grep",  "head",    "insmod", "kill",
    "ln",   "ls",    "lsmod",   "mkdir",  "mknod", "mkswap", "more",  "mount",   "mv",     "nproc",
    "od",   "ps",    "pwd",     "rm",     "rmdir", "rmmod",  "sed",   "seq",     "sleep",  "sort",
    "stat", "stty",  "swapoff", "swapon", "sync",  "sysctl", "tail",  "taskset", "tee",    "test",
    "time", "top",   "touch",   "tr",     "true",  "umount", "uname", "uniq",    "uptime", "vi",
    "wc",   "xargs", "xxd",     "yes"};

[[noreturn]] void missing(const fs::path& what, const std::string& hint) {
  throw Error(ErrorKind::host, "making a guest image", what.string() + " is missing", hint);
}

/// A workload without a built program has nothing that could go in: its image may have it.
void add_workload(ImageRecipe& recipe, const fs::path& folder, const std::string& name) {
  if (!fs::is_directory(folder / name)) return;
  for (const auto& entry : fs::recursive_directory_iterator(folder / name)) {
    const std::string path = "workloads/" + entry.path().lexically_relative(folder).string();
    if (entry.is_symlink()) {
      recipe.files.push_back({path, {}, {}, 0777, fs::read_symlink(entry.path()).string()});
    } else if (entry.is_regular_file()) {
      const bool program =
          (entry.status().permissions() & fs::perms::owner_exec) != fs::perms::none;
      recipe.files.push_back({path, entry.path(), {}, program ? 0755U : 0644U, {}});
    }
  }
}

std::string file_name(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

// depmod's modules.dep with the folders taken off, as the modules are in the guest:
// "a.ko: b.ko c.ko" says that c.ko goes in first, then b.ko, then a.ko.
std::string flat_dependencies(const std::string& text) {
  std::istringstream lines(text);
  std::map<std::string, std::string> sorted;
  for (std::string line; std::getline(lines, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream words(line.substr(colon + 1));
    std::string& dependencies = sorted[file_name(line.substr(0, colon))];
    for (std::string word; words >> word;) dependencies += ' ' + file_name(word);
  }
  std::string flat;
  for (const auto& [module, dependencies] : sorted) flat += module + ':' + dependencies + '\n';
  return flat;
}

void add_modules(ImageRecipe& recipe, const fs::path& folder) {
  if (!fs::is_directory(folder)) missing(folder, "build the kernel with its modules");
  // "build" and "source" are links into the kernel's tree: they are not followed.
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_symlink() || !entry.is_regular_file() || entry.path().extension() != ".ko")
      continue;
    recipe.files.push_back(
        {"modules/" + entry.path().filename().string(), entry.path(), {}, 0644, {}});
  }
  const fs::path dependencies = folder / "modules.dep";
  if (fs::exists(dependencies))
    recipe.files.push_back(
        {"modules/modules.dep", {}, flat_dependencies(read_file(dependencies)), 0644, {}});
}

/// What every image needs of ours: the agent, the workloads, the kernel's modules.
void add_guest_parts(ImageRecipe& recipe, const GuestParts& parts) {
  const fs::path agent = parts.folder / "agent";
  if (!fs::is_regular_file(agent)) missing(agent, "build the target faultline_agent");
  recipe.files.push_back({"init", agent, {}, 0755, {}});
  for (const std::string& name : parts.workloads)
    add_workload(recipe, parts.folder / "workloads", name);
  if (!parts.modules.empty()) add_modules(recipe, parts.modules);
}

}  // namespace

ImageRecipe minimal_image(const fs::path& busybox, const GuestParts& parts) {
  ImageRecipe recipe;
  try {
    if (!fs::is_regular_file(busybox)) missing(busybox, "install the package busybox-static");
    recipe.files.push_back({"bin/busybox", busybox, {}, 0755, {}});
    for (const char* applet : applets)
      recipe.files.push_back({std::string("bin/") + applet, {}, {}, 0777, "busybox"});
    add_guest_parts(recipe, parts);
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::host, "making the minimal guest image", error.what());
  }
  return recipe;
}

ImageRecipe debian_initramfs(const GuestParts& parts) {
  ImageRecipe recipe;
  try {
    add_guest_parts(recipe, parts);
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorKind::host, "making the Debian guest image", error.what());
  }
  return recipe;
}

}  // namespace faultline
