// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace faultline {

/// A QEMU of this host that runs one of our guests.
struct GuestProcess {
  pid_t pid = 0;
  std::string domain_name;
};

/// The QEMU processes whose guest's name begins so, from /proc.
std::vector<GuestProcess> guest_processes(const std::string& name_prefix);

/// Kills that QEMU, if the process still is that guest. False if it is gone or not ours to kill.
bool kill_guest_process(const GuestProcess& guest);

/// The parent that libvirt's embedded driver leaves its guests without. The driver starts QEMU as a
/// daemon and cannot destroy it automatically, and QEMU 7.2 has no option to die with its parent.
/// So while this lives:
/// - No guest outlives us. A small child process waits for our death, however it comes about (kill
///   -9 too), and then kills the QEMUs whose guest's name begins with a prefix. It is a fork that
///   keeps our memory as it is then, so create it early; it uses system calls only.
/// - A QEMU that has ended is reaped at once. libvirt waits until its process is gone, in a cycle
///   of 200 ms, and not every host's init reaps promptly (containers). So we are its new parent.
class GuestGuard {
 public:
  /// The child keeps the descriptor `slot_lock` open: the next process must not take the slot, and
  /// begin guests of the same names, before the child is done. Throws Error{host} if there can be
  /// no further process.
  GuestGuard(const std::string& name_prefix, int slot_lock);
  /// Dismisses the child: guests that still run are no longer its business.
  ~GuestGuard();
  GuestGuard(const GuestGuard&) = delete;
  GuestGuard& operator=(const GuestGuard&) = delete;

 private:
  void reap_guests() const;
  UniqueFd alive_;  ///< The write end of a pipe: closed by our death, written at our leave.
  pid_t child_ = -1;
  std::atomic<bool> leaving_{false};
  std::thread reaper_;
};

}  // namespace faultline
