// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

namespace faultline {

/// What Faultline needs to know of libvirt's capabilities document.
struct HostCapabilities {
  std::string emulator;  ///< Of x86-64 guests; empty: there is none.
  bool has_kvm = false;  ///< libvirt would start guests of type kvm; proves nothing yet.
  std::map<unsigned, std::vector<unsigned>> nodes;  ///< NUMA node → its CPUs, ascending.
  /// The user and group that libvirt runs QEMU as, "+uid:+gid"; empty: its own.
  std::string qemu_owner;
};

/// Reads virConnectGetCapabilities()' XML. Throws Error{libvirt} if it is none.
HostCapabilities parse_capabilities(const std::string& xml);

}  // namespace faultline
