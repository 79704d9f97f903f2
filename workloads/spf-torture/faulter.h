// SPDX-License-Identifier: GPL-2.0-or-later
/// The threads that fault: each owns every n-th page of each plot, writes its own pages, reads all.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "spf-torture/plot.h"

struct faulter {
  pthread_t thread;
  struct plot* plots;
  size_t plot_count;
  size_t number;    ///< of this thread
  size_t of;        ///< how many there are
  uint64_t chance;  ///< seed
};

/// A thread's function; `argument` is its struct faulter. Ends when the tally says stop.
void* faulter_run(void* argument);

/// One write and one read of a page, by its owner.
void faulter_write(struct plot* plot, size_t page);
void faulter_check(struct plot* plot, size_t page);
