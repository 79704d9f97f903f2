// SPDX-License-Identifier: GPL-2.0-or-later
/// Threads that allocate, copy, search and free, as a web server's do: option-compatible with
/// ebizzy 0.3. See README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "ebizzy/chunks.h"
#include "ebizzy/generator.h"
#include "ebizzy/search.h"

struct options {
  struct chunk_options chunks;
  struct search_options search;
  enum generator_kind generator;
  uint64_t seed;
  uint64_t seconds;
  size_t threads;
  int verbosity;
};

static const char usage[] =
    "usage: ebizzy [options]\n"
    "  -T       touch one byte a page; neither copy nor search\n"
    "  -l       copy with a plain loop instead of memcpy\n"
    "  -m       mmap for every allocation\n"
    "  -M       never mmap, keep malloc on the heap (not with -m)\n"
    "  -n N     source chunks (10)\n"
    "  -p       make every second source chunk read-only, so that mappings do not merge\n"
    "  -P       page-sized holes between the source chunks\n"
    "  -R       copy a random number of records instead of the whole chunk\n"
    "  -s SIZE  bytes of a chunk, suffixes K, M, G allowed (512K)\n"
    "  -S N     seconds to run (10)\n"
    "  -t N     threads (two for each online CPU)\n"
    "  -v       say more; may be repeated\n"
    "  -z       search linearly instead of by bisection\n"
    "  --generator=compat|random\n"
    "           choices as in 0.3, where each is the first one, or really random (compat)\n"
    "  --seed=N seed of the random generator (1)\n";

static enum generator_kind generator_option(const char* text) {
  if (strcmp(text, "compat") == 0) return GENERATOR_COMPAT;
  if (strcmp(text, "random") == 0) return GENERATOR_RANDOM;
  fail(STATUS_USAGE, "--generator: '%s' is neither 'compat' nor 'random'", text);
}

