// SPDX-License-Identifier: GPL-2.0-or-later
/// What is done to the plots while threads fault in them: one thread for each plot.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "spf-torture/plot.h"

/// Chooses a kind of disturbance by its name; false if there is none. Each has one plot.
bool disturbers_choose(const char* name);
void disturbers_choose_all(void);

/// How many were chosen.
size_t disturber_count(void);

/// Maps all plots, in address ranges that nothing else uses, and fills in `plots`
/// (disturber_count() of them). Exits with a reason, and STATUS_ENVIRONMENT where the kernel lacks
/// something.
void disturbers_map(struct plot* plots);

/// Starts and ends the disturbance of every plot. After the end no thread waits for a page.
void disturbers_start(struct plot* plots, uint64_t seed);
void disturbers_join(void);
