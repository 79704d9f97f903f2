// SPDX-License-Identifier: GPL-2.0-or-later
// Does to memory everything that a process can, from several processes with several threads, and
// verifies after each change that it still holds what was written. The README has the reasons.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/kernel_file.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "mm-stress/area.h"
#include "mm-stress/zram_swap.h"

enum { MAX_WORKERS = 256, MAX_THREADS = 64, MAX_NODES = 64 };

struct options {
  uint64_t workers, threads, chunks, operations, depth, seed, swap;
};

static const char usage[] =
    "usage: mm-stress [--workers=N] [--threads=N] [--chunks=N] [--operations=N] [--depth=N]\n"
    "                 [--seed=N] [--swap=SIZE]\n";

static struct options read_options(int count, char** words) {
  struct options options = {2, 2, 16, 2000, 2, 1, 0};
  static const struct option names[] = {{"workers", required_argument, NULL, 'w'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"chunks", required_argument, NULL, 'c'},
                                        {"operations", required_argument, NULL, 'o'},
                                        {"depth", required_argument, NULL, 'd'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"swap", required_argument, NULL, 'z'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  int name;
  while ((name = getopt_long(count, words, "", names, NULL)) != -1) {
    switch (name) {
      case 'w':
        options.workers = count_option("--workers", optarg, 1, MAX_WORKERS);
        break;
      case 't':
        options.threads = count_option("--threads", optarg, 1, MAX_THREADS);
        break;
      case 'c':
        options.chunks = count_option("--chunks", optarg, 1, 4096);
        break;
      case 'o':
        options.operations = count_option("--operations", optarg, 1, UINT64_C(1) << 40);
        break;
      case 'd':
        options.depth = count_option("--depth", optarg, 0, 3);
        break;
      case 's':
        options.seed = count_option("--seed", optarg, 0, UINT64_MAX);
        break;
      case 'z':
        options.swap = size_option("--swap", optarg, 0, UINT64_C(1) << 40);
        break;
      case 'h':
        fputs(usage, stdout);
        exit(0);
      default:
        fputs(usage, stderr);
        exit(STATUS_USAGE);
    }
  }
  if (optind < count) fail(STATUS_USAGE, "unexpected argument '%s'", words[optind]);
  if (options.swap != 0 && options.swap < UINT64_C(1) << 20)
    fail(STATUS_USAGE, "--swap: at least 1M, or 0 for none");
  return options;
}

static size_t count_nodes(void) {
  size_t nodes = 0;
  for (; nodes < MAX_NODES; ++nodes) {
    char path[64];
    snprintf(path, sizeof path, "/sys/devices/system/node/node%zu", nodes);
    if (access(path, F_OK) != 0) break;
  }
  return nodes;
}

struct thread {
  struct area* area;
  uint64_t operations;
  bool well;
};

static void* work(void* argument) {
  struct thread* thread = argument;
  struct area* area = thread->area;
  thread->well = true;
  for (uint64_t i = 0; thread->well && i < thread->operations; ++i) thread->well = area_step(area);
  if (thread->well) thread->well = area_finish(area);
  // The others would only hide the reason.
  if (!thread->well) {
    dprintf(STDERR_FILENO, "mm-stress: %s\n", area->problem);
    _exit(STATUS_FAILED);
  }
  return NULL;
}

_Noreturn static void live_as_worker(const struct options* options, uint64_t number, pid_t parent,
                                     struct tally* tallies) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(STATUS_FAILED);
  static struct area areas[MAX_THREADS];
  static struct thread threads[MAX_THREADS];
  pthread_t ids[MAX_THREADS];
  bool merging = false;
  bool reclaim = false;
  area_probe(&merging, &reclaim);
  areas_map(areas, options->threads, options->chunks, options->seed * MAX_WORKERS + number);
  const size_t nodes = count_nodes();
  for (uint64_t i = 0; i < options->threads; ++i) {
    areas[i].nodes = nodes;
    areas[i].merging = merging;
    areas[i].reclaim = reclaim;
    areas[i].depth = (unsigned)options->depth;
    areas[i].tally = &tallies[number * options->threads + i];
    threads[i] = (struct thread){&areas[i], options->operations, false};
  }
  for (uint64_t i = 0; i < options->threads; ++i) {
    const int error = pthread_create(&ids[i], NULL, work, &threads[i]);
    if (error != 0) fail_errno(STATUS_FAILED, error, "starting a thread");
  }
  for (uint64_t i = 0; i < options->threads; ++i) pthread_join(ids[i], NULL);
  _exit(0);
}

// The workers, for the handler that ends them if this process fails.
static pid_t workers[MAX_WORKERS];
static pid_t main_process;

static void kill_workers(void) {
  if (getpid() != main_process) return;
  for (int i = 0; i < MAX_WORKERS; ++i)
    if (workers[i] > 0) kill(workers[i], SIGKILL);
  for (int i = 0; i < MAX_WORKERS; ++i)
    if (workers[i] > 0) waitpid(workers[i], NULL, 0);
}

static void must_be_well(int status) {
  if (WIFSIGNALED(status))
    fail(STATUS_FAILED, "a worker was killed by signal %d", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) fail(STATUS_FAILED, "a worker failed; its reason is above");
}

// Waits for the workers; meanwhile has the kernel move pages of all of them together.
static void wait_for_workers(uint64_t count) {
  const struct timespec pause = {0, 20000000};
  for (uint64_t left = count; left > 0;) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) fail_errno(STATUS_FAILED, errno, "waitpid");
    if (ended > 0) {
      for (uint64_t i = 0; i < count; ++i)
        if (workers[i] == ended) workers[i] = 0;
      must_be_well(status);
      --left;
    } else {
      write_kernel_text("/proc/sys/vm/compact_memory", "1");
      nanosleep(&pause, NULL);
    }
  }
}

