// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "spf-torture/tally.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "common/fail.h"

enum { SHOWN_VIOLATIONS = 20 };

struct tally* tally;

void tally_create(void) {
  tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (tally == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "mapping the tally");
}

void violation(const char* format, ...) {
  if (atomic_fetch_add(&tally->violations, 1) >= SHOWN_VIOLATIONS) return;
  char text[200] = "violation: ";
  va_list arguments;
  va_start(arguments, format);
  int length = 11 + vsnprintf(text + 11, sizeof text - 12, format, arguments);
  va_end(arguments);
  if (length > (int)sizeof text - 2) length = (int)sizeof text - 2;
  text[length++] = '\n';
  if (write(STDERR_FILENO, text, (size_t)length) < 0) return;  // the count tells
}

uint64_t next_chance(uint64_t* chance) {
  uint64_t z = *chance += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void rest(uint64_t* chance, unsigned most_us) {
  struct timespec pause = {.tv_nsec = (long)(next_chance(chance) % (most_us + 1)) * 1000};
  if (!stopped()) nanosleep(&pause, NULL);
}
