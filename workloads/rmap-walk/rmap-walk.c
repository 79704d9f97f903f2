// SPDX-License-Identifier: GPL-2.0-or-later
/// How long the kernel takes to find every mapping of the pages of a forking server: one
/// reverse-map walk of each page, provoked through idle page tracking. See README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/limits.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "rmap-walk/children.h"
#include "rmap-walk/idle_bitmap.h"
#include "rmap-walk/slab_caches.h"

struct options {
  size_t children;
  size_t pages;
  bool own_pages_only;
};

static const char usage[] =
    "usage: rmap-walk [--children=N] [--pages=P] [--scope=all|own]\n"
    "  --children=N   processes to fork, each copying every page (64)\n"
    "  --pages=P      anonymous pages of the parent (64)\n"
    "  --scope=all    walk every page of the machine (the default)\n"
    "  --scope=own    walk only the children's copies\n";

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {{"children", required_argument, NULL, 'c'},
                                        {"pages", required_argument, NULL, 'p'},
                                        {"scope", required_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options options = {.children = 64, .pages = 64, .own_pages_only = false};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (letter) {
      case 'c':
        options.children = count_option("--children", optarg, 1, 65536);
        break;
      case 'p':
        options.pages = count_option("--pages", optarg, 1, UINT64_C(1) << 24);
        break;
      case 's':
        if (strcmp(optarg, "all") != 0 && strcmp(optarg, "own") != 0) {
          fail(STATUS_USAGE, "--scope: '%s' is neither 'all' nor 'own'", optarg);
        }
        options.own_pages_only = strcmp(optarg, "own") == 0;
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
  return options;
}

static void require_room(const struct options* options) {
  // Kernel stack, task, mm, VMAs, the page tables and the few copied pages of a small static
  // program.
  const uint64_t child_bytes = 128 * 1024;
  uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE) + sizeof(uint64_t);
  uint64_t needed =
      options->pages * page_bytes + options->children * (options->pages * page_bytes + child_bytes);
  require_memory(needed, "%zu children of %zu pages", options->children, options->pages);
  require_processes(options->children);
}

static void require_idle_tracking(void) {
  if (access(IDLE_BITMAP_PATH, W_OK) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "%s (needs CONFIG_IDLE_PAGE_TRACKING and root)",
               IDLE_BITMAP_PATH);
  }
  if (access("/proc/kpageflags", R_OK) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno,
               "/proc/kpageflags (needs CONFIG_PROC_PAGE_MONITOR and root)");
  }
}

static double time_walk(const struct options* options, const uint64_t* frames, size_t count) {
  uint64_t start = now_ns();
  int result = options->own_pages_only ? idle_bitmap_mark(IDLE_BITMAP_PATH, frames, count)
                                       : idle_bitmap_mark_all(IDLE_BITMAP_PATH);
  uint64_t end = now_ns();
  if (result < 0) fail_errno(STATUS_FAILED, -result, "writing %s", IDLE_BITMAP_PATH);
  return seconds_between(start, end);
}

struct reverse_map_memory {
  struct slab_cache anon_vma;
  struct slab_cache chain;
};

static struct reverse_map_memory read_reverse_map_memory(void) {
  shrink_slab_cache(SLAB_DIRECTORY, "anon_vma");
  shrink_slab_cache(SLAB_DIRECTORY, "anon_vma_chain");
  struct reverse_map_memory memory = {
      .anon_vma = read_slab_cache("/proc/slabinfo", "anon_vma"),
      .chain = read_slab_cache("/proc/slabinfo", "anon_vma_chain"),
  };
  return memory;
}

static uint64_t growth(uint64_t before, uint64_t after) {
  return after > before ? after - before : 0;
}

static void report_reverse_map_memory(const struct reverse_map_memory* before,
                                      const struct reverse_map_memory* after) {
  bool have_anon_vma = before->anon_vma.found && after->anon_vma.found;
  bool have_chain = before->chain.found && after->chain.found;
  if (have_anon_vma) {
    metric_count("anon_vma_objects", growth(before->anon_vma.objects, after->anon_vma.objects));
  }
  if (have_chain) {
    metric_count("anon_vma_chain_objects", growth(before->chain.objects, after->chain.objects));
  }
  if (have_anon_vma && have_chain) {
    metric_count("slab_anon_vma_bytes", growth(before->anon_vma.bytes, after->anon_vma.bytes) +
                                            growth(before->chain.bytes, after->chain.bytes));
  } else {
    puts(
        "slab figures are incomplete: /proc/slabinfo is unreadable or has merged the caches "
        "(boot with slab_nomerge)");
  }
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  require_idle_tracking();
  require_room(&options);

  struct family family;
  family_map(&family, options.pages);
  // What the same sweep costs before there are children: the price of the machine's other pages.
  const char* drained = drain_lru_batches();
  if (drained == NULL) fail_errno(STATUS_ENVIRONMENT, errno, "cannot drain the LRU batches");
  double floor_seconds = time_walk(&options, NULL, 0);

  struct reverse_map_memory before = read_reverse_map_memory();
  uint64_t start = now_ns();
  family_fork(&family, options.children);
  double fork_seconds = seconds_between(start, now_ns());
  struct reverse_map_memory after = read_reverse_map_memory();

  size_t copies = options.children * options.pages;
  uint64_t* frames = family_page_frames(&family);
  if (drain_lru_batches() == NULL) fail_errno(STATUS_FAILED, errno, "cannot drain the LRU batches");
  double walk_seconds = time_walk(&options, frames, copies);
  // The copies are newer than the first sweep, so the idle flag proves that this one visited them.
  int64_t walked = count_idle("/proc/kpageflags", frames, copies);
  if (walked < 0) fail_errno(STATUS_FAILED, (int)-walked, "reading /proc/kpageflags");
  free(frames);
  if (walked == 0)
    fail(STATUS_FAILED, "the kernel visited none of the children's %zu pages", copies);

  start = now_ns();
  family_release(&family);
  double exit_seconds = seconds_between(start, now_ns());

  printf("%zu children, %zu pages each; LRU batches drained through %s\n", options.children,
         options.pages, drained);
  metric_real("walk_seconds", walk_seconds);
  metric_real("walk_ns_per_page", walk_seconds * 1e9 / (double)walked);
  metric_count("pages_walked", (uint64_t)walked);
  metric_count("pages_missed", copies - (uint64_t)walked);
  metric_real("floor_seconds", floor_seconds);
  metric_real("fork_seconds", fork_seconds);
  metric_real("exit_seconds", exit_seconds);
  report_reverse_map_memory(&before, &after);
  return 0;
}
