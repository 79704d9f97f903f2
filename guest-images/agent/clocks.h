// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace faultline::agent {

/// CLOCK_MONOTONIC in nanoseconds.
std::uint64_t monotonic_ns();

/// "Never", for deadlines in nanoseconds of CLOCK_MONOTONIC.
inline constexpr std::uint64_t no_deadline = UINT64_MAX;

/// What is left until `deadline`, as poll(2) takes it: rounded up, -1 for never.
int poll_timeout(std::uint64_t deadline);

}  // namespace faultline::agent
