// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/statistics.h"

#include <math.h>

struct load_figures compute_figures(const struct load_times* times) {
  double users = (double)times->users;
  double jobs = (double)times->jobs_done / users;
  struct load_figures figures = {
      .users = times->users,
      .unfinished = times->unfinished,
      .real_seconds = times->real_seconds,
      .user_seconds = times->user_seconds,
      .system_seconds = times->system_seconds,
      .jobs_per_minute = (double)times->jobs_done * 60 / times->real_seconds,
      .jobs_per_minute_user = jobs * 60 / times->real_seconds,
      .jobs_per_second_user = jobs / times->real_seconds,
      .jti = 100,
      .longest_seconds = times->finished[0],
      .shortest_seconds = times->finished[0],
  };
  double sum = 0;
  for (uint64_t i = 0; i < times->users; ++i) {
    double seconds = times->finished[i];
    sum += seconds;
    if (seconds > figures.longest_seconds) figures.longest_seconds = seconds;
    if (seconds < figures.shortest_seconds) figures.shortest_seconds = seconds;
  }
  if (times->users == 1) return figures;
  double mean = sum / users;
  double squares = 0;
  for (uint64_t i = 0; i < times->users; ++i) {
    double distance = times->finished[i] - mean;
    squares += distance * distance;
  }
  figures.std_dev = sqrt(squares / users);
  double variation = mean > 0 ? figures.std_dev / mean : 0;
  figures.std_dev_percent = variation * 100;
  figures.jti = variation >= 2 ? 0 : (int)((1 - variation) * 100);
  return figures;
}
