// SPDX-License-Identifier: GPL-2.0-or-later
/// How long the kernel takes to move one KSM page that many mappings share. See README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"
#include "common/kernel_file.h"
#include "common/limits.h"
#include "common/metric.h"
#include "common/number_list.h"
#include "common/numbers.h"
#include "ksm-migrate/ksm_control.h"
#include "ksm-migrate/one_page.h"
#include "ksm-migrate/page_holders.h"

struct options {
  size_t pages;
  size_t moves;
  size_t batch;
  uint64_t max_page_sharing;
  unsigned nodes[2];
  bool processes;
};

static const char usage[] =
    "usage: ksm-migrate [--form=FORM] [--pages=N] [--moves=M] [--batch=B]\n"
    "                   [--max-page-sharing=L] [--nodes=A,B]\n"
    "  --form=mappings       one process with N mappings, one page moved by move_pages (default)\n"
    "  --form=processes      N processes with a page each, one of which moves all its memory by\n"
    "                        migrate_pages\n"
    "  --pages=N             mappings of one content, or processes (4096)\n"
    "  --moves=M             moves of the page between the nodes; 0 only merges (20)\n"
    "  --batch=B             pages that are filled before waiting for KSM (4096)\n"
    "  --max-page-sharing=L  limit to set, 2 to 2147483647; 0 leaves it as it is (0)\n"
    "  --nodes=A,B           NUMA nodes to move between (0,1)\n";

static void parse_nodes(const char* text, unsigned nodes[2]) {
  char copy[32];
  uint64_t first;
  uint64_t second;
  snprintf(copy, sizeof copy, "%s", text);
  char* comma = strchr(copy, ',');
  if (comma != NULL) *comma = '\0';
  if (comma == NULL || !parse_count(copy, 0, 1023, &first) ||
      !parse_count(comma + 1, 0, 1023, &second) || first == second) {
    fail(STATUS_USAGE, "--nodes: '%s' is not two different node numbers, as in 0,1", text);
  }
  nodes[0] = (unsigned)first;
  nodes[1] = (unsigned)second;
}

