// SPDX-License-Identifier: GPL-2.0-or-later
/// Faults, breaks and mappings a second by many tasks at once: the memory cases of will-it-scale.
/// See README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/limits.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "page-fault/cases.h"
#include "page-fault/placement.h"
#include "page-fault/tasks.h"

struct options {
  const struct test_case* test_case;
  enum task_form form;
  size_t tasks;
  size_t bytes;  // 0: the case's own
  uint64_t warmup;
  uint64_t iterations;
  bool bind;
  bool threads_first;
  bool verbose;
};

static void print_usage(FILE* out) {
  fputs(
      "usage: page-fault --test=NAME [options]\n"
      "  --form=processes|threads  what a task is (processes)\n"
      "  -t N           tasks (1)\n"
      "  -s N           measured intervals of a second (10)\n"
      "  --warmup=N     intervals before them (6)\n"
      "  --size=SIZE    bytes of a mapping, a block or a step of the break (the test's own)\n"
      "  -m             bind tasks to all hardware threads of a core before the next core\n"
      "  -n             do not bind tasks; otherwise each gets a core, as far as they go\n"
      "  -v             say more\n"
      "tests:\n",
      out);
  for (size_t i = 0; case_at(i) != NULL; ++i) {
    const struct test_case* test_case = case_at(i);
    fprintf(out, "  %-12s %s (%zu KiB)\n", test_case->name, test_case->what,
            test_case->default_bytes / 1024);
  }
}

static enum task_form form_option(const char* text) {
  if (strcmp(text, "processes") == 0) return TASKS_ARE_PROCESSES;
  if (strcmp(text, "threads") == 0) return TASKS_ARE_THREADS;
  fail(STATUS_USAGE, "--form: '%s' is neither 'processes' nor 'threads'", text);
}

static const struct test_case* case_option(const char* text) {
  const struct test_case* test_case = find_case(text);
  if (test_case == NULL) {
    fail(STATUS_USAGE, "--test: there is no test '%s'; --help lists them", text);
  }
  return test_case;
}

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {
      {"test", required_argument, NULL, 'c'},   {"form", required_argument, NULL, 'f'},
      {"warmup", required_argument, NULL, 'w'}, {"size", required_argument, NULL, 'z'},
      {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
  struct options options = {.tasks = 1, .warmup = 6, .iterations = 10, .bind = true};
  int letter;
  while ((letter = getopt_long(argc, argv, "t:s:mnv", known, NULL)) != -1) {
    switch (letter) {
      case 'c':
        options.test_case = case_option(optarg);
        break;
      case 'f':
        options.form = form_option(optarg);
        break;
      case 't':
        options.tasks = count_option("-t", optarg, 1, 65536);
        break;
      case 's':
        options.iterations = count_option("-s", optarg, 1, 1000000);
        break;
      case 'w':
        options.warmup = count_option("--warmup", optarg, 0, 1000000);
        break;
      case 'z':
        options.bytes = size_option("--size", optarg, 0, UINT64_C(1) << 40);
        break;
      case 'm':
        options.threads_first = true;
        break;
      case 'n':
        options.bind = false;
        break;
      case 'v':
        options.verbose = true;
        break;
      case 'h':
        print_usage(stdout);
        exit(0);
      default:
        print_usage(stderr);
        exit(STATUS_USAGE);
    }
  }
  if (optind != argc) fail(STATUS_USAGE, "unexpected argument '%s'", argv[optind]);
  if (options.test_case == NULL) fail(STATUS_USAGE, "--test is missing; --help lists the tests");
  if (options.threads_first && !options.bind) {
    fail(STATUS_USAGE, "-m (bind to hardware threads) and -n (do not bind) exclude each other");
  }
  if (options.bytes == 0) options.bytes = options.test_case->default_bytes;
  return options;
}

static void require_room(const struct options* options) {
  // A task's stack, page tables and, for a process, the rest of it.
  const uint64_t task_bytes = 128 * 1024;
  uint64_t each = options->test_case->resident_copies * options->bytes + task_bytes;
  require_memory(options->tasks * each, "%zu tasks of %s with %zu MiB each", options->tasks,
                 options->test_case->name, options->bytes >> 20);
  require_processes(options->tasks);
}

static void sleep_until(uint64_t deadline_ns) {
  struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
                              .tv_nsec = (long)(deadline_ns % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR) {
  }
}

struct sampler {
  struct tasks* tasks;
  size_t count;
  uint64_t* before;  // each task's operations at the last sample
  uint64_t time_ns;  // of the last sample
};

// Waits for the end of the second and prints what the tasks did in it.
static uint64_t sample(struct sampler* sampler, bool verbose) {
  sleep_until(sampler->time_ns + UINT64_C(1000000000));
  uint64_t least = UINT64_MAX;
  uint64_t most = 0;
  uint64_t total = 0;
  for (size_t i = 0; i < sampler->count; ++i) {
    uint64_t now = tasks_operations(sampler->tasks, i);
    uint64_t done = now - sampler->before[i];
    sampler->before[i] = now;
    if (done < least) least = done;
    if (done > most) most = done;
    total += done;
    if (verbose) printf("task %zu: %" PRIu64 "\n", i, done);
  }
  sampler->time_ns = now_ns();
  printf("min:%" PRIu64 " max:%" PRIu64 " total:%" PRIu64 "\n", least, most, total);
  return total;
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  require_room(&options);
  unsigned* cpus = calloc(PLACEMENT_CPUS_MAX, sizeof *cpus);
  struct sampler sampler = {.count = options.tasks,
                            .before = calloc(options.tasks, sizeof(uint64_t))};
  if (cpus == NULL || sampler.before == NULL) fail(STATUS_FAILED, "no memory for the samples");
  struct task_plan plan = {
      .test_case = options.test_case,
      .form = options.form,
      .count = options.tasks,
      .bytes = options.bytes,
      .cpus = options.bind ? cpus : NULL,
      .cpu_count = allowed_cpus(cpus, PLACEMENT_CPUS_MAX),
  };
  order_cpus(CPU_DIRECTORY, cpus, plan.cpu_count, options.threads_first);

  printf("testcase:%s\n", options.test_case->name);
  sampler.tasks = tasks_start(&plan);
  sampler.time_ns = now_ns();
  puts("warmup");
  for (uint64_t i = 0; i < options.warmup; ++i) sample(&sampler, options.verbose);
  puts("measurement");
  uint64_t measured = 0;
  uint64_t start = sampler.time_ns;
  for (uint64_t i = 0; i < options.iterations; ++i) measured += sample(&sampler, options.verbose);
  double seconds = seconds_between(start, sampler.time_ns);
  printf("average:%" PRIu64 "\n", measured / options.iterations);

  struct task_totals totals = tasks_stop(sampler.tasks);
  metric_real("operations_per_second", (double)measured / seconds);
  metric_count("operations", totals.operations);
  metric_count("faults", totals.faults);
  metric_real("faults_per_operation", (double)totals.faults / (double)totals.operations);
  metric_count("tasks", options.tasks);
  free(sampler.before);
  free(cpus);
  return 0;
}
