// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/mixes.h"

#include <stdlib.h>
#include <unistd.h>

#include "aim7/plan.h"
#include "common/check.h"

static unsigned weight_of(const struct mix* mix, const char* test) {
  for (size_t i = 0; i < mix->task_count; ++i) {
    if (strcmp(mix->tasks[i].test->name, test) == 0) return mix->tasks[i].weight;
  }
  return 0;
}

static void built_in_mixes_have_each_test_once(void) {
  static const struct {
    const char* name;
    size_t tests;
  } expected[] = {{"alltests", 62}, {"compute", 26}, {"dbase", 23}, {"fserver", 31},
                  {"shared", 53},   {"mm", 8},       {"reclaim", 2}};
  for (size_t i = 0; i < sizeof expected / sizeof *expected; ++i) {
    struct mix mix = built_in_mix(expected[i].name);
    CHECK_COUNT(expected[i].tests, mix.task_count);
    CHECK_COUNT(10240, mix.file_bytes);
    CHECK_COUNT(1048576, mix.pool_bytes);
    for (size_t a = 0; a < mix.task_count; ++a) {
      for (size_t b = 0; b < a; ++b) CHECK(mix.tasks[a].test != mix.tasks[b].test);
    }
  }
}

static void weights_are_those_described(void) {
  struct mix shared = built_in_mix("shared");
  CHECK_COUNT(30, weight_of(&shared, "add_short"));
  CHECK_COUNT(20, weight_of(&shared, "exec_test"));
  CHECK_COUNT(10, weight_of(&shared, "sync_disk_wrt"));
  CHECK_COUNT(0, weight_of(&shared, "sync_disk_update"));
  struct mix all = built_in_mix("alltests");
  CHECK_COUNT(30, weight_of(&all, "sieve"));
  CHECK_COUNT(20, weight_of(&all, "sync_disk_wrt"));
  struct mix fserver = built_in_mix("fserver");
  CHECK_COUNT(5, weight_of(&fserver, "sync_disk_cp"));
}

static void quotas_are_rounded_half_up_and_at_least_one(void) {
  // Weights 30, 20 and 10 of 780: 3.85, 2.56 and 1.28 of a hundred jobs.
  struct mix mix = built_in_mix("shared");
  struct plan plan = make_plan(&mix, 100);
  size_t sum = 0;
  for (size_t i = 0; i < mix.task_count; ++i) {
    unsigned weight = mix.tasks[i].weight;
    CHECK_COUNT(weight == 30 ? 4 : weight == 20 ? 3 : 1, plan.quota[i]);
    sum += plan.quota[i];
  }
  CHECK_COUNT(sum, plan.jobs);
  CHECK_COUNT(97, plan.jobs);
  // Half of 5 is 2.5: 3. And one of a thousandth.
  mix.task_count = 2;
  mix.tasks[0].weight = mix.tasks[1].weight = 7;
  plan = make_plan(&mix, 5);
  CHECK_COUNT(3, plan.quota[0]);
  CHECK_COUNT(6, plan.jobs);
  mix.tasks[1].weight = 7000;
  plan = make_plan(&mix, 10);
  CHECK_COUNT(1, plan.quota[0]);
  CHECK_COUNT(11, plan.jobs);
}

static void a_draw_uses_every_quota_up(void) {
  struct mix mix = built_in_mix("compute");
  struct plan plan = make_plan(&mix, 100);
  struct job_room room = {.random = 42};
  struct draw draw = begin_draw(&plan);
  size_t done[MIX_TASKS_MAX] = {0};
  size_t first[5];
  for (size_t job = 0; job < plan.jobs; ++job) {
    size_t task = draw_job(&draw, job_random(&room));
    if (job < 5) first[job] = task;
    ++done[task];
  }
  CHECK_COUNT(0, draw.total);
  for (size_t i = 0; i < mix.task_count; ++i) CHECK_COUNT(plan.quota[i], done[i]);
  // Another seed, another order; the same seed, the same one.
  for (uint64_t seed = 42; seed <= 43; ++seed) {
    room.random = seed;
    draw = begin_draw(&plan);
    size_t equal = 0;
    for (size_t job = 0; job < 5; ++job) equal += draw_job(&draw, job_random(&room)) == first[job];
    CHECK((equal == 5) == (seed == 42));
  }
}

static void a_workfile_is_read(void) {
  char path[] = "/tmp/aim7-workfile.XXXXXX";
  int fd = mkstemp(path);
  static const char text[] =
      "# a mix\n"
      "FILESIZE: 20K\n"
      "POOLSIZE: 2m\n"
      "HEAPSIZE: 3M\n"
      "\n"
      "30 page_test\n"
      "  5\tfork_test   # few\n";
  CHECK(write(fd, text, sizeof text - 1) == (ssize_t)(sizeof text - 1));
  close(fd);
  struct mix mix = read_workfile(path);
  unlink(path);
  CHECK_COUNT(2, mix.task_count);
  CHECK_COUNT(30, weight_of(&mix, "page_test"));
  CHECK_COUNT(5, weight_of(&mix, "fork_test"));
  CHECK_COUNT(20480, mix.file_bytes);
  CHECK_COUNT(3145728, mix.heap_bytes);
  CHECK_COUNT(20480 + 2097152 / 4, user_file_bytes(&mix, 4));
}

int main(void) {
  built_in_mixes_have_each_test_once();
  weights_are_those_described();
  quotas_are_rounded_half_up_and_at_least_one();
  a_draw_uses_every_quota_up();
  a_workfile_is_read();
  return failed_checks != 0;
}
