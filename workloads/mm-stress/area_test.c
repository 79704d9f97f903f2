// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "mm-stress/area.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"

static struct tally tallies[2];

static void prepare(struct area* areas, size_t count, unsigned depth) {
  areas_map(areas, count, 4, 7);
  memset(tallies, 0, sizeof tallies);
  bool merging;
  bool reclaim;
  area_probe(&merging, &reclaim);
  for (size_t i = 0; i < count; ++i) {
    areas[i].depth = depth;
    areas[i].reclaim = reclaim;
    areas[i].tally = &tallies[i];
  }
}

static void everything_stays_as_it_was_written(void) {
  struct area areas[2];
  prepare(areas, 2, 1);
  bool well = true;
  for (int step = 0; well && step < 2000; ++step) well = area_step(&areas[step % 2]);
  for (int i = 0; well && i < 2; ++i) well = area_finish(&areas[i]);
  CHECK(well);
  if (!well) fprintf(stderr, "%s%s\n", areas[0].problem, areas[1].problem);
  for (int operation = 0; operation < OP_RECLAIM; ++operation)
    CHECK(tallies[0].done[operation] + tallies[1].done[operation] > 0);
  CHECK_COUNT(0, tallies[0].done[OP_MIGRATE]);
  CHECK_COUNT(0, areas[0].living);
}

static void a_page_that_changed_by_itself_is_found(void) {
  struct area area;
  prepare(&area, 1, 0);
  CHECK(area_finish(&area));
  area.chunks[2].memory[3 * area.page_size + 1] = 1;
  CHECK(!area_finish(&area));
  CHECK(strstr(area.problem, "page 3 of a chunk holds 0x100 and 0 instead of 0") != NULL);
}

// A child in the area's care that ends by a signal or an exit status.
static void adopt(struct area* area, int signal_number, int status) {
  const pid_t pid = fork();
  if (pid == 0) {
    if (signal_number != 0) raise(signal_number);
    _exit(status);
  }
  area->children[area->living++] = pid;
}

static void a_child_that_does_not_end_well_is_told(void) {
  struct area area;
  prepare(&area, 1, 0);
  adopt(&area, 0, 0);
  CHECK(area_finish(&area));
  adopt(&area, 0, 1);
  CHECK(!area_finish(&area));
  CHECK_TEXT("a child failed", area.problem);
  adopt(&area, SIGKILL, 0);
  CHECK(!area_finish(&area));
  CHECK_TEXT("a child was killed by signal 9", area.problem);
}

int main(void) {
  everything_stays_as_it_was_written();
  a_page_that_changed_by_itself_is_found();
  a_child_that_does_not_end_well_is_told();
  return failed_checks == 0 ? 0 : 1;
}
