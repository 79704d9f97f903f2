// SPDX-License-Identifier: GPL-2.0-or-later
/// What the reverse map itself costs in memory, from /proc/slabinfo.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Where SLUB has a directory for each cache.
#define SLAB_DIRECTORY "/sys/kernel/slab"

struct slab_cache {
  bool found;        ///< false: unreadable, not listed, or merged into a cache of another name
  uint64_t objects;  ///< in use; exact after shrink_slab_cache(), else a CPU's current slab counts
                     ///< as full
  uint64_t bytes;    ///< of the pages that the cache holds
};

/// Reads the cache `name` from `path`, in format 2.x of /proc/slabinfo.
struct slab_cache read_slab_cache(const char* path, const char* name);

/// Asks the kernel to give up the free objects and per-CPU slabs of the cache `name`. `directory`
/// is SLAB_DIRECTORY. Nothing happens where that cannot be done.
void shrink_slab_cache(const char* directory, const char* name);
