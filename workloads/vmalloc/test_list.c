// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vmalloc/test_list.h"

#include <string.h>
#include <unistd.h>

static const struct vmalloc_test tests[] = {
    {1, "fix_size_alloc_test", false},
    {2, "full_fit_alloc_test", false},
    {4, "long_busy_list_alloc_test", false},
    {8, "random_size_alloc_test", false},
    {16, "fix_align_alloc_test", false},
    {32, "random_size_align_alloc_test", false},
    {64, "align_shift_alloc_test", true},
    {128, "pcpu_alloc_test", false},
    {256, "kvfree_rcu_1_arg_vmalloc_test", false},
    {512, "kvfree_rcu_2_arg_vmalloc_test", false},
    {1024, "vm_map_ram_test", false},
};

const struct vmalloc_test* test_at(size_t index) {
  return index < sizeof tests / sizeof *tests ? &tests[index] : NULL;
}

const struct vmalloc_test* find_test(const char* name) {
  for (size_t i = 0; test_at(i) != NULL; ++i) {
    if (strcmp(test_at(i)->name, name) == 0) return test_at(i);
  }
  return NULL;
}

unsigned all_tests(void) {
  unsigned mask = 0;
  for (size_t i = 0; test_at(i) != NULL; ++i) mask |= test_at(i)->id;
  return mask;
}

static uint64_t floor_log2_plus_1(uint64_t value) {
  uint64_t bits = 0;
  for (; value != 0; value >>= 1) ++bits;
  return bits;
}

static uint64_t bytes_of_test(unsigned id, size_t online_cpus, size_t possible_cpus,
                              uint64_t pages) {
  const uint64_t mib = UINT64_C(1) << 20;
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  // An area costs its descriptor, its vm_struct and the array of its pages: some 200 bytes.
  const uint64_t area = page + 256;
  switch (id) {
    case 2:  // pairs of pages, 32 MiB of each kind for each bit of the number of CPUs
      return floor_log2_plus_1(online_cpus) * 2 * (32 * mib / page) * area;
    case 4:  // 15000 held pages, and 100 more
      return 15100 * area;
    case 128:  // 35000 objects of up to a quarter of a page, half of that on average, aligned
      return 35000 * (page / 4) * possible_cpus;
    default:  // one area at a time, of 100 pages at most if it is not `pages`
      return (pages > 100 ? pages : 100) * area;
  }
}

uint64_t worker_bytes(unsigned mask, size_t online_cpus, size_t possible_cpus, uint64_t pages) {
  uint64_t most = 0;
  for (size_t i = 0; test_at(i) != NULL; ++i) {
    if ((mask & test_at(i)->id) == 0) continue;
    uint64_t bytes = bytes_of_test(test_at(i)->id, online_cpus, possible_cpus, pages);
    if (bytes > most) most = bytes;
  }
  return most;
}
