// SPDX-License-Identifier: GPL-2.0-or-later
/// What the reverse map itself costs in memory, from /proc/slabinfo.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct slab_cache {
  bool found;        ///< false: unreadable, not listed, or merged into a cache of another name
  uint64_t objects;  ///< in use; per-CPU slabs count as full
  uint64_t bytes;    ///< of the pages that the cache holds
};

/// Reads the cache `name` from `path`, in format 2.x of /proc/slabinfo.
struct slab_cache read_slab_cache(const char* path, const char* name);