static bool processes_option(const char* text) {
  if (strcmp(text, "mappings") == 0) return false;
  if (strcmp(text, "processes") == 0) return true;
  fail(STATUS_USAGE, "--form: '%s' is neither 'mappings' nor 'processes'", text);
}

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {
      {"pages", required_argument, NULL, 'p'}, {"moves", required_argument, NULL, 'm'},
      {"batch", required_argument, NULL, 'b'}, {"max-page-sharing", required_argument, NULL, 'l'},
      {"nodes", required_argument, NULL, 'n'}, {"form", required_argument, NULL, 'f'},
      {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
  struct options options = {.pages = 4096, .moves = 20, .batch = 4096, .nodes = {0, 1}};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (letter) {
      case 'p':
        options.pages = count_option("--pages", optarg, 2, UINT64_C(1) << 28);
        break;
      case 'm':
        options.moves = count_option("--moves", optarg, 0, 1000000);
        break;
      case 'b':
        options.batch = count_option("--batch", optarg, 2, UINT64_C(1) << 28);
        break;
      case 'l':
        options.max_page_sharing = count_option("--max-page-sharing", optarg, 0, 2147483647);
        if (options.max_page_sharing == 1) {
          fail(STATUS_USAGE, "--max-page-sharing: 1 is not sharing; the kernel's least is 2");
        }
        break;
      case 'n':
        parse_nodes(optarg, options.nodes);
        break;
      case 'f':
        options.processes = processes_option(optarg);
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

static void require_nodes(const unsigned nodes[2]) {
  char with_memory[256];
  if (read_kernel_text("/sys/devices/system/node/has_memory", with_memory, sizeof with_memory) <
      0) {
    fail(STATUS_ENVIRONMENT, "this kernel has no NUMA nodes (needs CONFIG_NUMA)");
  }
  for (int i = 0; i < 2; ++i) {
    if (!list_contains(with_memory, nodes[i])) {
      // Moving a page to the node where it is does nothing, so there is nothing to fall back to.
      fail(STATUS_ENVIRONMENT,
           "node %u has no memory (nodes with memory: %s); moving a page needs a topology of two "
           "nodes",
           nodes[i], with_memory);
    }
  }
}

static void require_room(const struct options* options) {
  const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
  // For each mapping a page table entry and KSM's own record of it.
  const uint64_t mapping_bytes = 8 + 128;
  if (options->processes) {
    // Kernel stack, task, mm, page tables, stack and data of a small static program.
    const uint64_t holder_bytes = 192 * 1024;
    require_memory(options->pages * (page_bytes + mapping_bytes + holder_bytes),
                   "%zu processes with a page each", options->pages);
    require_processes(options->pages);
    return;
  }
  size_t batch = options->batch < options->pages ? options->batch : options->pages;
  require_memory(batch * page_bytes + options->pages * mapping_bytes,
                 "%zu mappings, %zu pages at a time", options->pages, batch);
}

static int ascending(const void* left, const void* right) {
  double a = *(const double*)left;
  double b = *(const double*)right;
  return (a > b) - (a < b);
}

struct latencies {
  double* seconds;  // ascending
  size_t count;
};

struct mover {
  const char* what;
  void* page;
  const unsigned* nodes;
  bool with_all_memory;  // migrate_pages of this process instead of move_pages of one page
};

static int move(const struct mover* mover, int node, double* seconds) {
  return mover->with_all_memory ? migrate_self(mover->page, mover->nodes, node, seconds)
                                : move_page(mover->page, node, seconds);
}

static struct latencies time_moves(const struct mover* mover, size_t moves) {
  struct latencies latencies = {.seconds = calloc(moves, sizeof(double)), .count = moves};
  if (latencies.seconds == NULL) fail(STATUS_FAILED, "no memory for %zu latencies", moves);
  int node = node_of_page(mover->page);
  if (node < 0) fail_errno(STATUS_FAILED, -node, "asking where the %s page is", mover->what);
  for (size_t i = 0; i < moves; ++i) {
    unsigned target = (unsigned)node == mover->nodes[0] ? mover->nodes[1] : mover->nodes[0];
    int result = move(mover, (int)target, &latencies.seconds[i]);
    if (result == -EPERM) {
      fail(STATUS_ENVIRONMENT, "moving a page with all its mappings needs CAP_SYS_NICE");
    }
    if (result < 0) {
      fail_errno(STATUS_FAILED, -result, "move %zu of the %s page to node %u", i + 1, mover->what,
                 target);
    }
    node = (int)target;
  }
  for (size_t i = 0; i < moves; ++i) {
    printf("move %zu of the %s page: %.9f s\n", i + 1, mover->what, latencies.seconds[i]);
  }
  qsort(latencies.seconds, moves, sizeof(double), ascending);
  return latencies;
}

static double median(const struct latencies* latencies) {
  size_t middle = latencies->count / 2;
  if (latencies->count % 2 == 1) return latencies->seconds[middle];
  return (latencies->seconds[middle - 1] + latencies->seconds[middle]) / 2;
}

static struct ksm_control control = {.directory = KSM_DIRECTORY};

// Runs before the process ends, so the merged memory is gone first (see ksm_give_back).
static struct merged_memory merged;

static void clean_up(void) {
  holders_stop();
  if (merged.memory != NULL) munmap(merged.memory, merged.pages * merged.page_size);
  ksm_give_back(&control);
}

enum { PATIENCE_SCANS = 20 };

struct measured {
  struct latencies floor;
  struct latencies moves;
  struct ksm_counters counters;
};

static struct measured measure_mappings(const struct options* options) {
  struct measured measured = {0};
  merged = merge_pages(&control, options->pages, options->batch, PATIENCE_SCANS);
  measured.counters = ksm_read_counters(&control);
  if (options->moves == 0) return measured;
  struct mover ordinary = {"ordinary", map_private_page(), options->nodes, false};
  struct mover shared = {"KSM", merged.memory, options->nodes, false};
  measured.floor = time_moves(&ordinary, options->moves);
  measured.moves = time_moves(&shared, options->moves);
  return measured;
}

static uint64_t merged_pages_of_all(const struct ksm_control* ksm) {
  struct ksm_counters counters = ksm_read_counters(ksm);
  return counters.pages_shared + counters.pages_sharing;
}

static struct measured measure_processes(const struct options* options) {
  struct measured measured = {0};
  holders_start(options->pages - 1);
  merged.page_size = (size_t)sysconf(_SC_PAGESIZE);
  merged.pages = 1;
  merged.memory = map_mergeable_page();
  // The floor is the same call while every page still has one mapping.
  struct mover unmerged = {"unmerged", merged.memory, options->nodes, true};
  if (options->moves > 0) measured.floor = time_moves(&unmerged, options->moves);
  uint64_t start = now_ns();
  ksm_run(&control, 1);
  wait_until_merged(&control, merged_pages_of_all, options->pages, PATIENCE_SCANS);
  merged.merge_seconds = seconds_between(start, now_ns());
  ksm_run(&control, 0);
  measured.counters = ksm_read_counters(&control);
  struct mover shared = {"KSM", merged.memory, options->nodes, true};
  if (options->moves > 0) measured.moves = time_moves(&shared, options->moves);
  return measured;
}

int main(int argc, char** argv) {
  be_holder_if_asked(argc, argv);
  struct options options = parse_options(argc, argv);
  if (options.moves > 0) require_nodes(options.nodes);
  require_room(&options);

  atexit(clean_up);
  ksm_take_over(&control, 4096, options.max_page_sharing);
  struct measured measured =
      options.processes ? measure_processes(&options) : measure_mappings(&options);
  if (options.moves > 0) {
    metric_real("move_seconds_median", median(&measured.moves));
    metric_real("move_seconds_max", measured.moves.seconds[measured.moves.count - 1]);
    metric_real("floor_seconds_median", median(&measured.floor));
    free(measured.moves.seconds);
    free(measured.floor.seconds);
  }
  metric_real("merge_seconds", merged.merge_seconds);
  metric_count("pages_shared", measured.counters.pages_shared);
  metric_count("pages_sharing", measured.counters.pages_sharing);
  metric_count("stable_node_chains", measured.counters.stable_node_chains);
  metric_count("stable_node_dups", measured.counters.stable_node_dups);
  metric_count("max_page_sharing", ksm_read(&control, "max_page_sharing"));
  return 0;
}
