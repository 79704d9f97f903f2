// SPDX-License-Identifier: GPL-2.0-or-later
/// The figures of one load point, as AIM7 and its successors define them.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// What was measured.
struct load_times {
  uint64_t users;
  uint64_t jobs;        ///< of each user
  uint64_t jobs_done;   ///< by all of them: users * jobs, unless some were ended early
  uint64_t unfinished;  ///< users that were ended before they had done their jobs
  double real_seconds;  ///< from the common start until all users had ended
  double user_seconds;  ///< CPU time of all users and their children
  double system_seconds;
  const double* finished;  ///< when each user was done, or ended, in seconds from the common start
};

/// What follows from it.
struct load_figures {
  uint64_t users;
  uint64_t unfinished;
  double real_seconds;
  double user_seconds;
  double system_seconds;
  double jobs_per_minute;       ///< jobs_done * 60 / real
  double jobs_per_minute_user;  ///< jobs_done / users * 60 / real
  double jobs_per_second_user;  ///< jobs_done / users / real
  double std_dev;               ///< of the users' times; the population's
  double std_dev_percent;       ///< of their mean
  int jti;                      ///< job timing index: (1 - std_dev / mean) * 100, cut off; 100 for
                                ///< one user, 0 where std_dev is twice the mean or more
  double longest_seconds;
  double shortest_seconds;
};

/// Pure; `users` and `real_seconds` are more than 0.
struct load_figures compute_figures(const struct load_times* times);
