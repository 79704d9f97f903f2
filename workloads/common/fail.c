// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "common/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_reason(const char* format, va_list arguments) {
  fflush(stdout);  // so that what was measured before stands before the reason in a merged log
  fprintf(stderr, "%s: ", program_invocation_short_name);
  vfprintf(stderr, format, arguments);
}

void fail(enum workload_status status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_reason(format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(status);
}

void fail_errno(enum workload_status status, int error, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_reason(format, arguments);
  va_end(arguments);
  fprintf(stderr, ": %s\n", strerror(error));
  exit(status);
}
