// SPDX-License-Identifier: GPL-2.0-or-later
/// Tests of the C library and of small system calls.
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <unistd.h>

#include "aim7/tests.h"

static int string_rtns(struct job_room* room) {
  (void)room;
  for (int i = 0; i < 2000; ++i) {
    char text[512] = "";
    for (int word = 0; word < 10; ++word) strcat(text, "the quick brown fox ");
    char copy[512];
    strcpy(copy, text);
    if (strcmp(copy, text) != 0 || strlen(copy) != 200 || strchr(copy, 'z') != NULL ||
        strrchr(copy, 'q') != copy + 184) {
      return -EILSEQ;
    }
  }
  return 0;
}

static int ascending(const void* left, const void* right) {
  uint32_t a = *(const uint32_t*)left;
  uint32_t b = *(const uint32_t*)right;
  return (a > b) - (a < b);
}

static int sort_rtns_1(struct job_room* room) {
  enum { NUMBERS = 8000 };
  static uint32_t numbers[NUMBERS];
  for (int i = 0; i < NUMBERS; ++i) numbers[i] = (uint32_t)job_random(room);
  qsort(numbers, NUMBERS, sizeof *numbers, ascending);
  for (int i = 1; i < NUMBERS; ++i) {
    if (numbers[i - 1] > numbers[i]) return -EILSEQ;
  }
  return 0;
}

static int jmp_test(struct job_room* room) {
  (void)room;
  jmp_buf place;
  volatile int jumps = 0;
  if (setjmp(place) < 50000) longjmp(place, ++jumps);
  return jumps == 50000 ? 0 : -EILSEQ;
}

static volatile sig_atomic_t signals_seen;

static void see_signal(int number) {
  (void)number;
  ++signals_seen;
}

static int signal_test(struct job_room* room) {
  (void)room;
  enum { SIGNALS = 1000 };
  struct sigaction action = {.sa_handler = see_signal};
  struct sigaction before;
  if (sigaction(SIGUSR2, &action, &before) != 0) return -errno;
  signals_seen = 0;
  for (int i = 0; i < SIGNALS; ++i) raise(SIGUSR2);
  sigaction(SIGUSR2, &before, NULL);
  return signals_seen == SIGNALS ? 0 : -EILSEQ;
}

// Questions to the kernel that it answers at once.
static int misc_rtns_1(struct job_room* room) {
  pid_t self = getpid();
  for (int i = 0; i < 300; ++i) {
    struct rusage usage;
    struct tms ticks;
    struct timeval now;
    struct stat status;
    getrusage(RUSAGE_SELF, &usage);
    gettimeofday(&now, NULL);
    if (times(&ticks) == (clock_t)-1) return -errno;
    if (stat(room->folder, &status) != 0) return -errno;
    umask(umask(022));
    if (getppid() == self || getuid() != geteuid()) return -EILSEQ;
  }
  return 0;
}

const struct job_test library_tests[] = {
    {"string_rtns", string_rtns, 0, 0, false, false},
    {"sort_rtns_1", sort_rtns_1, 32 * 1024, 0, false, false},
    {"jmp_test", jmp_test, 0, 0, false, false},
    {"signal_test", signal_test, 0, 0, false, false},
    {"misc_rtns_1", misc_rtns_1, 0, 0, false, false},
    {NULL, NULL, 0, 0, false, false},
};
