// SPDX-License-Identifier: GPL-2.0-or-later
#include "vmalloc/summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"

static void* grow(void* array, size_t count, size_t size) {
  // A power of two at a time.
  if ((count & (count - 1)) != 0) return array;
  void* grown = realloc(array, (count == 0 ? 1 : 2 * count) * size);
  if (grown == NULL) fail(STATUS_FAILED, "no memory for %zu results", count);
  return grown;
}

static bool begins(const char* text, const char* with) {
  return strncmp(text, with, strlen(with)) == 0;
}

static enum log_message take_summary(struct vmalloc_results* results, const char* message) {
  struct test_summary summary = {.worker = results->worker_count};
  int end = 0;
  int found = sscanf(message,
                     "Summary: %63s passed: %" SCNu64 " failed: %" SCNu64 " repeat: %" SCNu64
                     " loops: %" SCNu64 " avg: %" SCNu64 " usec%n",
                     summary.name, &summary.passed, &summary.failed, &summary.repeat,
                     &summary.loops, &summary.usec, &end);
  if (found != 6 || end == 0) return MESSAGE_BROKEN;
  results->summaries = grow(results->summaries, results->summary_count, sizeof *results->summaries);
  results->summaries[results->summary_count++] = summary;
  return MESSAGE_SUMMARY;
}

static enum log_message take_worker(struct vmalloc_results* results, const char* message) {
  size_t worker;
  uint64_t cycles;
  int end = 0;
  int found =
      sscanf(message, "All test took worker%zu=%" SCNu64 " cycles%n", &worker, &cycles, &end);
  if (found != 2 || end == 0 || worker != results->worker_count) return MESSAGE_BROKEN;
  results->cycles = grow(results->cycles, results->worker_count, sizeof *results->cycles);
  results->cycles[results->worker_count++] = cycles;
  return MESSAGE_WORKER;
}

enum log_message results_take(struct vmalloc_results* results, const char* message) {
  if (begins(message, "Summary: ")) return take_summary(results, message);
  if (begins(message, "All test took worker")) return take_worker(results, message);
  return MESSAGE_FOREIGN;
}

void results_free(struct vmalloc_results* results) {
  free(results->summaries);
  free(results->cycles);
  memset(results, 0, sizeof *results);
}

double mean_usec(const struct vmalloc_results* results, const char* name) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < results->summary_count; ++i) {
    if (strcmp(results->summaries[i].name, name) != 0) continue;
    sum += (double)results->summaries[i].usec;
    ++count;
  }
  return count == 0 ? -1 : sum / (double)count;
}

uint64_t failures(const struct vmalloc_results* results, const char* name) {
  uint64_t sum = 0;
  for (size_t i = 0; i < results->summary_count; ++i) {
    if (strcmp(results->summaries[i].name, name) == 0) sum += results->summaries[i].failed;
  }
  return sum;
}

size_t workers_with(const struct vmalloc_results* results, const char* name) {
  size_t count = 0;
  for (size_t i = 0; i < results->summary_count; ++i) {
    count += strcmp(results->summaries[i].name, name) == 0;
  }
  return count;
}
