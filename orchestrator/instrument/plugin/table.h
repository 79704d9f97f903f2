/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash table from pairs of numbers to pointers; nothing is ever taken out. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct table_slot {
  uint64_t first, second;
  void* value; /* NULL: free. */
};

struct table {
  struct table_slot* slots;
  size_t capacity; /* A power of two, or 0 before the first use. */
  size_t used;
};

/* Where the value of the key is or is to be put; valid until the next call. A new slot holds NULL,
 * which the caller must replace at once. */
void** table_slot(struct table* table, uint64_t first, uint64_t second);
/* The value of the key, or NULL. */
void* table_find(const struct table* table, uint64_t first, uint64_t second);
void table_free(struct table* table); /* Not the values. */

/* calloc() that ends the process with a message instead of returning NULL. */
void* allocate(size_t count, size_t size);

#ifdef __cplusplus
}
#endif
