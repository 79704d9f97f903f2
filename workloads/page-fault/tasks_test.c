// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "page-fault/tasks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/check.h"

enum { BYTES = 64 * 4096 };

static void every_case_works_in_both_forms(void) {
  for (size_t i = 0; case_at(i) != NULL; ++i) {
    for (int form = TASKS_ARE_PROCESSES; form <= TASKS_ARE_THREADS; ++form) {
      struct task_plan plan = {
          .test_case = case_at(i), .form = (enum task_form)form, .count = 3, .bytes = BYTES};
      struct tasks* tasks = tasks_start(&plan);
      // All of them get to work, however busy the machine is.
      for (size_t task = 0; task < plan.count; ++task) {
        while (tasks_operations(tasks, task) == 0) {
          nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        }
      }
      struct task_totals totals = tasks_stop(tasks);
      CHECK(totals.operations >= plan.count);
      bool faults = case_at(i)->resident_copies > 0;
      if (faults && totals.faults == 0) {
        fprintf(stderr, "%s faults nothing\n", case_at(i)->name);
        ++failed_checks;
      }
    }
  }
}

static void cases_are_found_by_their_whole_name(void) {
  CHECK(find_case("brk1") != NULL);
  CHECK(find_case("brk") == NULL);
  CHECK(find_case("") == NULL);
}

static void the_file_is_a_hole_without_a_name(void) {
  int fd = make_hole_file(BYTES);
  struct stat status;
  CHECK(fstat(fd, &status) == 0);
  CHECK_COUNT(BYTES, status.st_size);
  CHECK_COUNT(0, status.st_blocks);
  CHECK_COUNT(0, status.st_nlink);
  close(fd);
}

int main(void) {
  cases_are_found_by_their_whole_name();
  the_file_is_a_hole_without_a_name();
  every_case_works_in_both_forms();
  return failed_checks != 0;
}
