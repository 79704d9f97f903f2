// SPDX-License-Identifier: GPL-2.0-or-later
/// How many jobs of each test a user does, and in which order.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aim7/mixes.h"

/// Quotas of one user: the same for all users.
struct plan {
  size_t quota[MIX_TASKS_MAX];  ///< of each task of the mix
  size_t jobs;                  ///< their sum: what a user does in a load point
};

/// Divides about `jobs` jobs among the tasks by weight: weight / total * jobs, rounded half up, and
/// at least one of each. The sum is what it comes to, and the figures are computed with that.
struct plan make_plan(const struct mix* mix, size_t jobs);

/// What one user has left to do.
struct draw {
  size_t left[MIX_TASKS_MAX];
  size_t total;
};

struct draw begin_draw(const struct plan* plan);

/// Takes a job at random out of those that are left and returns its task's index. Not for an empty
/// draw. `random` is any number: the draw is uniform over the jobs.
size_t draw_job(struct draw* draw, uint64_t random);
