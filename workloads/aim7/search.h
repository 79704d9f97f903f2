// SPDX-License-Identifier: GPL-2.0-or-later
/// From load point to load point: how many users come next, and when to stop.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aim7/statistics.h"

enum { PLATEAU_POINTS = 5 };

struct search {
  uint64_t users;          ///< of the load point that is next
  uint64_t step;           ///< between load points; adapts itself after the ninth, if `adaptive`
  uint64_t last;           ///< no point beyond this many users; 0: no such limit
  double crossover_limit;  ///< stop where a user gets no more jobs a minute; 0: do not
  bool until_plateau;      ///< stop where throughput falls, or no longer changes
  bool adaptive;

  // What the search remembers; all 0 at first.
  uint64_t points;
  double seconds_before;
  double recent[PLATEAU_POINTS];  ///< jobs a minute of the latest points, in a ring
  double mean_before;             ///< of the five points before the latest
};

enum search_end {
  SEARCH_GOES_ON,
  SEARCH_CROSSOVER,  ///< crossover_limit was reached
  SEARCH_FALLING,    ///< the mean of five points fell by more than 1 %
  SEARCH_FLAT,       ///< five points deviate by less than 1 % of their mean
  SEARCH_LAST,       ///< the next point would be beyond `last`
};

/// Takes the figures of the load point with search->users users into account and moves on to the
/// next one, unless the search is at its end.
enum search_end search_advance(struct search* search, const struct load_figures* figures);

/// The increment that follows a point: see README.md. Pure.
uint64_t next_step(uint64_t step, uint64_t points, const struct load_figures* figures,
                   double seconds_before);
