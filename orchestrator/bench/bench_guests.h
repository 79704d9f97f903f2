// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/io_context.hpp>

#include "base/files.h"
#include "bench/bench_runtime.h"
#include "virt/libvirt_hypervisor.h"

namespace faultline::bench {

/// The embedded libvirt of all measurements with guests: a process can have one only. Nothing of
/// it is left when this ends.
class BenchGuests {
 public:
  BenchGuests() : hypervisor_(options(state_.path())) {
    // The first connection asks QEMU what it can do, once for each version of it.
    complete(io_, hypervisor_.facts());
  }

  boost::asio::io_context& io() { return io_; }
  Hypervisor& hypervisor() { return hypervisor_; }

 private:
  static LibvirtHypervisor::Options options(const std::filesystem::path& state) {
    LibvirtHypervisor::Options options;
    options.state_directory = state;
    return options;
  }

  TemporaryDirectory state_;
  boost::asio::io_context io_{1};
  LibvirtHypervisor hypervisor_;
};

}  // namespace faultline::bench
