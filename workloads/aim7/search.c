// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/search.h"

#include <math.h>

enum { FIXED_POINTS = 9 };

uint64_t next_step(uint64_t step, uint64_t points, const struct load_figures* figures,
                   double seconds_before) {
  if (points <= FIXED_POINTS) return step;
  double users = (double)figures->users;
  double distance = figures->jobs_per_minute - users;
  // Near the classic crossover, where a user gets a job a minute: half way there.
  if (distance / users <= 0.10) return distance >= 4 ? (uint64_t)(distance / 2) : 1;
  double ratio = figures->real_seconds / seconds_before;
  double mean = (figures->real_seconds + seconds_before) / 2;
  double factor = 2 / (seconds_before / mean);
  double next = (double)step;
  if (ratio < 1.20) next *= factor;
  if (ratio > 1.30) next /= factor;
  return next < 1 ? step : (uint64_t)next;
}

static enum search_end look_for_plateau(struct search* search, double jobs_per_minute) {
  search->recent[(search->points - 1) % PLATEAU_POINTS] = jobs_per_minute;
  if (search->points < PLATEAU_POINTS) return SEARCH_GOES_ON;
  double sum = 0;
  for (int i = 0; i < PLATEAU_POINTS; ++i) sum += search->recent[i];
  double mean = sum / PLATEAU_POINTS;
  double squares = 0;
  for (int i = 0; i < PLATEAU_POINTS; ++i) {
    squares += (search->recent[i] - mean) * (search->recent[i] - mean);
  }
  double before = search->mean_before;
  search->mean_before = mean;
  if (before > 0 && mean < before * 0.99) return SEARCH_FALLING;
  if (sqrt(squares / PLATEAU_POINTS) < mean * 0.01) return SEARCH_FLAT;
  return SEARCH_GOES_ON;
}

enum search_end search_advance(struct search* search, const struct load_figures* figures) {
  ++search->points;
  if (search->crossover_limit > 0 && figures->jobs_per_minute_user <= search->crossover_limit) {
    return SEARCH_CROSSOVER;
  }
  if (search->until_plateau) {
    enum search_end end = look_for_plateau(search, figures->jobs_per_minute);
    if (end != SEARCH_GOES_ON) return end;
  }
  if (search->adaptive) {
    search->step = next_step(search->step, search->points, figures, search->seconds_before);
  }
  search->seconds_before = figures->real_seconds;
  if (search->last != 0 && search->users + search->step > search->last) return SEARCH_LAST;
  search->users += search->step;
  return SEARCH_GOES_ON;
}
