// SPDX-License-Identifier: GPL-2.0-or-later
/// Runs the kernel's own test of its vmalloc allocator and takes the figures out of the kernel log.
/// See README.md.
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/limits.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "vmalloc/kernel_log.h"
#include "vmalloc/module.h"
#include "vmalloc/summary.h"
#include "vmalloc/test_list.h"

// 0 everywhere: the module's own default.
struct options {
  unsigned mask;
  uint64_t threads;
  uint64_t loops;
  uint64_t repeat;
  uint64_t pages;
  bool sequential;
  bool huge;
  const char* module;
};

static const char usage[] =
    "usage: vmalloc [--preset=NAME] [options]\n"
    "  --preset=none|performance|smoke|stress\n"
    "                 parameters of that mode of the kernel's test_vmalloc.sh (none)\n"
    "  --mask=M       tests to run, the sum of their ids, 1 to 2047; 0 is all of them (0)\n"
    "  --threads=N    workers (1)\n"
    "  --loops=N      rounds of a test (1000000)\n"
    "  --repeat=N     runs of each test (1)\n"
    "  --pages=N      pages of an allocation of fix_size_alloc_test and vm_map_ram_test (1)\n"
    "  --sequential   every worker runs the tests in the order of their ids, not shuffled\n"
    "  --huge         fix_size_alloc_test asks for huge pages\n"
    "  --module=FILE  test_vmalloc.ko, if it is not where it usually is\n"
    "0 leaves a number to the preset, and to the module if that says nothing.\n";

static struct options preset(const char* name) {
  struct options options = {0};
  if (strcmp(name, "none") == 0) {
  } else if (strcmp(name, "performance") == 0) {
    options.sequential = true;
    options.repeat = 3;
  } else if (strcmp(name, "smoke") == 0) {
    options.loops = 10000;
    options.repeat = 10;
  } else if (strcmp(name, "stress") == 0) {
    options.threads = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
    options.repeat = 20;
  } else {
    fail(STATUS_USAGE, "--preset: '%s' is not one of none, performance, smoke, stress", name);
  }
  return options;
}

static void override(uint64_t* value, const char* name, const char* text, uint64_t max) {
  uint64_t given = count_option(name, text, 0, max);
  if (given != 0) *value = given;
}

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {{"preset", required_argument, NULL, 's'},
                                        {"mask", required_argument, NULL, 'm'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"loops", required_argument, NULL, 'l'},
                                        {"repeat", required_argument, NULL, 'r'},
                                        {"pages", required_argument, NULL, 'p'},
                                        {"sequential", no_argument, NULL, 'q'},
                                        {"huge", no_argument, NULL, 'u'},
                                        {"module", required_argument, NULL, 'f'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options options = {0};
  int letter;
  // The preset first, wherever it stands: the other options change it.
  opterr = 0;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    if (letter == 's') options = preset(optarg);
  }
  opterr = 1;
  optind = 1;
  uint64_t mask = 0;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (letter) {
      case 's':
        break;
      case 'm':
        mask = count_option("--mask", optarg, 0, all_tests());
        break;
      case 't':
        override(&options.threads, "--threads", optarg, 65535);
        break;
      case 'l':
        override(&options.loops, "--loops", optarg, INT32_MAX);
        break;
      case 'r':
        override(&options.repeat, "--repeat", optarg, INT32_MAX);
        break;
      case 'p':
        override(&options.pages, "--pages", optarg, INT32_MAX);
        break;
      case 'q':
        options.sequential = true;
        break;
      case 'u':
        options.huge = true;
        break;
      case 'f':
        options.module = optarg;
        break;
      case 'h':
        fputs(usage, stdout);
        exit(0);
      default:
        fputs(usage, stderr);
        exit(STATUS_USAGE);
    }
  }
  if (optind != argc) fail(STATUS_USAGE, "unexpected argument '%s'", argv[optind]);
  options.mask = (unsigned)mask;
  return options;
}

static void require_room(const struct options* options) {
  uint64_t threads = options->threads == 0 ? 1 : options->threads;
  unsigned mask = options->mask == 0 ? all_tests() : options->mask;
  size_t online = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
  size_t possible = (size_t)sysconf(_SC_NPROCESSORS_CONF);
  uint64_t each = worker_bytes(mask, online, possible, options->pages);
  if (each > UINT64_MAX / threads) fail(STATUS_ENVIRONMENT, "no machine has that much memory");
  require_memory(threads * each, "%" PRIu64 " workers with tests of mask %u, %" PRIu64 " MiB each",
                 threads, mask, each >> 20);
}

