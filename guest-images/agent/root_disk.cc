// SPDX-License-Identifier: GPL-2.0-or-later
#include "root_disk.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace faultline::agent {
namespace {

std::string failed(const std::string& doing) {
  return doing + ": " + std::strerror(errno);
}

void make_folder(const char* path) {
  ::mkdir(path, 0755);
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace

std::string switch_to_disk(const std::string& device) {
  make_folder("/root-disk");
  make_folder("/root-changes");
  make_folder("/root-new");
  if (::mount(device.c_str(), "/root-disk", "squashfs", MS_RDONLY, nullptr) != 0)
    return failed("mounting " + device + " as squashfs");
  if (::mount("tmpfs", "/root-changes", "tmpfs", 0, "mode=755") != 0)
    return failed("mounting a tmpfs");
  make_folder("/root-changes/upper");
  make_folder("/root-changes/work");
  if (::mount("overlay", "/root-new", "overlay", 0,
              "lowerdir=/root-disk,upperdir=/root-changes/upper,workdir=/root-changes/work") != 0)
    return failed("mounting the overlay");
  // What this image brought along stays reachable; the rest of the initramfs is only hidden.
  for (const char* folder : {"/workloads", "/modules"}) {
    const std::string target = std::string("/root-new") + folder;
    if (!exists(folder)) continue;
    make_folder(target.c_str());
    if (::mount(folder, target.c_str(), nullptr, MS_BIND, nullptr) != 0)
      return failed("mounting " + target);
  }
  for (const char* folder : {"/dev", "/proc", "/sys"}) {
    const std::string target = std::string("/root-new") + folder;
    make_folder(target.c_str());
    if (::mount(folder, target.c_str(), nullptr, MS_MOVE, nullptr) != 0)
      return failed("moving " + std::string(folder));
  }
  // As switch_root does it: the initramfs can be hidden, but never unmounted.
  if (::chdir("/root-new") != 0 || ::mount(".", "/", nullptr, MS_MOVE, nullptr) != 0 ||
      ::chroot(".") != 0 || ::chdir("/") != 0)
    return failed("changing the root");
  return "";
}

}  // namespace faultline::agent
