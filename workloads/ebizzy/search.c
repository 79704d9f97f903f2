// SPDX-License-Identifier: GPL-2.0-or-later
#include "ebizzy/search.h"

#include <stdlib.h>
#include <string.h>

static void copy_by_record(record_t* to, const record_t* from, size_t records) {
  for (size_t i = 0; i < records; ++i) {
    to[i] = from[i];
    __asm__ volatile("" ::: "memory");  // or the compiler makes a memcpy of the loop
  }
}

static void touch(volatile unsigned char* block, size_t bytes, size_t page_size) {
  for (size_t at = 0; at < bytes; at += page_size) block[at] = 0xff;
}

static int by_value(const void* left, const void* right) {
  record_t a = *(const record_t*)left;
  record_t b = *(const record_t*)right;
  return (a > b) - (a < b);
}

static bool find_linear(const record_t* copy, size_t records, record_t key) {
  for (size_t i = 0; i < records; ++i) {
    if (copy[i] == key) return true;
  }
  return false;
}

static bool find(const record_t* copy, size_t records, record_t key, bool linear) {
  if (linear) return find_linear(copy, records, key);
  return bsearch(&key, copy, records, sizeof key, by_value) != NULL;
}

enum search_result search_once(const struct chunks* chunks, const struct search_options* options,
                               struct generator* generator) {
  const record_t* chunk = chunks->chunk[generator_below(generator, chunks->options.count)];
  size_t records = chunks->options.chunk_bytes / sizeof(record_t);
  if (options->random_size) records = generator_below(generator, records) + 1;
  size_t bytes = records * sizeof(record_t);

  record_t* copy = chunks_allocate(chunks, bytes);
  if (copy == NULL) return SEARCH_NO_MEMORY;
  enum search_result result = SEARCH_DONE;
  if (options->touch_only) {
    touch((unsigned char*)copy, bytes, chunks->page_size);
  } else {
    if (options->own_memcpy) {
      copy_by_record(copy, chunk, records);
    } else {
      memcpy(copy, chunk, bytes);
    }
    record_t key = generator_below(generator, records);
    if (!find(copy, records, key, options->linear_search)) result = SEARCH_KEY_MISSING;
  }
  chunks_free(chunks, copy, bytes);
  return result;
}
