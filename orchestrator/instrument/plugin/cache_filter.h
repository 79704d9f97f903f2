/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set-associative cache with least-recently-used replacement in front of each NUMA node's CPUs:
 * tells which accesses would have gone to memory. A store takes the line away from the other nodes'
 * caches (write-invalidate), so that a line that nodes share and write counts as a miss each time
 * it changes hands. A model of what a last-level cache keeps, of nothing else: no latency, no
 * prefetch.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cache_filter;

/* `sets` and `line` (bytes) are powers of two; `ways` and `nodes` at least 1. All caches are empty.
 */
struct cache_filter* cache_filter_new(unsigned nodes, unsigned sets, unsigned ways, unsigned line);
void cache_filter_free(struct cache_filter* cache);
void cache_filter_clear(struct cache_filter* cache);
/* One access of a CPU of `node`; true if its node's cache did not hold the line. */
bool cache_filter_misses(struct cache_filter* cache, unsigned node, uint64_t address, bool store);

#ifdef __cplusplus
}
#endif
