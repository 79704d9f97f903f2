// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/statistics.h"

#include <math.h>
#include <stdbool.h>

#include "common/check.h"

static bool near(double a, double b) {
  return fabs(a - b) <= 1e-9 * fabs(b);
}

static struct load_figures of(uint64_t users, uint64_t jobs, double real, const double* finished) {
  struct load_times times = {.users = users,
                             .jobs = jobs,
                             .jobs_done = users * jobs,
                             .real_seconds = real,
                             .finished = finished};
  return compute_figures(&times);
}

static void rates_are_those_of_the_published_table(void) {
  // 4000 users, 119.97 s and 102 jobs gave 204051.01 jobs a minute, and 51.01 for a user.
  static double finished[4000];
  for (int i = 0; i < 4000; ++i) finished[i] = 119.97;
  struct load_figures figures = of(4000, 102, 119.97, finished);
  CHECK(fabs(figures.jobs_per_minute - 204051.01) < 0.01);
  CHECK(fabs(figures.jobs_per_minute_user - 51.01) < 0.01);
  CHECK(near(figures.jobs_per_second_user, 102 / 119.97));
  CHECK(figures.std_dev < 1e-9);
  CHECK(figures.jti >= 99);  // cut off, so the last bit of the mean decides
}

static void the_deviation_is_that_of_the_population(void) {
  static const double finished[] = {2, 4, 4, 4, 5, 5, 7, 9};
  struct load_figures figures = of(8, 10, 9, finished);
  CHECK(near(figures.std_dev, 2));
  CHECK(near(figures.std_dev_percent, 40));
  CHECK(figures.jti == 60);
  CHECK(figures.longest_seconds == 9);
  CHECK(figures.shortest_seconds == 2);
}

static void the_index_is_cut_off_and_may_be_negative(void) {
  static const double third[] = {1, 2};  // deviation 0.5, mean 1.5: 66.67
  CHECK(of(2, 1, 2, third).jti == 66);
  // One of n users takes time: the deviation is sqrt(n - 1) means.
  static const double one_of_three[] = {3, 0, 0};
  CHECK(of(3, 1, 3, one_of_three).jti == -41);
  static const double one_of_five[] = {5, 0, 0, 0, 0};
  CHECK(of(5, 1, 5, one_of_five).jti == 0);
  static const double alone[] = {5};
  CHECK(of(1, 1, 5, alone).jti == 100);
}

int main(void) {
  rates_are_those_of_the_published_table();
  the_deviation_is_that_of_the_population();
  the_index_is_cut_off_and_may_be_negative();
  return failed_checks != 0;
}