static struct options default_options(void) {
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  struct options options = {
      .chunks = {.count = 10, .chunk_bytes = 512 * 1024},
      .generator = GENERATOR_COMPAT,
      .seed = 1,
      .seconds = 10,
      .threads = 2 * (size_t)(cpus > 0 ? cpus : 1),
  };
  return options;
}

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {{"generator", required_argument, NULL, 'g'},
                                        {"seed", required_argument, NULL, 'e'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  // Bounds keep every product below inside 64 bits and the generator's bound below 2^32.
  const uint64_t chunk_bytes_max = UINT64_C(1) << 34;
  struct options options = default_options();
  int letter;
  while ((letter = getopt_long(argc, argv, "TlmMn:pPRs:S:t:vz", known, NULL)) != -1) {
    switch (letter) {
      case 'T':
        options.search.touch_only = true;
        break;
      case 'l':
        options.search.own_memcpy = true;
        break;
      case 'm':
        options.chunks.always_mmap = true;
        break;
      case 'M':
        options.chunks.never_mmap = true;
        break;
      case 'n':
        options.chunks.count = count_option("-n", optarg, 1, 1000000);
        break;
      case 'p':
        options.chunks.protect_even = true;
        break;
      case 'P':
        options.chunks.holes = true;
        break;
      case 'R':
        options.search.random_size = true;
        break;
      case 's':
        options.chunks.chunk_bytes = size_option("-s", optarg, sizeof(record_t), chunk_bytes_max);
        break;
      case 'S':
        options.seconds = count_option("-S", optarg, 1, 1000000);
        break;
      case 't':
        options.threads = count_option("-t", optarg, 1, 65536);
        break;
      case 'v':
        ++options.verbosity;
        break;
      case 'z':
        options.search.linear_search = true;
        break;
      case 'g':
        options.generator = generator_option(optarg);
        break;
      case 'e':
        options.seed = count_option("--seed", optarg, 0, UINT64_MAX);
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
  if (options.chunks.always_mmap && options.chunks.never_mmap) {
    fail(STATUS_USAGE, "-m (always mmap) and -M (never mmap) exclude each other");
  }
  return options;
}

struct worker {
  // A line for each worker's own counter: sharing lines would make the benchmark measure that.
  alignas(128) pthread_t thread;
  const struct options* options;
  const struct chunks* chunks;
  struct generator generator;
  uint64_t records;
};

static atomic_bool running;
static pthread_barrier_t start_line;

static void* work(void* argument) {
  struct worker* worker = argument;
  uint64_t records = 0;
  pthread_barrier_wait(&start_line);
  while (atomic_load_explicit(&running, memory_order_relaxed)) {
    switch (search_once(worker->chunks, &worker->options->search, &worker->generator)) {
      case SEARCH_DONE:
        ++records;
        break;
      case SEARCH_NO_MEMORY:
        fail(STATUS_FAILED, "a thread got no memory after %" PRIu64 " records", records);
      case SEARCH_KEY_MISSING:
        fail(STATUS_FAILED, "a key is missing in the copy of a chunk");
    }
  }
  worker->records = records;
  return NULL;
}

static void sleep_until(uint64_t deadline_ns) {
  struct timespec deadline = {.tv_sec = (time_t)(deadline_ns / 1000000000u),
                              .tv_nsec = (long)(deadline_ns % 1000000000u)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) == EINTR) {
  }
}

static double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

struct totals {
  uint64_t records;
  uint64_t faults;  // minor ones, of the whole process
  double real;
  double user;
  double system;
};

static struct totals run_threads(const struct options* options, const struct chunks* chunks) {
  struct worker* workers =
      aligned_alloc(alignof(struct worker), options->threads * sizeof(struct worker));
  if (workers == NULL) fail(STATUS_FAILED, "no memory for %zu threads", options->threads);
  memset(workers, 0, options->threads * sizeof *workers);
  pthread_barrier_init(&start_line, NULL, (unsigned)options->threads + 1);
  atomic_store(&running, true);
  for (size_t i = 0; i < options->threads; ++i) {
    workers[i].options = options;
    workers[i].chunks = chunks;
    workers[i].generator = generator_make(options->generator, options->seed, i);
    int error = pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    if (error != 0) {
      fail_errno(STATUS_FAILED, error, "starting thread %zu of %zu", i + 1, options->threads);
    }
  }

  struct rusage before;
  struct rusage after;
  getrusage(RUSAGE_SELF, &before);
  pthread_barrier_wait(&start_line);
  uint64_t start = now_ns();
  sleep_until(start + options->seconds * UINT64_C(1000000000));
  atomic_store(&running, false);
  for (size_t i = 0; i < options->threads; ++i) pthread_join(workers[i].thread, NULL);
  uint64_t end = now_ns();
  getrusage(RUSAGE_SELF, &after);

  struct totals totals = {
      .faults = (uint64_t)(after.ru_minflt - before.ru_minflt),
      .real = seconds_between(start, end),
      .user = seconds_of(after.ru_utime) - seconds_of(before.ru_utime),
      .system = seconds_of(after.ru_stime) - seconds_of(before.ru_stime),
  };
  for (size_t i = 0; i < options->threads; ++i) {
    totals.records += workers[i].records;
    if (options->verbosity > 1) printf("thread %zu: %" PRIu64 " records\n", i, workers[i].records);
  }
  pthread_barrier_destroy(&start_line);
  free(workers);
  return totals;
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  if (options.verbosity > 0) {
    printf("%zu threads for %" PRIu64 " s over %zu chunks of %zu bytes, %s generator\n",
           options.threads, options.seconds, options.chunks.count, options.chunks.chunk_bytes,
           options.generator == GENERATOR_COMPAT ? "compat" : "random");
  }
  struct chunks chunks = chunks_make(&options.chunks);
  struct totals totals = run_threads(&options, &chunks);
  chunks_destroy(&chunks);
  // The four lines of ebizzy 0.3.
  printf("%" PRIu64 " records/s\n", (uint64_t)((double)totals.records / totals.real));
  printf("real %5.2f s\n", totals.real);
  printf("user %5.2f s\n", totals.user);
  printf("sys  %5.2f s\n", totals.system);
  metric_count("records", totals.records);
  metric_count("faults", totals.faults);
  if (totals.records > 0) {
    metric_real("faults_per_record", (double)totals.faults / (double)totals.records);
  }
  metric_count("threads", options.threads);
  return 0;
}
