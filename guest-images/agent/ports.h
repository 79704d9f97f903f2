// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faultline::agent {

/// The device node ("/dev/vport1p1") of the virtio-serial port with this name, or "". Looks once.
std::string find_port(std::string_view name, const std::string& sysfs = "/sys");

/// The same, waiting for the port to appear until `deadline` (CLOCK_MONOTONIC ns): the driver
/// learns the names from the host some time after it starts.
std::string wait_for_port(std::string_view name, std::uint64_t deadline);

/// Waits until the host has taken everything that was written to a virtio-serial port. Neither
/// fsync nor close waits for that, and power-off loses what is still queued. The queue is first
/// in, first out and holds at most 128 writes, so this writes more `padding` than fits: the last
/// of it can only be queued after everything before the padding is gone.
void flush_port(int fd, std::string_view padding);

}  // namespace faultline::agent
