// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/files.h"

namespace faultline {

/// A place below the state directory that one process at a time works from. libvirt's embedded
/// driver locks its root folder, so each process that runs at the same time takes the next slot:
/// its own root, and its own part of the names of guests. The kernel frees the slot when the
/// process dies; the next one to take it finds what is left there.
class StateSlot {
 public:
  /// The first free slot. Creates folders. Throws Error{host}.
  static StateSlot take(const std::filesystem::path& state_directory);

  /// Every guest of this slot is called so, and nothing else on the host is: "faultline-", a hash
  /// of the state directory, and the slot's number.
  const std::string& name_prefix() const { return name_prefix_; }
  /// What all slots share.
  std::filesystem::path shared_folder() const { return state_directory_ / "libvirt"; }

  int lock_fd() const { return lock_.fd(); }

  /// Prefixes of the slots that no living process has, this one's included.
  std::vector<std::string> ownerless_prefixes() const;

 private:
  StateSlot() = default;
  std::filesystem::path state_directory_;
  std::string name_prefix_;
  unsigned number_ = 0;
  FileLock lock_;
};

/// Makes a root folder for qemu:///embed and returns it. It is in memory if the host has such a
/// place, for libvirt syncs a guest's status to disk more than ten times as it starts it; short,
/// for the sockets below it; and the same for the same slot, for what a killed process left in it.
/// What libvirt learns about QEMU stays in the state directory. Throws Error{host}.
std::filesystem::path prepare_embedded_root(const StateSlot& slot);

/// The content of etc/qemu.conf, for root or for an ordinary user. Pure.
std::string embedded_qemu_conf(bool is_root);

}  // namespace faultline
