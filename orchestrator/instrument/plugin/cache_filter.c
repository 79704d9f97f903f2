// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/cache_filter.h"

#include <stdlib.h>
#include <string.h>

#include "instrument/plugin/table.h"

struct cache_filter {
  unsigned nodes, sets, ways, line_shift;
  /* [node][set][way], most recently used first: line number + 1; 0 is empty. */
  uint64_t* lines;
};

static uint64_t* set_of(const struct cache_filter* cache, unsigned node, uint64_t line) {
  const size_t set = line & (cache->sets - 1);
  return cache->lines + ((size_t)node * cache->sets + set) * cache->ways;
}

static void drop(uint64_t* set, unsigned ways, uint64_t tag) {
  for (unsigned way = 0; way < ways; ++way) {
    if (set[way] != tag) continue;
    memmove(set + way, set + way + 1, (ways - way - 1) * sizeof *set);
    set[ways - 1] = 0;
    return;
  }
}

struct cache_filter* cache_filter_new(unsigned nodes, unsigned sets, unsigned ways, unsigned line) {
  struct cache_filter* cache = allocate(1, sizeof *cache);
  cache->nodes = nodes;
  cache->sets = sets;
  cache->ways = ways;
  while (1u << cache->line_shift < line) ++cache->line_shift;
  cache->lines = allocate((size_t)nodes * sets * ways, sizeof *cache->lines);
  return cache;
}

void cache_filter_free(struct cache_filter* cache) {
  if (!cache) return;
  free(cache->lines);
  free(cache);
}

void cache_filter_clear(struct cache_filter* cache) {
  memset(cache->lines, 0, (size_t)cache->nodes * cache->sets * cache->ways * sizeof *cache->lines);
}

bool cache_filter_misses(struct cache_filter* cache, unsigned node, uint64_t address, bool store) {
  const uint64_t line = address >> cache->line_shift;
  const uint64_t tag = line + 1;
  if (store)
    for (unsigned other = 0; other < cache->nodes; ++other)
      if (other != node) drop(set_of(cache, other, line), cache->ways, tag);
  uint64_t* set = set_of(cache, node, line);
  unsigned way = 0;
  while (way < cache->ways - 1 && set[way] != tag) ++way;
  const bool miss = set[way] != tag;
  memmove(set + 1, set, way * sizeof *set);
  set[0] = tag;
  return miss;
}
