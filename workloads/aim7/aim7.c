// SPDX-License-Identifier: GPL-2.0-or-later
/// AIM7-style load points: many users at once, each working through a mix of jobs, and how many
/// jobs a minute the machine gets done as users are added. See README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aim7/capacity.h"
#include "aim7/load_point.h"
#include "aim7/mixes.h"
#include "aim7/output.h"
#include "aim7/plan.h"
#include "aim7/search.h"
#include "aim7/statistics.h"
#include "aim7/zram_swap.h"
#include "common/fail.h"
#include "common/metric.h"
#include "common/numbers.h"

enum search_kind { SEARCH_NONE, SEARCH_FOR_CROSSOVER, SEARCH_QUICKLY, SEARCH_FOR_PLATEAU };

struct options {
  struct mix mix;
  size_t jobs;
  uint64_t start;
  uint64_t end;
  uint64_t step;
  bool adaptive;
  enum search_kind search;
  double limit;
  uint64_t seed;
  uint64_t zram_bytes;
  enum output_form form;
  const char* folder;
};

static const char usage[] =
    "usage: aim7 [options]\n"
    "  --mix=NAME           job mix: alltests, compute, dbase, fserver, shared or mm (mm)\n"
    "  -f, --workfile=FILE  job mix of a file: '<weight> <test>' lines, FILESIZE:, POOLSIZE:, #\n"
    "  -j, --jobs=N         jobs of a user in a load point, about (100)\n"
    "  -s, --start=N        users of the first load point (1)\n"
    "  -e, --end=N          users of the last; 0: as the first, and without limit in a search (0)\n"
    "  -i, --increment=N    users that are added after a load point (1)\n"
    "  -t                   keep the increment as it is after the ninth load point, too\n"
    "  -x, -q, -g           --search=crossover, quick, plateau\n"
    "  --search=none        load points from start to end (the default)\n"
    "  --search=crossover   until a user gets no more than 10 jobs a minute,\n"
    "  --search=quick       no more than 60,\n"
    "  --search=plateau     or until five points on average fall, or hardly differ\n"
    "  --limit=N            jobs a minute and user that end a search for the crossover; 1 is "
    "AIM7's\n"
    "  --file-size=SIZE     of each user's file (10K)\n"
    "  --pool-size=SIZE     divided among the users' files (1M)\n"
    "  --heap-size=SIZE     what a user holds all the time for heap_test, of the mix mm (1M)\n"
    "  --folder=DIR         where their folder is made (/tmp)\n"
    "  --seed=N             of the users' choices (1)\n"
    "  --zram-swap=SIZE     swap to a compressed RAM disk of this size; 0: do not (0)\n"
    "  --format=table|csv|classic\n"
    "                       columns of re-aim, its CSV, or the columns of AIM7 (table)\n"
    "  --list               print the tests, and end\n";

static enum search_kind search_option(const char* text) {
  static const char* const names[] = {"none", "crossover", "quick", "plateau"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (strcmp(names[i], text) == 0) return (enum search_kind)i;
  }
  fail(STATUS_USAGE, "--search: '%s' is not one of none, crossover, quick, plateau", text);
}

static enum output_form format_option(const char* text) {
  static const char* const names[] = {"table", "csv", "classic"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (strcmp(names[i], text) == 0) return (enum output_form)i;
  }
  fail(STATUS_USAGE, "--format: '%s' is not one of table, csv, classic", text);
}

static void list_tests(void) {
  for (size_t i = 0; test_at(i) != NULL; ++i) puts(test_at(i)->name);
}

