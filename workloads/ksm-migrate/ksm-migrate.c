// SPDX-License-Identifier: GPL-2.0-or-later
/// How long the kernel takes to move one KSM page that many mappings share. See README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/kernel_file.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "ksm-migrate/ksm_control.h"
#include "ksm-migrate/node_list.h"
#include "ksm-migrate/one_page.h"

struct options {
  size_t pages;
  size_t moves;
  size_t batch;
  uint64_t max_page_sharing;
  unsigned nodes[2];
};

static const char usage[] =
    "usage: ksm-migrate [--pages=N] [--moves=M] [--batch=B] [--max-page-sharing=L] [--nodes=A,B]\n"
    "  --pages=N             mappings of one content (4096)\n"
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

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {{"pages", required_argument, NULL, 'p'},
                                        {"moves", required_argument, NULL, 'm'},
                                        {"batch", required_argument, NULL, 'b'},
                                        {"max-page-sharing", required_argument, NULL, 'l'},
                                        {"nodes", required_argument, NULL, 'n'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
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
  // A batch of copies, and for each mapping a page table entry and KSM's own record of it.
  const uint64_t mapping_bytes = 8 + 128;
  size_t batch = options->batch < options->pages ? options->batch : options->pages;
  uint64_t needed = batch * (uint64_t)sysconf(_SC_PAGESIZE) + options->pages * mapping_bytes;
  uint64_t available;
  if (read_meminfo_bytes("MemAvailable", &available) == 0 && available < needed) {
    fail(STATUS_ENVIRONMENT, "this needs about %" PRIu64 " MiB, and %" PRIu64 " MiB are available",
         needed >> 20, available >> 20);
  }
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

static struct latencies time_moves(const char* what, void* address, const unsigned nodes[2],
                                   size_t moves) {
  struct latencies latencies = {.seconds = calloc(moves, sizeof(double)), .count = moves};
  if (latencies.seconds == NULL) fail(STATUS_FAILED, "no memory for %zu latencies", moves);
  int node = node_of_page(address);
  if (node < 0) fail_errno(STATUS_FAILED, -node, "asking where the %s page is", what);
  for (size_t i = 0; i < moves; ++i) {
    unsigned target = (unsigned)node == nodes[0] ? nodes[1] : nodes[0];
    int result = move_page(address, (int)target, &latencies.seconds[i]);
    if (result == -EPERM) {
      fail(STATUS_ENVIRONMENT, "moving a page with all its mappings needs CAP_SYS_NICE");
    }
    if (result < 0) {
      fail_errno(STATUS_FAILED, -result, "move %zu of the %s page to node %u", i + 1, what, target);
    }
    node = (int)target;
  }
  for (size_t i = 0; i < moves; ++i) {
    printf("move %zu of the %s page: %.9f s\n", i + 1, what, latencies.seconds[i]);
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

// Runs before the process ends, so the merged memory is unmapped first (see ksm_give_back).
static struct merged_memory merged;

static void clean_up(void) {
  if (merged.memory != NULL) munmap(merged.memory, merged.pages * merged.page_size);
  ksm_give_back(&control);
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  if (options.moves > 0) require_nodes(options.nodes);
  require_room(&options);

  atexit(clean_up);
  ksm_take_over(&control, 4096, options.max_page_sharing);
  merged = merge_pages(&control, options.pages, options.batch, 20);
  struct ksm_counters counters = ksm_read_counters(&control);

  if (options.moves > 0) {
    struct latencies floor =
        time_moves("ordinary", map_private_page(), options.nodes, options.moves);
    struct latencies moved = time_moves("KSM", merged.memory, options.nodes, options.moves);
    metric_real("move_seconds_median", median(&moved));
    metric_real("move_seconds_max", moved.seconds[moved.count - 1]);
    metric_real("floor_seconds_median", median(&floor));
    free(moved.seconds);
    free(floor.seconds);
  }
  metric_real("merge_seconds", merged.merge_seconds);
  metric_count("pages_shared", counters.pages_shared);
  metric_count("pages_sharing", counters.pages_sharing);
  metric_count("stable_node_chains", counters.stable_node_chains);
  metric_count("stable_node_dups", counters.stable_node_dups);
  metric_count("max_page_sharing", ksm_read(&control, "max_page_sharing"));
  return 0;
}
