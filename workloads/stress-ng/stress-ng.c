// SPDX-License-Identifier: GPL-2.0-or-later
/// Runs one stressor of the image's stress-ng and passes on what it prints. See README.md.
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/kernel_file.h"
#include "common/numbers.h"
#include "common/run_program.h"

struct options {
  const char* stressor;
  uint64_t instances;
  uint64_t seconds;
  uint64_t operations;
  const char* program;
};

// The workload's own folder is first in PATH and has this program under the same name.
static const char real_program[] = "/usr/bin/stress-ng";

static const char* const stressors[] = {"rmap", "fork", "mmapfork", "fault", "numa"};

static const char usage[] =
    "usage: stress-ng --stressor=NAME [options]\n"
    "  --stressor=rmap|fork|mmapfork|fault|numa\n"
    "  --instances=N   processes of it; 0: as many as CPUs (0)\n"
    "  --seconds=N     how long (10)\n"
    "  --operations=N  end after so many, if that is before the time is over; 0: do not (0)\n"
    "  --program=FILE  the real stress-ng (/usr/bin/stress-ng)\n";

static const char* stressor_option(const char* text) {
  for (size_t i = 0; i < sizeof stressors / sizeof *stressors; ++i) {
    if (strcmp(stressors[i], text) == 0) return stressors[i];
  }
  fail(STATUS_USAGE, "--stressor: '%s' is not one of rmap, fork, mmapfork, fault, numa", text);
}

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {{"stressor", required_argument, NULL, 's'},
                                        {"instances", required_argument, NULL, 'i'},
                                        {"seconds", required_argument, NULL, 't'},
                                        {"operations", required_argument, NULL, 'o'},
                                        {"program", required_argument, NULL, 'p'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options options = {.seconds = 10, .program = real_program};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (letter) {
      case 's':
        options.stressor = stressor_option(optarg);
        break;
      case 'i':
        options.instances = count_option("--instances", optarg, 0, 4096);
        break;
      case 't':
        options.seconds = count_option("--seconds", optarg, 1, 1000000);
        break;
      case 'o':
        options.operations = count_option("--operations", optarg, 0, INT64_MAX);
        break;
      case 'p':
        options.program = optarg;
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
  if (options.stressor == NULL) fail(STATUS_USAGE, "--stressor is missing");
  return options;
}

static void require_nodes(void) {
  char with_memory[256] = "";
  read_kernel_text("/sys/devices/system/node/has_memory", with_memory, sizeof with_memory);
  if (*with_memory == '\0') {
    fail(STATUS_ENVIRONMENT,
         "numa needs two nodes with memory, and this kernel has no NUMA (CONFIG_NUMA)");
  }
  // It runs on one node too, moving memory to where it is.
  if (strpbrk(with_memory, ",-") == NULL) {
    fail(STATUS_ENVIRONMENT, "numa needs two nodes with memory, and only node %s has some",
         with_memory);
  }
}

struct listener {
  const char* stressor;
  bool measured;  // the stressor's row of the table of metrics has been seen
};

static void take(void* context, const char* line) {
  struct listener* listener = context;
  char name[64];
  uint64_t operations;
  puts(line);
  if (sscanf(line, "stress-ng: metrc: [%*d] %63s %" SCNu64, name, &operations) == 2 &&
      strcmp(name, listener->stressor) == 0) {
    listener->measured = true;
  }
}

// stress-ng(1), EXIT STATUS.
static void judge(const struct program_end* end, const struct listener* listener) {
  switch (end->status) {
    case 0:
      if (listener->measured) return;
      fail(STATUS_ENVIRONMENT, "stress-ng left %s out; its reason is above", listener->stressor);
    case 1:
      fail(STATUS_FAILED, "stress-ng had wrong options or too few resources to begin with");
    case 2:
      fail(STATUS_FAILED, "the stressor %s failed", listener->stressor);
    case 3:
      fail(STATUS_ENVIRONMENT, "the stressor %s lacked resources", listener->stressor);
    case 4:
      fail(STATUS_ENVIRONMENT, "the stressor %s is not implemented here", listener->stressor);
    case 7:
      fail(STATUS_FAILED, "the metrics of %s are untrustworthy: it was ended in the middle",
           listener->stressor);
    default:
      fail(STATUS_FAILED, "stress-ng ended with status %d", end->status);
  }
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  if (strcmp(options.stressor, "numa") == 0) require_nodes();
  char stressor[64];
  char instances[24];
  char limit[64];
  char operations[24];
  char seconds[24];
  snprintf(stressor, sizeof stressor, "--%s", options.stressor);
  snprintf(instances, sizeof instances, "%" PRIu64, options.instances);
  snprintf(limit, sizeof limit, "--%s-ops", options.stressor);
  snprintf(operations, sizeof operations, "%" PRIu64, options.operations);
  snprintf(seconds, sizeof seconds, "%" PRIu64 "s", options.seconds);
  char* arguments[] = {
      (char*)options.program, stressor, instances, "--timeout", seconds, "--metrics",
      "--temp-path",          "/tmp",   NULL,      NULL,        NULL};
  if (options.operations != 0) {
    arguments[8] = limit;
    arguments[9] = operations;
  }
  struct listener listener = {.stressor = options.stressor};
  struct program_end end = run_program(arguments, take, &listener);
  judge(&end, &listener);
  return 0;
}