static void print_results(const struct tally* tallies, uint64_t count, double seconds) {
  struct tally sum = {{0}, 0};
  uint64_t operations = 0;
  for (uint64_t i = 0; i < count; ++i) {
    for (int operation = 0; operation < OPERATIONS; ++operation)
      sum.done[operation] += tallies[i].done[operation];
    sum.pages_verified += tallies[i].pages_verified;
  }
  for (int operation = 0; operation < OPERATIONS; ++operation) {
    printf("%s_operations: %llu\n", operation_name((enum operation)operation),
           (unsigned long long)sum.done[operation]);
    operations += sum.done[operation];
  }
  metric_count("operations", operations);
  metric_count("pages_verified", sum.pages_verified);
  metric_real("operations_per_second", (double)operations / seconds);
  metric_real("stress_seconds", seconds);
}

int main(int count, char** words) {
  const struct options options = read_options(count, words);
  const uint64_t areas = options.workers * options.threads;
  uint64_t available = 0;
  // Each area, the copies of its children and of theirs, and page tables.
  const uint64_t needed = areas * options.chunks * CHUNK_PAGES * (uint64_t)sysconf(_SC_PAGESIZE) *
                          (options.depth > 0 ? 2 + MAX_LIVING_CHILDREN : 1);
  if (read_meminfo_bytes("MemAvailable", &available) == 0 && needed > available + options.swap)
    fail(STATUS_ENVIRONMENT, "needs about %llu MiB, %llu MiB are available",
         (unsigned long long)(needed >> 20), (unsigned long long)(available >> 20));
  struct tally* tallies = mmap(NULL, areas * sizeof *tallies, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (tallies == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "mapping the counters");
  if (options.swap != 0) zram_swap_on(options.swap);

  main_process = getpid();
  atexit(kill_workers);
  fflush(NULL);
  const uint64_t start = now_ns();
  for (uint64_t i = 0; i < options.workers; ++i) {
    const pid_t pid = fork();
    if (pid == 0) live_as_worker(&options, i, main_process, tallies);
    if (pid < 0) fail_errno(STATUS_FAILED, errno, "fork of worker %llu", (unsigned long long)i + 1);
    workers[i] = pid;
  }
  wait_for_workers(options.workers);
  print_results(tallies, areas, seconds_between(start, now_ns()));
  return 0;
}
