// SPDX-License-Identifier: GPL-2.0-or-later
/// One load point: so many users start together, each does its jobs, all end.
#pragma once

#include <stdint.h>

#include "aim7/mixes.h"
#include "aim7/plan.h"
#include "aim7/statistics.h"

struct load_order {
  const struct mix* mix;
  const struct plan* plan;
  uint64_t users;
  uint64_t seed;        ///< of the users' random choices; the same seed, the same jobs
  const char* folder;   ///< for the users' files
  double most_seconds;  ///< from the start; users that take longer are ended. 0: no limit
};

/// Forks the users, waits until every one has reported, sleeps a second, signals the start and
/// waits until all have ended. The users' jobs are drawn from their quotas. Users die with this
/// process. Past most_seconds those who are left are ended, and the times say so. times->finished
/// is memory that load_point_free() gives back. Exits with a reason, and no user left, if a user
/// cannot be started, fails in a job or is killed.
struct load_times run_load_point(const struct load_order* order);

void load_point_free(struct load_times* times);
