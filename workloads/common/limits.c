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

static void require_process_limit(const char* path, const char* name, uint64_t count) {
  const uint64_t others = 64;  // processes and threads that the guest runs besides
  uint64_t limit;
  if (read_kernel_count(path, &limit) == 0 && limit < count + others) {
    fail(STATUS_ENVIRONMENT, "%s is %" PRIu64 ", and %" PRIu64 " processes need at least %" PRIu64,
         name, limit, count, count + others);
  }
}

void require_processes(uint64_t count) {
  require_process_limit("/proc/sys/kernel/pid_max", "kernel.pid_max", count);
  require_process_limit("/proc/sys/kernel/threads-max", "kernel.threads-max", count);
}
