// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "page-fault/placement.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"

static char directory[] = "/tmp/placement-test.XXXXXX";

static void describe(unsigned cpu, const char* siblings) {
  char path[128];
  snprintf(path, sizeof path, "%s/cpu%u", directory, cpu);
  CHECK(mkdir(path, 0700) == 0);
  snprintf(path, sizeof path, "%s/cpu%u/topology", directory, cpu);
  CHECK(mkdir(path, 0700) == 0);
  snprintf(path, sizeof path, "%s/cpu%u/topology/thread_siblings_list", directory, cpu);
  FILE* file = fopen(path, "we");
  CHECK(file != NULL);
  if (file == NULL) return;
  fprintf(file, "%s\n", siblings);
  fclose(file);
}

static void forget(unsigned cpu) {
  char path[128];
  snprintf(path, sizeof path, "%s/cpu%u/topology/thread_siblings_list", directory, cpu);
  unlink(path);
  snprintf(path, sizeof path, "%s/cpu%u/topology", directory, cpu);
  rmdir(path);
  snprintf(path, sizeof path, "%s/cpu%u", directory, cpu);
  rmdir(path);
}

static void check_order(bool threads_first, const unsigned expected[4]) {
  unsigned cpus[4] = {0, 1, 2, 3};
  order_cpus(directory, cpus, 4, threads_first);
  for (int i = 0; i < 4; ++i) CHECK_COUNT(expected[i], cpus[i]);
}

int main(void) {
  CHECK(mkdtemp(directory) != NULL);
  // Two cores of two threads, numbered as on most x86 machines.
  for (unsigned cpu = 0; cpu < 4; ++cpu) describe(cpu, cpu % 2 == 0 ? "0,2" : "1,3");
  check_order(false, (const unsigned[]){0, 1, 2, 3});
  check_order(true, (const unsigned[]){0, 2, 1, 3});
  for (unsigned cpu = 0; cpu < 4; ++cpu) forget(cpu);

  for (unsigned cpu = 0; cpu < 4; ++cpu) describe(cpu, cpu < 2 ? "0-1" : "2-3");
  check_order(false, (const unsigned[]){0, 2, 1, 3});
  check_order(true, (const unsigned[]){0, 1, 2, 3});
  // What is not described is a core of its own.
  forget(1);
  check_order(false, (const unsigned[]){0, 1, 2, 3});
  for (unsigned cpu = 0; cpu < 4; ++cpu) forget(cpu);
  rmdir(directory);

  unsigned cpus[8];
  size_t count = allowed_cpus(cpus, 8);
  CHECK(count >= 1);
  bind_to_cpu(cpus[count - 1]);
  unsigned only[8];
  CHECK_COUNT(1, allowed_cpus(only, 8));
  CHECK_COUNT(cpus[count - 1], only[0]);
  return failed_checks != 0;
}
