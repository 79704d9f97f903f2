// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/load_point.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/check.h"
#include "common/fail.h"

static struct mix mix_of(const char* first, const char* second) {
  struct mix mix = {.name = "test", .task_count = 2, .file_bytes = 1000};
  mix.tasks[0] = (struct weighted_test){find_test(first), 1};
  mix.tasks[1] = (struct weighted_test){find_test(second), 1};
  return mix;
}

static void all_users_do_all_jobs_after_the_start(const char* folder) {
  struct mix mix = mix_of("add_int", "fork_test");
  struct plan plan = make_plan(&mix, 2);
  struct load_order order = {.mix = &mix, .plan = &plan, .users = 9, .seed = 1, .folder = folder};
  struct load_times times = run_load_point(&order);
  CHECK_COUNT(9, times.users);
  CHECK_COUNT(2, times.jobs);
  CHECK(times.real_seconds > 0);
  CHECK(times.user_seconds + times.system_seconds > 0);
  for (int i = 0; i < 9; ++i) {
    CHECK(times.finished[i] > 0);
    CHECK(times.finished[i] <= times.real_seconds);
  }
  load_point_free(&times);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1);  // no child is left
}

// Runs a load point that must fail in a process of its own; its exit status and its reason.
static int failing(const struct load_order* order, char* reason, size_t size) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    run_load_point(order);
    exit(0);
  }
  close(ends[1]);
  size_t length = 0;
  ssize_t got;
  while ((got = read(ends[0], reason + length, size - 1 - length)) > 0) length += (size_t)got;
  reason[length] = '\0';
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int linger(struct job_room* room) {
  if (room->user < 2) pause();
  return 0;
}

static void users_that_take_too_long_are_ended(const char* folder) {
  struct job_test slow = {"linger", linger, 0, 0, false, false};
  struct mix mix = {.name = "test", .task_count = 1};
  mix.tasks[0] = (struct weighted_test){&slow, 1};
  struct plan plan = make_plan(&mix, 3);
  struct load_order order = {
      .mix = &mix, .plan = &plan, .users = 5, .seed = 1, .folder = folder, .most_seconds = 0.2};
  struct load_times times = run_load_point(&order);
  CHECK_COUNT(2, times.unfinished);
  CHECK_COUNT(9, times.jobs_done);  // three users with three jobs
  CHECK(times.real_seconds >= 0.2);
  CHECK(times.finished[0] == times.real_seconds);
  load_point_free(&times);
  CHECK(waitpid(-1, NULL, WNOHANG) == -1);

  // The next one has all its time again.
  order.most_seconds = 0;
  mix.tasks[0].test = find_test("add_int");
  times = run_load_point(&order);
  CHECK_COUNT(0, times.unfinished);
  CHECK_COUNT(15, times.jobs_done);
  load_point_free(&times);
}

static int die(struct job_room* room) {
  (void)room;
  raise(SIGKILL);
  return 0;
}

static int miscount(struct job_room* room) {
  return room->user == 3 ? -EILSEQ : 0;
}

static void failures_are_told_by_name(void) {
  char reason[512];
  struct mix mix = mix_of("add_int", "disk_wrt");
  struct plan plan = make_plan(&mix, 2);
  struct load_order order = {
      .mix = &mix, .plan = &plan, .users = 5, .seed = 1, .folder = "/nonexistent"};
  CHECK(failing(&order, reason, sizeof reason) == STATUS_FAILED);
  CHECK(strstr(reason, "disk_wrt of user ") != NULL);
  CHECK(strstr(reason, "No such file or directory") != NULL);

  struct job_test killed = {"killed", die, 0, 0, false, false};
  mix.tasks[1].test = &killed;
  CHECK(failing(&order, reason, sizeof reason) == STATUS_FAILED);
  CHECK(strstr(reason, "killed by signal 9") != NULL);

  // Before the start, too: no user can have this much.
  mix.tasks[1].test = find_test("heap_test");
  mix.heap_bytes = UINT64_C(1) << 50;
  CHECK(failing(&order, reason, sizeof reason) == STATUS_FAILED);
  CHECK(strstr(reason, "heap_test of user ") != NULL);
  CHECK(strstr(reason, "Cannot allocate memory") != NULL);

  struct job_test wrong = {"miscount", miscount, 0, 0, false, false};
  mix.tasks[1].test = &wrong;
  CHECK(failing(&order, reason, sizeof reason) == STATUS_FAILED);
  CHECK(strstr(reason, "miscount of user 3 had a wrong result") != NULL);
}

int main(int argc, char** argv) {
  be_executed_if_asked(argc, argv);
  all_users_do_all_jobs_after_the_start("/tmp");
  users_that_take_too_long_are_ended("/tmp");
  failures_are_told_by_name();
  return failed_checks != 0;
}
