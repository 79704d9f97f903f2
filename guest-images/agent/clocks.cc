// SPDX-License-Identifier: GPL-2.0-or-later
#include "clocks.h"

#include <time.h>

#include <algorithm>

namespace faultline::agent {

std::uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

int poll_timeout(std::uint64_t deadline) {
  if (deadline == no_deadline) return -1;
  const std::uint64_t now = monotonic_ns();
  if (now >= deadline) return 0;
  constexpr std::uint64_t longest_ms = 3'600'000;
  return static_cast<int>(std::min((deadline - now + 999'999) / 1'000'000, longest_ms));
}

}  // namespace faultline::agent
