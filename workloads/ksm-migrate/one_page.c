// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "ksm-migrate/one_page.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/kernel_file.h"

// linux/mempolicy.h, not needed for more than this.
enum { MOVE_ALL_MAPPINGS = 1 << 2 };

static uint64_t merged_pages_of_this_process(const struct ksm_control* control) {
  (void)control;
  uint64_t merged;
  int result = read_kernel_count("/proc/self/ksm_merging_pages", &merged);
  if (result < 0) {
    fail_errno(STATUS_ENVIRONMENT, -result,
               "/proc/self/ksm_merging_pages (needs CONFIG_KSM and Linux 5.19)");
  }
  return merged;
}

// A page over the sharing limit waits for another such page to begin the next KSM page with, so one
// may stay alone for ever. When all others are merged and five whole scans have not taken it, it
// does.
void wait_until_merged(const struct ksm_control* control, merged_pages_of* merged_pages,
                       uint64_t filled, uint64_t patience) {
  const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};
  // A scan of few pages takes microseconds, so scans alone do not prove a standstill.
  const double patience_seconds = 5;
  uint64_t best = merged_pages(control);
  uint64_t scans_at_best = ksm_read(control, "full_scans");
  uint64_t time_of_best = now_ns();
  while (best < filled) {
    nanosleep(&pause, NULL);
    uint64_t merged = merged_pages(control);
    uint64_t scans = ksm_read(control, "full_scans");
    if (merged > best) {
      best = merged;
      scans_at_best = scans;
      time_of_best = now_ns();
      continue;
    }
    uint64_t idle_scans = scans - scans_at_best;
    if (best + 1 == filled && idle_scans > 5) return;
    if (idle_scans > patience && seconds_between(time_of_best, now_ns()) > patience_seconds) {
      fail(STATUS_FAILED, "KSM merged %llu of %llu pages, and none in the last %llu full scans",
           (unsigned long long)best, (unsigned long long)filled, (unsigned long long)idle_scans);
    }
  }
}

static unsigned char* map_small_pages(size_t bytes) {
  void* memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "mapping %zu bytes", bytes);
  // EINVAL: a kernel without huge pages, which has none to avoid.
  if (madvise(memory, bytes, MADV_NOHUGEPAGE) != 0 && errno != EINVAL) {
    fail_errno(STATUS_FAILED, errno, "madvise(MADV_NOHUGEPAGE)");
  }
  return memory;
}

struct merged_memory merge_pages(const struct ksm_control* control, size_t pages, size_t batch,
                                 uint64_t patience) {
  struct merged_memory merged = {.pages = pages, .page_size = (size_t)sysconf(_SC_PAGESIZE)};
  merged.memory = map_small_pages(pages * merged.page_size);
  if (madvise(merged.memory, pages * merged.page_size, MADV_MERGEABLE) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "madvise(MADV_MERGEABLE) (needs CONFIG_KSM)");
  }
  uint64_t start = now_ns();
  ksm_run(control, 1);
  for (size_t filled = 0; filled < pages;) {
    size_t now = pages - filled < batch ? pages - filled : batch;
    // Not zero, lest use_zero_pages should map the zero page.
    memset(merged.memory + filled * merged.page_size, 0xff, now * merged.page_size);
    filled += now;
    wait_until_merged(control, merged_pages_of_this_process, filled, patience);
  }
  merged.merge_seconds = seconds_between(start, now_ns());
  ksm_run(control, 0);
  return merged;
}

void* map_private_page(void) {
  unsigned char* page = map_small_pages((size_t)sysconf(_SC_PAGESIZE));
  *page = 1;
  return page;
}

void* map_mergeable_page(void) {
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char* page = map_small_pages(page_size);
  if (madvise(page, page_size, MADV_MERGEABLE) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "madvise(MADV_MERGEABLE) (needs CONFIG_KSM)");
  }
  memset(page, 0xff, page_size);
  return page;
}

int node_of_page(void* address) {
  int status = -ENOENT;
  if (syscall(SYS_move_pages, 0, 1UL, &address, NULL, &status, 0) != 0) return -errno;
  return status;
}

int move_page(void* address, int node, double* seconds) {
  int status = -ENOENT;
  uint64_t start = now_ns();
  long result = syscall(SYS_move_pages, 0, 1UL, &address, &node, &status, MOVE_ALL_MAPPINGS);
  *seconds = seconds_between(start, now_ns());
  if (result < 0) return -errno;
  // A positive result is a count of pages that did not move, and leaves `status` unwritten.
  if (result > 0) return -EBUSY;
  if (status < 0) return status;
  return status == node ? 0 : -EBUSY;
}

int migrate_self(void* page, const unsigned nodes[2], int node, double* seconds) {
  enum { LONGS = 16, BITS = 8 * sizeof(unsigned long) };
  unsigned long from[LONGS] = {0};
  unsigned long to[LONGS] = {0};
  for (int i = 0; i < 2; ++i) from[nodes[i] / BITS] |= 1UL << nodes[i] % BITS;
  to[(unsigned)node / BITS] |= 1UL << (unsigned)node % BITS;
  uint64_t start = now_ns();
  // The kernel reads one bit less than it is told.
  long left = syscall(SYS_migrate_pages, 0, LONGS * BITS + 1UL, from, to);
  *seconds = seconds_between(start, now_ns());
  if (left < 0) return -errno;
  // Pages of the program itself may stay behind; the one that matters must not.
  int now = node_of_page(page);
  if (now < 0) return now;
  return now == node ? 0 : -EBUSY;
}