static void add_parameter(char* parameters, size_t size, const char* name, uint64_t value) {
  if (value == 0) return;
  size_t length = strlen(parameters);
  snprintf(parameters + length, size - length, "%s%s=%" PRIu64, length == 0 ? "" : " ", name,
           value);
}

static void take_log(struct vmalloc_results* results, char* log) {
  char* rest = log;
  for (char* line; (line = strsep(&rest, "\n")) != NULL;) {
    // The kernel ignores a parameter that the module lacks: the tests would not be those wanted.
    if (strstr(line, "test_vmalloc: unknown parameter") != NULL) {
      fail(STATUS_ENVIRONMENT, "this kernel's test_vmalloc is an older one: %s", line);
    }
    switch (results_take(results, line)) {
      case MESSAGE_SUMMARY:
      case MESSAGE_WORKER:
        puts(line);
        break;
      case MESSAGE_BROKEN:
        fail(STATUS_FAILED, "a message of test_vmalloc makes no sense: %s", line);
      case MESSAGE_FOREIGN:
        break;
    }
  }
}

static void check_complete(const struct vmalloc_results* results, const struct options* options,
                           bool lost) {
  uint64_t threads = options->threads == 0 ? 1 : options->threads;
  if (results->worker_count != threads) {
    fail(STATUS_FAILED, "%zu of %" PRIu64 " workers are in the kernel log%s", results->worker_count,
         threads, lost ? ", which was overwritten meanwhile: boot with a larger log_buf_len" : "");
  }
  for (size_t i = 0; test_at(i) != NULL; ++i) {
    const struct vmalloc_test* test = test_at(i);
    size_t seen = workers_with(results, test->name);
    if ((options->mask & test->id) != 0 && seen == 0) {
      fail(STATUS_ENVIRONMENT, "this kernel's test_vmalloc has no %s (id %u)", test->name,
           test->id);
    }
    if (seen != 0 && seen != threads) {
      fail(STATUS_FAILED, "%zu of %" PRIu64 " workers gave a summary of %s", seen, threads,
           test->name);
    }
  }
}

// Returns how many repeats failed that should not have.
static uint64_t report_failures(const struct vmalloc_results* results) {
  uint64_t count = 0;
  for (size_t i = 0; i < results->summary_count; ++i) {
    const struct test_summary* summary = &results->summaries[i];
    const struct vmalloc_test* test = find_test(summary->name);
    if (summary->failed == 0 || (test != NULL && test->meant_to_fail)) continue;
    fprintf(stderr, "worker %zu: %s failed in %" PRIu64 " of %" PRIu64 " repeats\n",
            summary->worker, summary->name, summary->failed, summary->repeat);
    count += summary->failed;
  }
  return count;
}

static void report(const struct vmalloc_results* results, double seconds) {
  uint64_t most = 0;
  double sum = 0;
  for (size_t i = 0; i < results->worker_count; ++i) {
    if (results->cycles[i] > most) most = results->cycles[i];
    sum += (double)results->cycles[i];
  }
  metric_real("total_seconds", seconds);
  metric_count("workers", results->worker_count);
  metric_count("worker_cycles_max", most);
  metric_real("worker_cycles_mean", sum / (double)results->worker_count);
  for (size_t i = 0; test_at(i) != NULL; ++i) {
    double usec = mean_usec(results, test_at(i)->name);
    if (usec < 0) continue;
    char name[80];
    snprintf(name, sizeof name, "%s_usec", test_at(i)->name);
    metric_real(name, usec);
  }
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  require_room(&options);
  const char* module = find_module(options.module);
  char parameters[256] = "";
  add_parameter(parameters, sizeof parameters, "run_test_mask", options.mask);
  add_parameter(parameters, sizeof parameters, "nr_threads", options.threads);
  add_parameter(parameters, sizeof parameters, "test_loop_count", options.loops);
  add_parameter(parameters, sizeof parameters, "test_repeat_count", options.repeat);
  add_parameter(parameters, sizeof parameters, "nr_pages", options.pages);
  add_parameter(parameters, sizeof parameters, "sequential_test_order", options.sequential);
  add_parameter(parameters, sizeof parameters, "use_huge", options.huge);

  struct kernel_log* log = kernel_log_follow();
  double seconds = run_module(module, parameters);
  bool lost;
  char* text = kernel_log_finish(log, &lost);
  printf("test_vmalloc %s\n", parameters);
  struct vmalloc_results results = {0};
  take_log(&results, text);
  free(text);
  check_complete(&results, &options, lost);
  uint64_t failed = report_failures(&results);
  if (failed != 0) fail(STATUS_FAILED, "%" PRIu64 " repeats of tests failed", failed);
  report(&results, seconds);
  results_free(&results);
  return 0;
}
