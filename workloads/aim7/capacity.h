// SPDX-License-Identifier: GPL-2.0-or-later
/// How many users a machine carries.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "aim7/mixes.h"
#include "aim7/plan.h"

/// What a user needs.
struct user_need {
  uint64_t pinned;     ///< bytes that cannot be swapped out: kernel stack, page tables, structures
  uint64_t pageable;   ///< bytes that the program and, on average over its jobs, its tests hold
  uint64_t processes;  ///< itself; where its tests make processes, a child and that one's child
};

struct machine_room {
  uint64_t available;  ///< bytes without swapping
  uint64_t swap;       ///< bytes, free
  uint64_t processes;  ///< that the kernel allows
};

/// The need of one user of so many. Pure.
struct user_need need_of_user(const struct mix* mix, const struct plan* plan, uint64_t users);

/// What the machine has now, from /proc/meminfo and the kernel's limits; without them, all there
/// can be.
struct machine_room measure_room(void);

/// Whether `users` users fit. An estimate: users whose jobs peak at one time need more. Pure.
bool users_fit(const struct user_need* need, const struct machine_room* room, uint64_t users);

/// Whether `users` users fit into the machine as it is now.
bool has_capacity(const struct mix* mix, const struct plan* plan, uint64_t users);

/// Exits with STATUS_ENVIRONMENT, and the figures, unless `users` users fit into the machine and
/// its limits of processes.
void require_capacity(const struct mix* mix, const struct plan* plan, uint64_t users);
