// SPDX-License-Identifier: GPL-2.0-or-later
#include "vmalloc/summary.h"

#include "common/check.h"

static void two_workers_with_two_tests(void) {
  static const char* const log[] = {
      "Summary: fix_size_alloc_test passed: 3 failed: 0 repeat: 3 loops: 1000000 avg: 901177 usec",
      "Summary: align_shift_alloc_test passed: 0 failed: 3 repeat: 3 loops: 1000000 avg: 2 usec",
      "All test took worker0=7198681002 cycles",
      "Summary: fix_size_alloc_test passed: 2 failed: 1 repeat: 3 loops: 1000000 avg: 901179 usec",
      "Summary: align_shift_alloc_test passed: 0 failed: 3 repeat: 3 loops: 1000000 avg: 3 usec",
      "All test took worker1=18446744073709551615 cycles",
  };
  struct vmalloc_results results = {0};
  for (size_t i = 0; i < sizeof log / sizeof *log; ++i) {
    CHECK(results_take(&results, log[i]) == (i % 3 == 2 ? MESSAGE_WORKER : MESSAGE_SUMMARY));
  }
  CHECK_COUNT(2, results.worker_count);
  CHECK_COUNT(4, results.summary_count);
  CHECK_COUNT(UINT64_C(7198681002), results.cycles[0]);
  CHECK_COUNT(UINT64_MAX, results.cycles[1]);
  CHECK_COUNT(1, results.summaries[2].worker);
  CHECK_COUNT(1000000, results.summaries[2].loops);
  CHECK_COUNT(2, results.summaries[2].passed);
  CHECK(mean_usec(&results, "fix_size_alloc_test") == 901178);
  CHECK(mean_usec(&results, "pcpu_alloc_test") < 0);
  CHECK_COUNT(1, failures(&results, "fix_size_alloc_test"));
  CHECK_COUNT(6, failures(&results, "align_shift_alloc_test"));
  CHECK_COUNT(2, workers_with(&results, "align_shift_alloc_test"));
  CHECK_COUNT(0, workers_with(&results, "fix_size"));
  results_free(&results);
}

static void other_messages_are_told_from_broken_ones(void) {
  struct vmalloc_results results = {0};
  CHECK(results_take(&results, "smp: Bringing up secondary CPUs ...") == MESSAGE_FOREIGN);
  CHECK(results_take(&results, "") == MESSAGE_FOREIGN);
  CHECK(results_take(&results, "Summary: a_test passed: 1 failed: 0 repeat: 1") == MESSAGE_BROKEN);
  CHECK(results_take(&results, "All test took worker0=12") == MESSAGE_BROKEN);
  CHECK(results_take(&results, "All test took worker1=12 cycles") == MESSAGE_BROKEN);
  CHECK_COUNT(0, results.summary_count);
  CHECK_COUNT(0, results.worker_count);
}

int main(void) {
  two_workers_with_two_tests();
  other_messages_are_told_from_broken_ones();
  return failed_checks != 0;
}
