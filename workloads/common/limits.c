// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "common/limits.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/fail.h"
#include "common/kernel_file.h"

void require_memory(uint64_t bytes, const char* format, ...) {
  uint64_t available;
  if (read_meminfo_bytes("MemAvailable", &available) != 0 || bytes <= available) return;
  char what[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  fail(STATUS_ENVIRONMENT, "%s: about %" PRIu64 " MiB needed, and %" PRIu64 " MiB are available",
       what, bytes >> 20, available >> 20);
}

// Limits of processes, and what they are called.
static const struct {
  const char* path;
  const char* name;
} process_limits[] = {{"/proc/sys/kernel/pid_max", "kernel.pid_max"},
                      {"/proc/sys/kernel/threads-max", "kernel.threads-max"}};

enum {
  PROCESS_LIMITS = sizeof process_limits / sizeof *process_limits,
  OTHERS = 64,  // processes and threads that the guest runs besides
};

uint64_t allowed_processes(void) {
  uint64_t allowed = UINT64_MAX;
  for (size_t i = 0; i < PROCESS_LIMITS; ++i) {
    uint64_t limit;
    if (read_kernel_count(process_limits[i].path, &limit) != 0) continue;
    limit = limit > OTHERS ? limit - OTHERS : 0;
    if (limit < allowed) allowed = limit;
  }
  return allowed;
}

void require_processes(uint64_t count) {
  for (size_t i = 0; i < PROCESS_LIMITS; ++i) {
    uint64_t limit;
    if (read_kernel_count(process_limits[i].path, &limit) != 0 || limit >= count + OTHERS) continue;
    fail(STATUS_ENVIRONMENT, "%s is %" PRIu64 ", and %" PRIu64 " processes need at least %" PRIu64,
         process_limits[i].name, limit, count, count + OTHERS);
  }
}
