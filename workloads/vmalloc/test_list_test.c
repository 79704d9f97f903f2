// SPDX-License-Identifier: GPL-2.0-or-later
#include "vmalloc/test_list.h"

#include "common/check.h"

int main(void) {
  CHECK_COUNT(2047, all_tests());
  CHECK_COUNT(4, find_test("long_busy_list_alloc_test")->id);
  CHECK(find_test("align_shift_alloc_test")->meant_to_fail);
  CHECK(!find_test("fix_size_alloc_test")->meant_to_fail);
  CHECK(find_test("fix_size") == NULL);

  const uint64_t mib = UINT64_C(1) << 20;
  // 64 MiB of pages for each bit of the number of CPUs, and what their areas cost.
  uint64_t two_cpus = worker_bytes(2, 2, 2, 0);
  CHECK(two_cpus >= 128 * mib && two_cpus < 140 * mib);
  uint64_t sixty_four = worker_bytes(7, 64, 64, 0);
  CHECK(sixty_four >= 448 * mib && sixty_four < 480 * mib);
  uint64_t busy_list = worker_bytes(4, 2, 2, 0);
  CHECK(busy_list >= 59 * mib && busy_list < 64 * mib);
  // The largest of the tests counts, and huge allocations count by their pages.
  CHECK_COUNT(two_cpus, worker_bytes(1 | 2 | 4, 2, 2, 0));
  CHECK(worker_bytes(1, 2, 2, 262144) > 1024 * mib);
  CHECK(worker_bytes(128, 2, 16, 0) == 8 * worker_bytes(128, 2, 2, 0));
  return failed_checks != 0;
}
