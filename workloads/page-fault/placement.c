// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "page-fault/placement.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/fail.h"
#include "common/kernel_file.h"
#include "common/number_list.h"

struct place {
  unsigned cpu;
  unsigned core;  // the lowest of its CPUs
  unsigned rank;  // how many of the core's CPUs come before
};

static int by_core(const void* left, const void* right) {
  const struct place* a = left;
  const struct place* b = right;
  if (a->core != b->core) return a->core < b->core ? -1 : 1;
  return (a->cpu > b->cpu) - (a->cpu < b->cpu);
}

static int by_rank(const void* left, const void* right) {
  const struct place* a = left;
  const struct place* b = right;
  if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
  return (a->cpu > b->cpu) - (a->cpu < b->cpu);
}

static struct place place_of(const char* directory, const unsigned* cpus, size_t index) {
  struct place place = {.cpu = cpus[index], .core = cpus[index]};
  char path[256];
  char siblings[256];
  snprintf(path, sizeof path, "%s/cpu%u/topology/thread_siblings_list", directory, place.cpu);
  if (read_kernel_text(path, siblings, sizeof siblings) < 0) return place;
  for (size_t i = index; i-- > 0;) {
    if (!list_contains(siblings, cpus[i])) continue;
    place.core = cpus[i];
    ++place.rank;
  }
  return place;
}

void order_cpus(const char* directory, unsigned* cpus, size_t count, bool threads_first) {
  struct place* places = calloc(count, sizeof *places);
  if (places == NULL) fail(STATUS_FAILED, "no memory for %zu CPUs", count);
  for (size_t i = 0; i < count; ++i) places[i] = place_of(directory, cpus, i);
  qsort(places, count, sizeof *places, threads_first ? by_core : by_rank);
  for (size_t i = 0; i < count; ++i) cpus[i] = places[i].cpu;
  free(places);
}

size_t allowed_cpus(unsigned* cpus, size_t max) {
  cpu_set_t* set = CPU_ALLOC(PLACEMENT_CPUS_MAX);
  size_t size = CPU_ALLOC_SIZE(PLACEMENT_CPUS_MAX);
  if (set == NULL || sched_getaffinity(0, size, set) != 0) {
    fail_errno(STATUS_FAILED, errno, "asking which CPUs there are");
  }
  size_t count = 0;
  for (unsigned cpu = 0; cpu < PLACEMENT_CPUS_MAX && count < max; ++cpu) {
    if (CPU_ISSET_S(cpu, size, set)) cpus[count++] = cpu;
  }
  CPU_FREE(set);
  return count;
}

void bind_to_cpu(unsigned cpu) {
  cpu_set_t* set = CPU_ALLOC(PLACEMENT_CPUS_MAX);
  size_t size = CPU_ALLOC_SIZE(PLACEMENT_CPUS_MAX);
  if (set == NULL) fail(STATUS_FAILED, "no memory for a CPU set");
  CPU_ZERO_S(size, set);
  CPU_SET_S(cpu, size, set);
  if (sched_setaffinity(0, size, set) != 0) {
    fail_errno(STATUS_FAILED, errno, "binding a task to CPU %u", cpu);
  }
  CPU_FREE(set);
}
