// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/search.h"

#include "common/check.h"

// A machine that does `rate` jobs a second, whoever asks.
static struct load_figures saturated(uint64_t users, double rate) {
  const double jobs = 100;
  double seconds = jobs * (double)users / rate;
  struct load_figures figures = {.users = users,
                                 .real_seconds = seconds,
                                 .jobs_per_minute = rate * 60,
                                 .jobs_per_minute_user = jobs * 60 / seconds};
  return figures;
}

static void fixed_points_end_with_the_last(void) {
  struct search search = {.users = 10, .step = 5, .last = 20};
  struct load_figures figures = saturated(10, 100);
  CHECK(search_advance(&search, &figures) == SEARCH_GOES_ON);
  CHECK_COUNT(15, search.users);
  CHECK(search_advance(&search, &figures) == SEARCH_GOES_ON);
  CHECK_COUNT(20, search.users);
  CHECK(search_advance(&search, &figures) == SEARCH_LAST);
  CHECK_COUNT(3, search.points);
}

static void a_crossover_is_found(void) {
  // 100 jobs a second are 6000 a minute: 10 for each of 600 users.
  struct search search = {.users = 100, .step = 100, .crossover_limit = 10};
  enum search_end end = SEARCH_GOES_ON;
  while (end == SEARCH_GOES_ON && search.users < 10000) {
    struct load_figures figures = saturated(search.users, 100);
    end = search_advance(&search, &figures);
  }
  CHECK(end == SEARCH_CROSSOVER);
  CHECK_COUNT(600, search.users);
}

static void the_increment_is_fixed_for_nine_points_and_then_adapts(void) {
  struct search search = {.users = 10, .step = 10, .adaptive = true};
  for (int point = 1; point <= 9; ++point) {
    struct load_figures figures = saturated(search.users, 1000);
    CHECK(search_advance(&search, &figures) == SEARCH_GOES_ON);
    CHECK_COUNT(10, search.step);
  }
  // The tenth: 100 users after 90, a ratio of 1.11: the step grows by 1 + ratio.
  CHECK_COUNT(100, search.users);
  struct load_figures figures = saturated(100, 1000);
  CHECK(search_advance(&search, &figures) == SEARCH_GOES_ON);
  CHECK_COUNT(21, search.step);
  CHECK_COUNT(121, search.users);
}

static struct load_figures timed(uint64_t users, double seconds, double jobs_per_minute) {
  struct load_figures figures = {
      .users = users, .real_seconds = seconds, .jobs_per_minute = jobs_per_minute};
  return figures;
}

static void steps_follow_the_ratio_of_times(void) {
  struct load_figures slow = timed(100, 30, 1e6);
  CHECK_COUNT(40, next_step(40, 9, &slow, 20));   // not yet
  CHECK_COUNT(16, next_step(40, 10, &slow, 20));  // 1.5: divided by 2.5
  struct load_figures even = timed(100, 25, 1e6);
  CHECK_COUNT(40, next_step(40, 10, &even, 20));  // 1.25: as it is
  struct load_figures fast = timed(100, 21, 1e6);
  CHECK_COUNT(82, next_step(40, 10, &fast, 20));  // 1.05: times 2.05
  CHECK_COUNT(2, next_step(2, 10, &slow, 5));     // 6: a step below one user is none
}

static void near_the_classic_crossover_the_step_halves_the_distance(void) {
  struct load_figures near = timed(1000, 30, 1080);
  CHECK_COUNT(40, next_step(500, 10, &near, 20));
  struct load_figures nearer = timed(1000, 30, 1001);
  CHECK_COUNT(1, next_step(500, 10, &nearer, 20));
  struct load_figures beyond = timed(1000, 30, 900);
  CHECK_COUNT(1, next_step(500, 10, &beyond, 20));
}

static enum search_end plateau(const double* rates, size_t count) {
  struct search search = {.users = 1, .step = 1, .until_plateau = true};
  enum search_end end = SEARCH_GOES_ON;
  for (size_t i = 0; i < count && end == SEARCH_GOES_ON; ++i) {
    struct load_figures figures = timed(search.users, 1, rates[i]);
    end = search_advance(&search, &figures);
  }
  return end;
}

static void a_plateau_is_flat_or_falls(void) {
  static const double growing[] = {100, 200, 300, 400, 500, 600, 700};
  CHECK(plateau(growing, 7) == SEARCH_GOES_ON);
  static const double flat[] = {100, 200, 1000, 1001, 1000, 999, 1002};
  CHECK(plateau(flat, 6) == SEARCH_GOES_ON);
  CHECK(plateau(flat, 7) == SEARCH_FLAT);
  static const double falling[] = {500, 1000, 1000, 1000, 900, 300};
  CHECK(plateau(falling, 5) == SEARCH_GOES_ON);
  CHECK(plateau(falling, 6) == SEARCH_FALLING);
}

int main(void) {
  fixed_points_end_with_the_last();
  a_crossover_is_found();
  the_increment_is_fixed_for_nine_points_and_then_adapts();
  steps_follow_the_ratio_of_times();
  near_the_classic_crossover_the_step_halves_the_distance();
  a_plateau_is_flat_or_falls();
  return failed_checks != 0;
}
