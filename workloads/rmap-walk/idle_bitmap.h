// SPDX-License-Identifier: GPL-2.0-or-later
/// Idle page tracking as a stopwatch for the reverse map. Each bit that is written to the bitmap
/// makes the kernel visit all mappings of that page once, without the early ends that reclaim takes
/// (mm/page_idle.c).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where the kernel has the bitmap: bit n of the file is the page frame n.
#define IDLE_BITMAP_PATH "/sys/kernel/mm/page_idle/bitmap"

/// Sets the bit of every page frame of the machine. Returns a negative errno or 0.
int idle_bitmap_mark_all(const char* path);

/// Sets the bits of `count` page frames, ascending. Frames between them are passed over by the
/// kernel at a few nanoseconds each. Returns a negative errno or 0.
int idle_bitmap_mark(const char* path, const uint64_t* frames, size_t count);

/// How many of `count` ascending page frames have the idle flag according to `path`
/// (/proc/kpageflags: a 64-bit word for each frame), or a negative errno.
int64_t count_idle(const char* path, const uint64_t* frames, size_t count);

/// Moves pages from the per-CPU batches to the LRU lists; pages in a batch are invisible to idle
/// page tracking. Returns the name of the way that worked, or NULL with errno set.
const char* drain_lru_batches(void);
