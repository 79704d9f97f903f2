// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace faultline {

/// Where things are on this host. XDG base directories; every folder can be moved by an environment
/// variable, which tests and CI use.
struct Locations {
  std::filesystem::path root;   ///< workloads/, kernel-patches/, experiments/: FAULTLINE_ROOT
  std::filesystem::path guest;  ///< Built agent and workloads: FAULTLINE_GUEST
  std::filesystem::path cache;  ///< Kernels, images: FAULTLINE_CACHE, else ~/.cache/faultline
  std::filesystem::path
      state;  ///< Results, libvirt's root: FAULTLINE_STATE, else ~/.local/state/faultline
  std::filesystem::path debian;  ///< The Debian image's recipe; also for a bundle our own.
  std::filesystem::path busybox;
  std::string mirror;  ///< Of Debian packages, an address or a file of sources: FAULTLINE_MIRROR
  std::filesystem::path plugin;  ///< What QEMU loads to count: FAULTLINE_PLUGIN

  std::filesystem::path database() const { return state / "results.sqlite"; }
  std::filesystem::path libvirt_root() const { return state / "libvirt"; }

  /// Reads the environment. Throws Error{host} if there is no HOME and nothing says where else.
  static Locations of_this_process();
};

/// FAULTLINE_DEADLINE_SCALE: how much longer than usual guests may take for everything that has a
/// deadline, their steps included. For tests (0.05) and hosts that are slower than any we know (4).
/// 1 if not set. Throws Error{user_input} if it is no number from 0.001 to 1000.
double patience_of_this_process();

}  // namespace faultline
