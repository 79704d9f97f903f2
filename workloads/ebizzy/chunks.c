// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "ebizzy/chunks.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/fail.h"

void* chunks_allocate(const struct chunks* chunks, size_t bytes) {
  if (!chunks->options.always_mmap) return malloc(bytes);
  void* block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block == MAP_FAILED ? NULL : block;
}

void chunks_free(const struct chunks* chunks, void* block, size_t bytes) {
  if (chunks->options.always_mmap) {
    munmap(block, bytes);
  } else {
    free(block);
  }
}

// A malloc'ed chunk shares its first and last page with malloc's own data: protect those between.
static void protect_whole_pages(const struct chunks* chunks, void* block, int protection) {
  uintptr_t page_size = chunks->page_size;
  uintptr_t first = ((uintptr_t)block + page_size - 1) / page_size * page_size;
  uintptr_t end = ((uintptr_t)block + chunks->options.chunk_bytes) / page_size * page_size;
  if (end <= first) return;
  if (mprotect((void*)first, end - first, protection) != 0) {
    fail_errno(STATUS_FAILED, errno, "changing the protection of a chunk");
  }
}

static bool is_protected(const struct chunks* chunks, size_t index) {
  return chunks->options.protect_even && index % 2 == 0;
}

static void* allocate_or_fail(const struct chunks* chunks, size_t bytes) {
  void* block = chunks_allocate(chunks, bytes);
  if (block == NULL) fail(STATUS_FAILED, "no memory for a block of %zu bytes", bytes);
  return block;
}

struct chunks chunks_make(const struct chunk_options* options) {
  struct chunks chunks = {.options = *options, .page_size = (size_t)sysconf(_SC_PAGESIZE)};
  if (options->never_mmap && mallopt(M_MMAP_MAX, 0) != 1)
    fail(STATUS_FAILED, "mallopt(M_MMAP_MAX)");
  chunks.chunk = calloc(options->count, sizeof *chunks.chunk);
  void** hole = calloc(options->count, sizeof *hole);
  if (chunks.chunk == NULL || hole == NULL) fail(STATUS_FAILED, "no memory for the list of chunks");
  for (size_t i = 0; i < options->count; ++i) {
    chunks.chunk[i] = allocate_or_fail(&chunks, options->chunk_bytes);
    if (options->holes) hole[i] = allocate_or_fail(&chunks, chunks.page_size);
  }
  // Freed only now: a hole that is freed at once would hold the next chunk.
  for (size_t i = 0; options->holes && i < options->count; ++i) {
    chunks_free(&chunks, hole[i], chunks.page_size);
  }
  free(hole);
  for (size_t i = 0; i < options->count; ++i) {
    size_t records = options->chunk_bytes / sizeof(record_t);
    for (size_t j = 0; j < records; ++j) chunks.chunk[i][j] = j;
    if (is_protected(&chunks, i)) protect_whole_pages(&chunks, chunks.chunk[i], PROT_READ);
  }
  return chunks;
}

void chunks_destroy(struct chunks* chunks) {
  for (size_t i = 0; i < chunks->options.count; ++i) {
    if (is_protected(chunks, i)) {
      protect_whole_pages(chunks, chunks->chunk[i], PROT_READ | PROT_WRITE);
    }
    chunks_free(chunks, chunks->chunk[i], chunks->options.chunk_bytes);
  }
  free(chunks->chunk);
  chunks->chunk = NULL;
}
