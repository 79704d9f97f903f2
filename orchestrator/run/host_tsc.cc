// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/host_tsc.h"

#if defined(__x86_64__)
#include <x86intrin.h>

#include <chrono>
#include <cmath>
#include <thread>
#endif

namespace faultline {

#if defined(__x86_64__)
namespace {

using Clock = std::chrono::steady_clock;

/// The counter at a time of the clock.
struct TscReading {
  Clock::time_point time;
  std::uint64_t ticks;
};

/// The reading, of several, in whose middle the least time was lost: none that the scheduler
/// or the hypervisor interrupted.
TscReading undisturbed_reading() {
  constexpr int kTries = 50;
  TscReading best{};
  std::uint64_t shortest = UINT64_MAX;
  for (int i = 0; i < kTries; ++i) {
    const std::uint64_t before = __rdtsc();
    const Clock::time_point time = Clock::now();
    const std::uint64_t after = __rdtsc();
    if (after - before >= shortest) continue;
    shortest = after - before;
    best = {time, before + shortest / 2};
  }
  return best;
}

std::uint64_t measured_khz() {
  const TscReading first = undisturbed_reading();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const TscReading last = undisturbed_reading();
  const std::chrono::duration<double, std::milli> elapsed = last.time - first.time;
  return static_cast<std::uint64_t>(
      std::llround(static_cast<double>(last.ticks - first.ticks) / elapsed.count()));
}

}  // namespace

std::uint64_t host_tsc_khz() {
  static const std::uint64_t khz = measured_khz();
  return khz;
}
#else
std::uint64_t host_tsc_khz() {
  return 0;
}
#endif

}  // namespace faultline
