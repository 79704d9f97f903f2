// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "virt/hypervisor.h"

namespace faultline {

/// What of the host goes into a guest's XML.
struct DomainPlacement {
  std::string domain_name;
  std::string emulator;  ///< Path of QEMU on the machine that runs the guest.
  /// The pipes of the serial port, without ".in" and ".out"; empty: a terminal.
  std::filesystem::path console_pipes;
  /// Where the two virtio-serial ports listen, with ".events" and ".artifacts" added; empty:
  /// libvirt finds a place.
  std::filesystem::path channel_sockets;
  std::map<unsigned, std::vector<unsigned>> host_nodes;  ///< NUMA node → its CPUs.
};

/// libvirt's XML of a guest, and nothing that a guest does not need: no firmware settings, network,
/// graphics, USB or balloon, and a disk only if its image is one. The guest ends when it powers
/// off, reboots or panics. Pure: the same input gives the same text. `accel` must not be
/// `automatic`.
std::string domain_xml(const GuestMachine& machine, const DomainPlacement& placement);

/// What the topology asks of the host and the host does not have, as sentences ("node 1 asks for
/// host node 3; this host has 0-1"); domain_xml() leaves just that out.
std::vector<std::string> unmet_placement(const Topology& topology,
                                         const DomainPlacement& placement);

/// "0-3,8" for {0, 1, 2, 3, 8}; the numbers in ascending order.
std::string cpu_list(const std::vector<unsigned>& numbers);

}  // namespace faultline
