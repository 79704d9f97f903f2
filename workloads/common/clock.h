// SPDX-License-Identifier: GPL-2.0-or-later
/// The clock of every workload: monotonic, read without a system call.
#pragma once

#include <stdint.h>
#include <time.h>

/// Nanoseconds on CLOCK_MONOTONIC.
static inline uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/// Seconds from `start_ns` to `end_ns`.
static inline double seconds_between(uint64_t start_ns, uint64_t end_ns) {
  return (double)(end_ns - start_ns) * 1e-9;
}
