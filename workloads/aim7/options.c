// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aim7/tests.h"
#include "common/fail.h"
#include "common/numbers.h"

static const char usage[] =
    "usage: aim7 [options]\n"
    "  --mix=NAME           job mix: alltests, compute, dbase, fserver, shared, mm or reclaim "
    "(mm)\n"
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
    "  --limit=N            jobs a minute and user that end a search for the crossover, and users\n"
    "                       that are certain to get no more; 1 is AIM7's\n"
    "  --file-size=SIZE     of each user's file (10K)\n"
    "  --pool-size=SIZE     divided among the users' files (1M)\n"
    "  --heap-size=SIZE     what a user holds all the time for heap_test (1M)\n"
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

struct options parse_options(int argc, char** argv) {
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
  if (options.limit == 0 && options.search == SEARCH_QUICKLY) options.limit = 60;
  if (options.limit == 0 && options.search == SEARCH_FOR_CROSSOVER) options.limit = 10;
  return options;
}
