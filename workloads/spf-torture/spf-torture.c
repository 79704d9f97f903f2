// SPDX-License-Identifier: GPL-2.0-or-later
/// Page faults of many threads against everything that changes mappings, with a check of every
/// page's content. See README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "common/zram_swap.h"
#include "spf-torture/counts.h"
#include "spf-torture/disturbers.h"
#include "spf-torture/faulter.h"
#include "spf-torture/guarded.h"
#include "spf-torture/tally.h"
#include "spf-torture/victims.h"

struct options {
  uint64_t seconds;
  size_t threads;
  uint64_t seed;
  uint64_t oom_bytes;
  uint64_t swap_bytes;
  bool check_leaks;
  bool victims;
};

enum { MOST_THREADS = 256 };

static const char usage[] =
    "usage: spf-torture [--seconds=N] [--threads=N] [--seed=N] [--oom=BYTES] [--swap=BYTES]\n"
    "                   [--leaks] [--plots=NAME,...]\n"
    "  --seconds=N    how long (10)\n"
    "  --threads=N    threads that fault (4)\n"
    "  --seed=N       of every choice (1)\n"
    "  --oom=BYTES    let the OOM killer end processes in a control group of this size (0: not)\n"
    "  --swap=BYTES   swap in compressed memory, so that pages go out and come back (0: none)\n"
    "  --plots=NAMES  which plots, and victims; all, or some of mprotect, split, mremap-table,\n"
    "                 mremap-tables, mremap-entries, mlock, reclaim, fork, wipe-on-fork, "
    "dontneed,\n"
    "                 free, munmap, collapse, userfaultfd, victims (all)\n"
    "  --leaks        nothing else runs here: page counts must return to what they were\n";

