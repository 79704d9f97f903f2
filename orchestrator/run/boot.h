// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <functional>

#include "async/deadlines.h"
#include "base/clock.h"
#include "outcome/results.h"
#include "run/boot_order.h"
#include "run/interrupt.h"
#include "virt/hypervisor.h"

namespace faultline {

/// The parts that all boots of a run share; every reference outlives them.
struct BootServices {
  Hypervisor& hypervisor;
  const Clock& clock;
  Interrupt& interrupt;
  Deadlines deadlines;
  std::filesystem::path scratch;     ///< Initramfs of the running boot; emptied after each.
  std::filesystem::path artifacts;   ///< Bulk artifacts, BOOT_ID.tar.
  std::filesystem::path host = "/";  ///< Root of the host to watch; empty: guests run elsewhere.
};

/// What is going on, for the live display: "booting", "rmap-walk children=16", "powering off".
using BootProgress = std::function<void(const std::string& what)>;

/// Carries out one boot, from the run sheet to the record: the pipeline of Faultline. Never throws
/// for anything that a guest does, nor for libvirt's failures: they are the record's outcome.
/// `order` is taken by value and lives in the coroutine's frame; `services` must outlive it.
boost::asio::awaitable<BootRecord> run_boot(BootServices& services, BootOrder order,
                                            BootProgress progress);

}  // namespace faultline
