// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/embedded_root.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
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

/// A link of a known name in a folder that others may write to: used only if it is ours and leads
/// where it should.
fs::path short_link(const fs::path& target) {
  const fs::path link = "/tmp/fl-" + std::to_string(::geteuid()) + "-" + hash_of(target);
  if (::symlink(target.c_str(), link.c_str()) != 0 && errno != EEXIST)
    throw_errno(ErrorKind::host, "creating link " + link.string(), errno);
  struct stat status {};
  std::error_code error;
  if (::lstat(link.c_str(), &status) != 0 || !S_ISLNK(status.st_mode) ||
      status.st_uid != ::geteuid() || fs::read_symlink(link, error) != target || error)
    throw Error(ErrorKind::host, "using link " + link.string(),
                "it is not ours or leads somewhere else",
                "remove it, or choose a state directory with a short path");
  return link;
}

/// libvirt asks each QEMU binary what it can do, which takes seconds, and keeps the answers in the
/// root. A new slot starts with those of the first.
void inherit_capabilities(const fs::path& state_directory, const fs::path& folder) {
  const fs::path below = fs::path("cache") / "qemu" / "capabilities";
  const fs::path from = state_directory / "libvirt" / "slot-0" / below;
  std::error_code ignored;
  if (fs::exists(folder / below, ignored) || !fs::exists(from, ignored)) return;
  fs::create_directories(folder / below, ignored);
  fs::copy(from, folder / below, ignored);
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
    slot.folder_ = slot.state_directory_ / "libvirt" / ("slot-" + std::to_string(number));
    make_folder(slot.folder_);
    inherit_capabilities(slot.state_directory_, slot.folder_);
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
  make_folder(slot.folder() / "etc");
  make_folder(slot.folder() / "sockets");
  write_file_atomically(slot.folder() / "etc" / "qemu.conf", embedded_qemu_conf(::geteuid() == 0));
  if (slot.folder().string().size() <= longest_root) return slot.folder();
  return short_link(slot.folder());
}

}  // namespace faultline