static void choose_plots(struct options* options, char* names) {
  if (strcmp(names, "all") == 0) {
    disturbers_choose_all();
    options->victims = true;
    return;
  }
  char* rest_of_names = names;
  for (char* name; (name = strsep(&rest_of_names, ",")) != NULL;) {
    if (strcmp(name, "victims") == 0) {
      options->victims = true;
    } else if (!disturbers_choose(name)) {
      fail(STATUS_USAGE, "--plots: there is no plot '%s'", name);
    }
  }
  if (disturber_count() == 0) fail(STATUS_USAGE, "--plots: victims alone are no torture");
}

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {{"seconds", required_argument, NULL, 's'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"seed", required_argument, NULL, 'r'},
                                        {"oom", required_argument, NULL, 'o'},
                                        {"swap", required_argument, NULL, 'z'},
                                        {"leaks", no_argument, NULL, 'l'},
                                        {"plots", required_argument, NULL, 'p'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options options = {.seconds = 10, .threads = 4, .seed = 1};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (letter) {
      case 's':
        options.seconds = count_option("--seconds", optarg, 1, 1000000);
        break;
      case 't':
        options.threads = count_option("--threads", optarg, 1, MOST_THREADS);
        break;
      case 'r':
        options.seed = count_option("--seed", optarg, 0, INT64_MAX);
        break;
      case 'o':
        options.oom_bytes = size_option("--oom", optarg, 0, UINT64_C(1) << 40);
        break;
      case 'z':
        options.swap_bytes = size_option("--swap", optarg, 0, UINT64_C(1) << 40);
        break;
      case 'p':
        choose_plots(&options, optarg);
        break;
      case 'l':
        options.check_leaks = true;
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
  if (disturber_count() == 0) {
    disturbers_choose_all();
    options.victims = true;
  }
  if (options.oom_bytes != 0 && options.oom_bytes < (4u << 20)) {
    fail(STATUS_USAGE, "--oom: a group needs at least 4M");
  }
  if (options.swap_bytes != 0 && options.swap_bytes < (1u << 20)) {
    fail(STATUS_USAGE, "--swap: at least 1M, or 0 for none");
  }
  return options;
}

// The process that has all the threads, so that nothing of theirs is left when it has ended.
static _Noreturn void torture(const struct options* options) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  size_t count = disturber_count();
  struct plot* plots = calloc(count, sizeof *plots);
  static struct faulter faulters[MOST_THREADS];
  if (plots == NULL) fail(STATUS_FAILED, "no memory for %zu plots", count);
  disturbers_map(plots);
  pid_t victims = options->victims ? victims_start(options->seed + 1000, options->oom_bytes) : 0;
  guard_accesses();
  for (size_t i = 0; i < options->threads; ++i) {
    faulters[i] = (struct faulter){.plots = plots,
                                   .plot_count = count,
                                   .number = i,
                                   .of = options->threads,
                                   .chance = options->seed + 2000 + i};
    int error = pthread_create(&faulters[i].thread, NULL, faulter_run, &faulters[i]);
    if (error != 0) fail_errno(STATUS_FAILED, error, "starting a thread");
  }
  disturbers_start(plots, options->seed);

  uint64_t end = now_ns() + options->seconds * 1000000000u;
  uint64_t chance = options->seed + 3000;
  for (size_t focus = 0; now_ns() < end; focus = next_chance(&chance) % count) {
    atomic_store(&plots[focus].focus, true);
    usleep(50000);
    atomic_store(&plots[focus].focus, false);
  }
  atomic_store(&tally->stop, true);

  disturbers_join();
  for (size_t i = 0; i < options->threads; ++i) pthread_join(faulters[i].thread, NULL);
  int status = 0;
  while (victims != 0 && waitpid(victims, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) violation("the process that makes victims ended with status %#x", status);
  free(plots);
  exit(0);
}

static uint64_t growth(uint64_t before, uint64_t after) {
  return after > before ? after - before : 0;
}

// Freed pages and tables come back after a grace period, so this waits a while for them.
static void expect_no_leak(const struct page_counts* before, struct page_counts* after) {
  enum { SLACK = 64, TRIES = 100 };
  for (int i = 0; i < TRIES; ++i) {
    *after = read_page_counts();
    if (growth(before->anonymous, after->anonymous) <= SLACK &&
        growth(before->page_tables, after->page_tables) <= SLACK) {
      return;
    }
    usleep(100000);
  }
  violation("%" PRIu64 " anonymous pages and %" PRIu64 " page tables are left",
            growth(before->anonymous, after->anonymous),
            growth(before->page_tables, after->page_tables));
}

static void report(const struct page_counts* before, const struct page_counts* after) {
  struct rusage used;
  getrusage(RUSAGE_CHILDREN, &used);
  metric_count("violations", tally->violations);
  metric_count("writes", tally->writes);
  metric_count("reads", tally->reads);
  metric_count("refused", tally->refused);
  metric_count("operations", tally->operations);
  metric_count("unable", tally->unable);
  metric_count("forks", tally->forks);
  metric_count("execs", tally->execs);
  metric_count("exits", tally->exits);
  metric_count("oom_kills", tally->oom_kills);
  metric_count("served", tally->served);
  metric_count("faults", (uint64_t)used.ru_minflt);
  metric_count("anon_pages_left", growth(before->anonymous, after->anonymous));
  metric_count("page_tables_left", growth(before->page_tables, after->page_tables));
  if (after->speculates) {
    metric_count("spf_attempts", after->spf_attempt - before->spf_attempt);
    metric_count("spf_successes", after->spf_success - before->spf_success);
  }
}

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], victims_exec_argument) == 0) return victims_exec_target();
  struct options options = parse_options(argc, argv);
  tally_create();
  if (options.oom_bytes != 0) victims_make_group(options.oom_bytes);
  if (options.swap_bytes != 0) {
    start_zram_swap(ZRAM_DIRECTORY, ZRAM_DEVICE, options.swap_bytes);
  }

  struct page_counts before = read_page_counts();
  pid_t pid = fork();
  if (pid < 0) fail_errno(STATUS_FAILED, errno, "forking");
  if (pid == 0) {
    torture(&options);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return WEXITSTATUS(status);
  if (status != 0) violation("the torture ended with status %#x", status);
  struct page_counts after = read_page_counts();
  if (options.check_leaks) expect_no_leak(&before, &after);
  report(&before, &after);
  return tally->violations == 0 ? 0 : STATUS_FAILED;
}