static struct options parse_options(int argc, char** argv) {
  enum {
    FILE_SIZE = 256,
    POOL_SIZE,
    HEAP_SIZE,
    FOLDER,
    SEED,
    ZRAM,
    FORMAT,
    LIST,
    LIMIT,
    SEARCH,
    MIX
  };
  static const struct option known[] = {{"mix", required_argument, NULL, MIX},
                                        {"workfile", required_argument, NULL, 'f'},
                                        {"jobs", required_argument, NULL, 'j'},
                                        {"start", required_argument, NULL, 's'},
                                        {"end", required_argument, NULL, 'e'},
                                        {"increment", required_argument, NULL, 'i'},
                                        {"search", required_argument, NULL, SEARCH},
                                        {"limit", required_argument, NULL, LIMIT},
                                        {"file-size", required_argument, NULL, FILE_SIZE},
                                        {"pool-size", required_argument, NULL, POOL_SIZE},
                                        {"heap-size", required_argument, NULL, HEAP_SIZE},
                                        {"folder", required_argument, NULL, FOLDER},
                                        {"seed", required_argument, NULL, SEED},
                                        {"zram-swap", required_argument, NULL, ZRAM},
                                        {"format", required_argument, NULL, FORMAT},
                                        {"list", no_argument, NULL, LIST},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  const uint64_t users_max = 4000000;
  const uint64_t bytes_max = UINT64_C(1) << 40;
  const char* mix_name = NULL;
  const char* workfile = NULL;
  const char* file_size = NULL;
  const char* pool_size = NULL;
  const char* heap_size = NULL;
  struct options options = {
      .jobs = 100, .start = 1, .step = 1, .adaptive = true, .seed = 1, .folder = "/tmp"};
  int letter;
  while ((letter = getopt_long(argc, argv, "f:j:s:e:i:txqgh", known, NULL)) != -1) {
    switch (letter) {
      case MIX:
        mix_name = optarg;
        break;
      case 'f':
        workfile = optarg;
        break;
      case 'j':
        options.jobs = count_option("--jobs", optarg, 1, 1000000);
        break;
      case 's':
        options.start = count_option("--start", optarg, 1, users_max);
        break;
      case 'e':
        options.end = count_option("--end", optarg, 0, users_max);
        break;
      case 'i':
        options.step = count_option("--increment", optarg, 1, users_max);
        break;
      case 't':
        options.adaptive = false;
        break;
      case 'x':
        options.search = SEARCH_FOR_CROSSOVER;
        break;
      case 'q':
        options.search = SEARCH_QUICKLY;
        break;
      case 'g':
        options.search = SEARCH_FOR_PLATEAU;
        break;
      case SEARCH:
        options.search = search_option(optarg);
        break;
      case LIMIT:
        options.limit = (double)count_option("--limit", optarg, 0, 1000000);
        break;
      case FILE_SIZE:
        file_size = optarg;
        break;
      case POOL_SIZE:
        pool_size = optarg;
        break;
      case HEAP_SIZE:
        heap_size = optarg;
        break;
      case FOLDER:
        options.folder = optarg;
        break;
      case SEED:
        options.seed = count_option("--seed", optarg, 0, UINT64_MAX);
        break;
      case ZRAM:
        options.zram_bytes = size_option("--zram-swap", optarg, 0, bytes_max);
        break;
      case FORMAT:
        options.form = format_option(optarg);
        break;
      case LIST:
        list_tests();
        exit(0);
      case 'h':
        fputs(usage, stdout);
        exit(0);
      default:
        fputs(usage, stderr);
        exit(STATUS_USAGE);
    }
  }
  if (optind != argc) fail(STATUS_USAGE, "unexpected argument '%s'", argv[optind]);
  if (mix_name != NULL && workfile != NULL) {
    fail(STATUS_USAGE, "--mix and --workfile exclude each other");
  }
  options.mix =
      workfile != NULL ? read_workfile(workfile) : built_in_mix(mix_name != NULL ? mix_name : "mm");
  if (file_size != NULL) {
    options.mix.file_bytes = size_option("--file-size", file_size, 0, bytes_max);
  }
  if (pool_size != NULL) {
    options.mix.pool_bytes = size_option("--pool-size", pool_size, 0, bytes_max);
  }
  if (heap_size != NULL) {
    options.mix.heap_bytes = size_option("--heap-size", heap_size, 0, bytes_max);
  }
  if (options.end != 0 && options.end < options.start) {
    fail(STATUS_USAGE, "--end: %" PRIu64 " is less than --start (%" PRIu64 ")", options.end,
         options.start);
  }
  if (options.search == SEARCH_NONE && options.end == 0) options.end = options.start;
  if (options.limit == 0) options.limit = options.search == SEARCH_QUICKLY ? 60 : 10;
  return options;
}

static void require_shell(const struct mix* mix) {
  for (size_t i = 0; i < mix->task_count; ++i) {
    if (!mix->tasks[i].test->needs_shell || access("/bin/sh", X_OK) == 0) continue;
    fail(STATUS_ENVIRONMENT, "%s of mix %s needs /bin/sh", mix->tasks[i].test->name, mix->name);
  }
}

static char user_folder[4096];

static int remove_entry(const char* path, const struct stat* status, int type, struct FTW* where) {
  (void)status;
  (void)type;
  (void)where;
  return remove(path);
}

static void remove_user_folder(void) {
  nftw(user_folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_user_folder(const char* parent) {
  snprintf(user_folder, sizeof user_folder, "%s/aim7.XXXXXX", parent);
  if (mkdtemp(user_folder) == NULL) {
    fail_errno(STATUS_ENVIRONMENT, errno, "making a folder for the users in %s", parent);
  }
  // Only this process removes it: users end without their exit handlers.
  atexit(remove_user_folder);
}

static struct search begin_search(const struct options* options) {
  bool for_crossover = options->search == SEARCH_FOR_CROSSOVER || options->search == SEARCH_QUICKLY;
  struct search search = {.users = options->start,
                          .step = options->step,
                          .last = options->end,
                          .crossover_limit = for_crossover ? options->limit : 0,
                          .until_plateau = options->search == SEARCH_FOR_PLATEAU,
                          .adaptive = options->adaptive};
  return search;
}

static struct load_figures measure(const struct options* options, const struct plan* plan,
                                   uint64_t users) {
  struct load_order order = {.mix = &options->mix,
                             .plan = plan,
                             .users = users,
                             .seed = options->seed,
                             .folder = user_folder};
  struct load_times times = run_load_point(&order);
  struct load_figures figures = compute_figures(&times);
  load_point_free(&times);
  return figures;
}

static const char* describe(enum search_end end, bool fits) {
  if (!fits) return "the next load point does not fit into this machine";
  switch (end) {
    case SEARCH_CROSSOVER:
      return "the crossover is reached";
    case SEARCH_FALLING:
      return "throughput falls";
    case SEARCH_FLAT:
      return "throughput does not change any more";
    case SEARCH_LAST:
    case SEARCH_GOES_ON:
      break;
  }
  return "that was the last load point";
}

static void report(const struct load_figures* last, const struct load_figures* best,
                   enum search_end end, const struct plan* plan, uint64_t points) {
  printf("Max Jobs per Minute %.2f\n", best->jobs_per_minute);
  metric_real("max_jobs_per_minute", best->jobs_per_minute);
  metric_count("users_at_max", best->users);
  if (end == SEARCH_CROSSOVER) metric_count("crossover_users", last->users);
  metric_count("load_points", points);
  metric_count("jobs_per_user", plan->jobs);
  metric_count("last_users", last->users);
  metric_real("last_jobs_per_minute", last->jobs_per_minute);
  metric_real("last_jobs_per_minute_user", last->jobs_per_minute_user);
  metric_real("last_real_seconds", last->real_seconds);
  metric_real("last_user_seconds", last->user_seconds);
  metric_real("last_system_seconds", last->system_seconds);
  metric_real("last_std_dev_seconds", last->std_dev);
  printf("last_jti: %d\n", last->jti);
}

int main(int argc, char** argv) {
  be_executed_if_asked(argc, argv);
  struct options options = parse_options(argc, argv);
  require_shell(&options.mix);
  struct plan plan = make_plan(&options.mix, options.jobs);
  if (options.zram_bytes != 0) {
    start_zram_swap(ZRAM_DIRECTORY, ZRAM_DEVICE, options.zram_bytes);
  }
  struct search search = begin_search(&options);
  // All load points that are certain to come, before the first is begun.
  bool open_ended = options.search != SEARCH_NONE;
  require_capacity(&options.mix, &plan, open_ended ? options.start : options.end);
  make_user_folder(options.folder);

  printf("AIM7-style mix %s: %zu tests, %zu jobs a user\n", options.mix.name,
         options.mix.task_count, plan.jobs);
  print_head(options.form);
  struct load_figures figures;
  struct load_figures best = {0};
  enum search_end end;
  bool fits;
  do {
    figures = measure(&options, &plan, search.users);
    print_point(options.form, &figures);
    if (figures.jobs_per_minute > best.jobs_per_minute) best = figures;
    end = search_advance(&search, &figures);
    fits = end != SEARCH_GOES_ON || has_capacity(&options.mix, &plan, search.users);
  } while (end == SEARCH_GOES_ON && fits);
  printf("search ended: %s\n", describe(end, fits));
  report(&figures, &best, end, &plan, search.points);
  return 0;
}
