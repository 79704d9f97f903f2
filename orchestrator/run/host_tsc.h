// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace faultline {

/// How often this host's time-stamp counter ticks in a millisecond, against CLOCK_MONOTONIC; 0
/// where there is none. Measured in 20 ms on the first call, then the same for the life of the
/// process; good to 0.01 %, on a busy host as well. Any thread.
///
/// QEMU without an accelerator gives a guest this counter (cpu_get_host_ticks in
/// include/qemu/timer.h of QEMU 7.2), so a guest can be told instead of measuring it.
std::uint64_t host_tsc_khz();

}  // namespace faultline
