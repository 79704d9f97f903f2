// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "ksm-migrate/ksm_control.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/check.h"
#include "common/fail.h"
#include "common/kernel_file.h"

// A directory of plain files in place of the kernel's.
static char directory[] = "/tmp/ksm-control-test.XXXXXX";

static const char* const knobs[][2] = {{"run", "1"},
                                       {"sleep_millisecs", "20"},
                                       {"pages_to_scan", "100"},
                                       {"smart_scan", "1"},
                                       {"merge_across_nodes", "0"},
                                       {"max_page_sharing", "256"},
                                       {"pages_shared", "3"},
                                       {"pages_sharing", "40"},
                                       {"stable_node_chains", "1"},
                                       {"stable_node_dups", "2"}};
enum { KNOBS = sizeof knobs / sizeof *knobs };

static void path_of(const char* name, char* path, size_t size) {
  snprintf(path, size, "%s/%s", directory, name);
}

static void make_tree(void) {
  for (int i = 0; i < KNOBS; ++i) {
    char path[128];
    path_of(knobs[i][0], path, sizeof path);
    FILE* file = fopen(path, "w");
    CHECK(file != NULL);
    if (file == NULL) return;
    fprintf(file, "%s\n", knobs[i][1]);
    fclose(file);
  }
}

static void remove_tree(void) {
  for (int i = 0; i < KNOBS; ++i) {
    char path[128];
    path_of(knobs[i][0], path, sizeof path);
    unlink(path);
  }
  rmdir(directory);
}

static uint64_t value_of(const char* name) {
  char path[128];
  char text[64];
  path_of(name, path, sizeof path);
  if (read_kernel_text(path, text, sizeof text) != 0) return UINT64_MAX;
  return strtoull(text, NULL, 10);
}

static void reads_the_counters(void) {
  make_tree();
  struct ksm_control control = {.directory = directory};
  struct ksm_counters counters = ksm_read_counters(&control);
  CHECK_COUNT(3, counters.pages_shared);
  CHECK_COUNT(40, counters.pages_sharing);
  CHECK_COUNT(1, counters.stable_node_chains);
  CHECK_COUNT(2, counters.stable_node_dups);
}

static int exit_status_of_take_over(uint64_t max_page_sharing) {
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    if (freopen("/dev/null", "w", stderr) == NULL) _exit(99);
    struct ksm_control control = {.directory = directory};
    ksm_take_over(&control, 100, max_page_sharing);
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_knob_that_does_not_hold_its_value_is_an_error(void) {
  make_tree();
  // Unlike sysfs a plain file keeps the tail of the old text: "2" written over "256" still reads
  // 256.
  CHECK_COUNT(STATUS_ENVIRONMENT, exit_status_of_take_over(2));
  make_tree();
  CHECK_COUNT(0, exit_status_of_take_over(512));
}

static void a_missing_knob_is_an_error_but_some_kernels_lack_two(void) {
  char path[128];
  make_tree();
  path_of("merge_across_nodes", path, sizeof path);
  unlink(path);
  CHECK_COUNT(0, exit_status_of_take_over(0));
  path_of("smart_scan", path, sizeof path);
  unlink(path);
  CHECK_COUNT(0, exit_status_of_take_over(0));
  path_of("pages_to_scan", path, sizeof path);
  unlink(path);
  CHECK_COUNT(STATUS_ENVIRONMENT, exit_status_of_take_over(0));
}

static void takes_over_and_gives_back(void) {
  make_tree();
  struct ksm_control control = {.directory = directory};
  ksm_take_over(&control, 400, 512);
  CHECK_COUNT(0, value_of("run"));
  CHECK_COUNT(0, value_of("sleep_millisecs"));
  CHECK_COUNT(400, value_of("pages_to_scan"));
  CHECK_COUNT(0, value_of("smart_scan"));
  CHECK_COUNT(1, value_of("merge_across_nodes"));
  CHECK_COUNT(512, value_of("max_page_sharing"));
  ksm_run(&control, 1);
  CHECK_COUNT(1, value_of("run"));
  ksm_give_back(&control);
  for (int i = 0; i < 6; ++i) CHECK_COUNT(strtoull(knobs[i][1], NULL, 10), value_of(knobs[i][0]));
}

static void leaves_the_limit_alone_unless_asked(void) {
  make_tree();
  struct ksm_control control = {.directory = directory};
  ksm_take_over(&control, 400, 0);
  CHECK_COUNT(256, value_of("max_page_sharing"));
  // What somebody else sets meanwhile is not put back either.
  char path[128];
  path_of("max_page_sharing", path, sizeof path);
  CHECK(write_kernel_text(path, "777") == 0);
  ksm_give_back(&control);
  CHECK_COUNT(777, value_of("max_page_sharing"));
}

int main(void) {
  if (mkdtemp(directory) == NULL) return 1;
  reads_the_counters();
  a_knob_that_does_not_hold_its_value_is_an_error();
  a_missing_knob_is_an_error_but_some_kernels_lack_two();
  takes_over_and_gives_back();
  leaves_the_limit_alone_unless_asked();
  remove_tree();
  return failed_checks != 0;
}
