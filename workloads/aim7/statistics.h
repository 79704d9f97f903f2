// SPDX-License-Identifier: GPL-2.0-or-later
/// The figures of one load point, as AIM7 and its successors define them.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// What was measured.
struct load_times {
  uint64_t users;
  uint64_t jobs;        ///< of each user
  double real_seconds;  ///< from the common start until all users had ended
  double user_seconds;  ///< CPU time of all users and their children
  double system_seconds;
  const double* finished;  ///< when each user was done, in seconds from the common start
};

/// What follows from it.
struct load_figures {
  uint64_t users;
  double real_seconds;
  double user_seconds;
  double system_seconds;
  double jobs_per_minute;       ///< jobs * users * 60 / real
  double jobs_per_minute_user;  ///< jobs * 60 / real
  double jobs_per_second_user;  ///< jobs / real
  double std_dev;               ///< of the users' times; the population's
  double std_dev_percent;       ///< of their mean
  int jti;                      ///< job timing index: (1 - std_dev / mean) * 100, cut off; 100 for
                                ///< one user, 0 where std_dev is twice the mean or more
  double longest_seconds;
  double shortest_seconds;
};

/// Pure; `users` and `real_seconds` are more than 0.
struct load_figures compute_figures(const struct load_times* times);
