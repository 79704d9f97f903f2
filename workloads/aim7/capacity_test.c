// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/capacity.h"

#include "common/check.h"

enum { KIB = 1024, MIB = 1024 * KIB };

static void a_user_needs_what_its_jobs_hold_on_average(void) {
  struct mix mix = {.task_count = 2, .file_bytes = 40 * KIB, .pool_bytes = 0, .heap_bytes = MIB};
  mix.tasks[0] = (struct weighted_test){find_test("heap_test"), 3};  // a megabyte, held
  mix.tasks[1] = (struct weighted_test){find_test("disk_cp"), 1};    // two files
  struct plan plan = make_plan(&mix, 100);
  struct user_need need = need_of_user(&mix, &plan, 10);
  uint64_t jobs = MIB + 25 * 2 * 40 * KIB / 100;
  CHECK(need.pageable > jobs);
  CHECK(need.pageable < jobs + 128 * KIB);
  CHECK(need.pinned > 16 * KIB && need.pinned < 128 * KIB);
  // The pool is shared out: the more users, the less for each.
  mix.pool_bytes = 10 * MIB;
  CHECK(need_of_user(&mix, &plan, 1).pageable > need_of_user(&mix, &plan, 100).pageable);
}

static void swap_carries_what_can_be_swapped(void) {
  struct user_need need = {.pinned = 50 * KIB, .pageable = 1000 * KIB, .processes = 1};
  struct machine_room room = {.available = 105 * (uint64_t)MIB, .processes = UINT64_MAX};
  CHECK(users_fit(&need, &room, 102));
  CHECK(!users_fit(&need, &room, 103));
  room.swap = 105 * (uint64_t)MIB;
  CHECK(users_fit(&need, &room, 204));
  CHECK(!users_fit(&need, &room, 205));
  // However much swap there is, the rest must stay in memory.
  room.swap = UINT64_C(1) << 40;
  CHECK(users_fit(&need, &room, 2150));
  CHECK(!users_fit(&need, &room, 2151));
}

static void processes_are_counted_where_a_mix_makes_them(void) {
  struct mix mix = {.task_count = 1, .heap_bytes = MIB};
  mix.tasks[0] = (struct weighted_test){find_test("heap_test"), 1};
  struct plan plan = make_plan(&mix, 10);
  struct user_need need = need_of_user(&mix, &plan, 10);
  struct machine_room room = {.available = UINT64_MAX / 2, .processes = 30};
  CHECK(users_fit(&need, &room, 30));
  CHECK(!users_fit(&need, &room, 31));
  mix.tasks[0].test = find_test("shell_rtns_2");
  need = need_of_user(&mix, &plan, 10);
  CHECK(users_fit(&need, &room, 10));
  CHECK(!users_fit(&need, &room, 11));
}

int main(void) {
  a_user_needs_what_its_jobs_hold_on_average();
  swap_carries_what_can_be_swapped();
  processes_are_counted_where_a_mix_makes_them();
  CHECK(measure_room().available > 0);
  CHECK(measure_room().processes > 0);
  return failed_checks != 0;
}
