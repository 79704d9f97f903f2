// SPDX-License-Identifier: GPL-2.0-or-later
/// How long a small, bounded build with make and gcc takes. See README.md.
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "common/run_program.h"
#include "common/temporary_folder.h"
#include "kbuild-mini/source_tree.h"

struct options {
  struct tree_shape shape;
  uint64_t jobs;
  bool cold;
};

static const char usage[] =
    "usage: kbuild-mini [options]\n"
    "  --files=N      C files to compile (20)\n"
    "  --functions=N  functions in each (40)\n"
    "  --jobs=N       jobs of make; 0: as many as CPUs (0)\n"
    "  --cold         measure the first build; otherwise one is done before, for the page cache\n";

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {
      {"files", required_argument, NULL, 'f'}, {"functions", required_argument, NULL, 'u'},
      {"jobs", required_argument, NULL, 'j'},  {"cold", no_argument, NULL, 'c'},
      {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
  struct options options = {.shape = {.files = 20, .functions = 40}};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (letter) {
      case 'f':
        options.shape.files = count_option("--files", optarg, 1, 10000);
        break;
      case 'u':
        options.shape.functions = count_option("--functions", optarg, 1, 10000);
        break;
      case 'j':
        options.jobs = count_option("--jobs", optarg, 0, 4096);
        break;
      case 'c':
        options.cold = true;
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
  if (options.jobs == 0) options.jobs = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
  return options;
}

static struct program_end run(char* const arguments[], const char* what) {
  struct program_end end = run_program(arguments, print_line, NULL);
  if (end.status != 0) fail(STATUS_FAILED, "%s ends with status %d", what, end.status);
  return end;
}

static void require_compiler(void) {
  // make would name it too, but as a failed build.
  char* const compiler[] = {"gcc", "-dumpversion", NULL};
  char* const make[] = {"make", "--version", NULL};
  fputs("gcc ", stdout);
  run(compiler, "gcc");
  run(make, "make");
}

static struct program_end build(const struct options* options, const char* folder) {
  char jobs[24];
  snprintf(jobs, sizeof jobs, "-j%" PRIu64, options->jobs);
  char* const arguments[] = {"make", "-s", jobs, "-C", (char*)folder, "program", NULL};
  return run(arguments, "make");
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  require_compiler();
  const char* parent = getenv("TMPDIR");
  const char* folder = make_temporary_folder(parent != NULL ? parent : "/tmp", "kbuild-mini");
  write_source_tree(folder, &options.shape);
  if (!options.cold) {
    build(&options, folder);
    remove_built_files(folder, &options.shape);
  }
  struct program_end end = build(&options, folder);

  // A build that makes no program has measured nothing.
  char program[4200];
  snprintf(program, sizeof program, "%s/program", folder);
  char* const arguments[] = {program, NULL};
  run(arguments, "the built program");

  metric_real("elapsed_seconds", end.real_seconds);
  metric_real("user_seconds", end.user_seconds);
  metric_real("system_seconds", end.system_seconds);
  metric_real("cpu_percent", 100 * (end.user_seconds + end.system_seconds) / end.real_seconds);
  metric_count("context_switches", end.involuntary_switches);
  metric_count("sleeps", end.voluntary_switches);
  metric_count("minor_faults", end.minor_faults);
  metric_count("jobs", options.jobs);
  return 0;
}
