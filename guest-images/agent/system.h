// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace faultline::agent {

/// /dev, /proc and /sys: what the hello needs.
void mount_first();
/// Everything else that a workload may expect, as far as this kernel has it: tmpfs on /tmp, /run
/// and /dev/shm, debugfs, tracefs, cgroup2; the loopback interface.
void mount_rest();

/// Loads a module (a path below /modules, which may have parameters behind a blank). Returns 0 or
/// the errno.
int load_module(const std::string& module);

/// Starts the thread that powers the guest off at `deadline` (CLOCK_MONOTONIC ns), even while the
/// agent itself is stuck in a system call.
void start_watchdog(std::uint64_t deadline);

/// The kernel's log, as dmesg prints it.
std::string kernel_log();

/// Lets only emergencies reach the console, or (false) everything that did before.
void quiet_console(bool quiet);

/// A shell for a person on the console; returns when it exits or `deadline` passes.
void run_shell(std::uint64_t deadline);

/// Flushes and powers off; resets if the kernel cannot power off.
[[noreturn]] void power_off();

}  // namespace faultline::agent
