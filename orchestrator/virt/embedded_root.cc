// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/embedded_root.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/error.h"
#include "base/sha256.h"

namespace faultline {
namespace fs = std::filesystem;
namespace {

constexpr unsigned most_slots = 64;

// A Unix socket's path has at most 107 bytes. The longest below the root is the monitor's,
// /lib/qemu/domain-NNNNN-(20 characters of the name)/monitor.sock.
constexpr std::size_t longest_root = 107 - 57;

std::string hash_of(const fs::path& folder) {
  return sha256_hex(folder.string()).substr(0, 8);
}

std::string prefix(const fs::path& state_directory, unsigned number) {
  return "faultline-" + hash_of(state_directory) + "-" + std::to_string(number) + "-";
}

fs::path lock_file(const fs::path& state_directory, unsigned number) {
  return state_directory / "libvirt" / ("slot-" + std::to_string(number) + ".lock");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw Error(ErrorKind::host, "creating folder " + folder.string(), error.message(),
                "choose another state directory, or fix its permissions");
}

bool is_in_memory(const fs::path& folder) {
  struct statfs status {};
  return ::statfs(folder.c_str(), &status) == 0 && status.f_type == TMPFS_MAGIC;
}

/// Where this user may keep what is gone after a reboot.
fs::path runtime_folder() {
  std::vector<fs::path> candidates;
  if (const char* given = std::getenv("XDG_RUNTIME_DIR"); given != nullptr && *given == '/')
    candidates.emplace_back(given);
  candidates.insert(candidates.end(), {"/run", "/dev/shm"});
  for (const auto& candidate : candidates)
    if (is_in_memory(candidate) && ::access(candidate.c_str(), W_OK) == 0 &&
        candidate.string().size() < longest_root - 24)
      return candidate;
  return "/tmp";
}

/// A folder of a known name where others may write as well: used only if it is ours alone.
void make_own_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno(ErrorKind::host, "creating folder " + folder.string(), errno);
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::geteuid() || (status.st_mode & 022) != 0)
    throw Error(ErrorKind::host, "using folder " + folder.string(), "it belongs to somebody else",
                "remove it");
}

}  // namespace

StateSlot StateSlot::take(const fs::path& state_directory) {
  make_folder(state_directory / "libvirt");
  StateSlot slot;
  slot.state_directory_ = fs::canonical(state_directory);
  for (unsigned number = 0; number < most_slots; ++number) {
    slot.lock_ = FileLock::try_lock(lock_file(slot.state_directory_, number));
    if (!slot.lock_) continue;
    slot.number_ = number;
    slot.name_prefix_ = prefix(slot.state_directory_, number);
    return slot;
  }
  throw Error(ErrorKind::host, "using state directory " + state_directory.string(),
              std::to_string(most_slots) + " processes already do",
              "choose another one for some of them");
}

std::vector<std::string> StateSlot::ownerless_prefixes() const {
  std::vector<std::string> prefixes{name_prefix_};
  for (unsigned number = 0; number < most_slots; ++number) {
    const auto file = lock_file(state_directory_, number);
    std::error_code ignored;
    if (number == number_ || !fs::exists(file, ignored)) continue;
    if (FileLock::try_lock(file)) prefixes.push_back(prefix(state_directory_, number));
  }
  return prefixes;
}

std::string embedded_qemu_conf(bool is_root) {
  std::string conf =
      "# Written by faultline at each start.\n"
      "# No virtlogd is there to ask.\n"
      "stdio_handler = \"file\"\n";
  if (is_root)
    conf +=
        "# A root of its own has no use for the separation that a system daemon needs, and may "
        "run\n"
        "# in a container where it does not work.\n"
        "user = \"root\"\n"
        "group = \"root\"\n"
        "security_driver = \"none\"\n"
        "remember_owner = 0\n"
        "namespaces = []\n"
        "cgroup_controllers = []\n";
  return conf;
}

fs::path prepare_embedded_root(const StateSlot& slot) {
  std::string name = slot.name_prefix();
  name.pop_back();  // its dash
  const fs::path root = runtime_folder() / name;
  make_own_folder(root);
  std::error_code ignored;
  // What a killed process left; guests that still run do not need it to be swept.
  for (const char* stale : {"sockets", "log", "libvirt.log"}) fs::remove_all(root / stale, ignored);
  for (const char* below : {"etc", "sockets", "log/qemu"}) make_folder(root / below);
  write_file_atomically(root / "etc" / "qemu.conf", embedded_qemu_conf(::geteuid() == 0));
  // libvirt asks each QEMU binary what it can do, which takes seconds, and remembers the answers.
  const fs::path cache = slot.shared_folder() / "cache";
  make_folder(cache);
  if (fs::read_symlink(root / "cache", ignored) != cache) {
    fs::remove_all(root / "cache", ignored);
    fs::create_directory_symlink(cache, root / "cache");
  }
  return root;
}

}  // namespace faultline
