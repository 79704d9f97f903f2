// SPDX-License-Identifier: GPL-2.0-or-later
/// What test_vmalloc says in the kernel log: for each worker a summary of each test, then the
/// cycles that the worker took.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct test_summary {
  size_t worker;
  char name[64];
  uint64_t passed;  ///< repeats that did
  uint64_t failed;
  uint64_t repeat;
  uint64_t loops;
  uint64_t usec;  ///< of one repeat, on average
};

struct vmalloc_results {
  struct test_summary* summaries;
  size_t summary_count;
  uint64_t* cycles;  ///< of each worker
  size_t worker_count;
};

enum log_message { MESSAGE_FOREIGN, MESSAGE_SUMMARY, MESSAGE_WORKER, MESSAGE_BROKEN };

/// Takes one message of the kernel log into the results. MESSAGE_BROKEN is one that begins like
/// the module's and goes on differently, or a worker out of order. Exits with a reason without
/// memory.
enum log_message results_take(struct vmalloc_results* results, const char* message);

void results_free(struct vmalloc_results* results);

/// The mean over workers of the time of one repeat of a test, in microseconds; -1 if it did not
/// run.
double mean_usec(const struct vmalloc_results* results, const char* name);

/// How many repeats of a test failed, over all workers.
uint64_t failures(const struct vmalloc_results* results, const char* name);

/// In how many workers a test was run.
size_t workers_with(const struct vmalloc_results* results, const char* name);
