/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workload of the agent's own test: ends in every way in which a program can end. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void eat_all_memory(void) {
  const size_t piece = (size_t)16 << 20;
  for (;;) {
    char* memory = mmap(NULL, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) exit(9);
    memset(memory, 1, piece);
  }
}

static void flood(long bytes) {
  char line[64];
  for (long done = 0; done < bytes;) {
    const int length = snprintf(line, sizeof line, "line at byte %ld\n", done);
    fputs(line, stdout);
    done += length;
  }
}

/* A process that outlives its parent, in a session of its own, with the output pipes open. */
static void leave_an_orphan(void) {
  if (fork() != 0) return;
  setsid();
  signal(SIGTERM, SIG_IGN);
  for (;;) pause();
}

static void measure(void) {
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  volatile unsigned sum = 0;
  for (unsigned i = 0; i < 1000000; ++i) sum += i * i;
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("sum %u in %ld ns\n", sum,
         (to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec);
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  const long number = argc > 2 ? atol(argv[2]) : 0;
  if (!strcmp(what, "exit")) return (int)number;
  if (!strcmp(what, "signal")) {
    raise((int)number);
  } else if (!strcmp(what, "hang")) {
    for (;;) pause();
  } else if (!strcmp(what, "hang-hard")) {
    signal(SIGTERM, SIG_IGN);
    for (;;) pause();
  } else if (!strcmp(what, "eat")) {
    eat_all_memory();
  } else if (!strcmp(what, "flood")) {
    flood(number);
  } else if (!strcmp(what, "orphan")) {
    leave_an_orphan();
  } else if (!strcmp(what, "measure")) {
    measure();
  } else if (!strcmp(what, "rubbish")) {
    fputs("\xff\xfe { \"not\": \n@fl1 0 00000000 {}\n", stdout);
  } else if (!strcmp(what, "where")) {
    char folder[256];
    printf("step %s iteration %s extra %s in %s as %d\n", getenv("FAULTLINE_STEP"),
           getenv("FAULTLINE_ITERATION"), getenv("EXTRA"), getcwd(folder, sizeof folder),
           getpid() == getsid(0));
    fputs("and on standard error\n", stderr);
  }
  return 0;
}
