// SPDX-License-Identifier: GPL-2.0-or-later
/// The memory of ebizzy: a few source chunks of sorted records, and the copies that threads make of
/// them.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A record is its own key.
typedef uint64_t record_t;

struct chunk_options {
  bool always_mmap;   ///< -m: a mapping for each allocation
  bool never_mmap;    ///< -M: malloc, kept on the heap
  bool protect_even;  ///< -p: every second source chunk read-only, so that mappings do not merge
  bool holes;         ///< -P: a page-sized hole behind each source chunk
  size_t chunk_bytes;
  size_t count;
};

struct chunks {
  struct chunk_options options;
  size_t page_size;
  record_t** chunk;  ///< `count` chunks, in which record j holds j
};

/// Allocates and fills the source chunks. Exits with a reason if there is no memory.
struct chunks chunks_make(const struct chunk_options* options);

/// Gives the source chunks back.
void chunks_destroy(struct chunks* chunks);

/// An uninitialised block of `bytes`, obtained as the options say; NULL if there is no memory. Any
/// thread.
void* chunks_allocate(const struct chunks* chunks, size_t bytes);

/// Gives back what chunks_allocate() returned for the same size.
void chunks_free(const struct chunks* chunks, void* block, size_t bytes);
