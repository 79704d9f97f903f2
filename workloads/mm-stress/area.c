// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "mm-stress/area.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

enum { CHILD_STEPS = 12, MOVE_OWN_PAGES = 1 << 1, SAME_TAGS = 4 };

// How often each is chosen: verifying costs nothing, a child costs most.
static const struct {
  const char* name;
  unsigned weight;
} table[OPERATIONS] = {
    [OP_WRITE] = {"write", 24},    [OP_VERIFY] = {"verify", 16},  [OP_FORK] = {"fork", 3},
    [OP_REMAP] = {"remap", 8},     [OP_UNMAP] = {"unmap", 6},     [OP_PROTECT] = {"protect", 8},
    [OP_DISCARD] = {"discard", 8}, [OP_RECLAIM] = {"reclaim", 8}, [OP_MIGRATE] = {"migrate", 8},
    [OP_MERGE] = {"merge", 6},
};

const char* operation_name(enum operation operation) {
  return table[operation].name;
}

__attribute__((format(printf, 2, 3))) static bool wrong(struct area* area, const char* format,
                                                        ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(area->problem, sizeof area->problem, format, arguments);
  va_end(arguments);
  return false;
}

static bool call_failed(struct area* area, const char* call) {
  return wrong(area, "%s: %s", call, strerrordesc_np(errno));
}

// xorshift64*: one word of state, the same sequence on every machine.
static uint64_t next_random(struct area* area) {
  area->random ^= area->random >> 12;
  area->random ^= area->random << 25;
  area->random ^= area->random >> 27;
  return area->random * UINT64_C(2685821657736338717);
}

static size_t below(struct area* area, size_t bound) {
  return (size_t)((next_random(area) >> 32) % bound);
}

static void* map_anonymous(void* where, size_t bytes) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | (where != NULL ? MAP_FIXED : 0);
  return mmap(where, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
}

void areas_map(struct area* areas, size_t count, size_t chunks, uint64_t seed) {
  const size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  const size_t chunk_bytes = CHUNK_PAGES * page_size;
  // Two slots for each chunk. Nothing else is mapped at a place of the kernel's choice once the
  // threads run, so a slot that was left stays free.
  const size_t bytes = count * chunks * 2 * chunk_bytes;
  unsigned char* slots = map_anonymous(NULL, bytes);
  if (slots == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "mapping %zu bytes", bytes);
  for (size_t i = 0; i < count; ++i) {
    struct area* area = &areas[i];
    memset(area, 0, sizeof *area);
    area->page_size = page_size;
    area->count = chunks;
    area->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (i + 1);
    if (area->random == 0) area->random = 1;
    area->serial = (uint64_t)(i + 1) << 40;
    area->chunks = calloc(chunks, sizeof *area->chunks);
    if (area->chunks == NULL) fail(STATUS_FAILED, "no memory for %zu chunks", chunks);
    for (size_t chunk = 0; chunk < chunks; ++chunk) {
      struct chunk* one = &area->chunks[chunk];
      one->home = slots + (chunk * count + i) * 2 * chunk_bytes;
      one->memory = one->home;
      if (munmap(one->home + chunk_bytes, chunk_bytes) != 0)
        fail_errno(STATUS_FAILED, errno, "munmap");
    }
  }
}

void area_probe(bool* merging, bool* reclaim) {
  const size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  void* page = map_anonymous(NULL, page_size);
  if (page == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "mapping a page");
  *merging = madvise(page, page_size, MADV_MERGEABLE) == 0;
  *reclaim = madvise(page, page_size, MADV_PAGEOUT) == 0;
  munmap(page, page_size);
}

// The words of a page that carry its tag; the rest stays zero, so that pages of one tag are equal.
static volatile uint64_t* first_word(const struct area* area, const struct chunk* chunk,
                                     size_t page) {
  return (volatile uint64_t*)(void*)(chunk->memory + page * area->page_size);
}

static volatile uint64_t* last_word(const struct area* area, const struct chunk* chunk,
                                    size_t page) {
  return first_word(area, chunk, page) + area->page_size / sizeof(uint64_t) - 1;
}

struct range {
  struct chunk* chunk;
  size_t first, count;
};

static struct range some_pages(struct area* area) {
  struct range range = {&area->chunks[below(area, area->count)], below(area, CHUNK_PAGES), 0};
  range.count = 1 + below(area, CHUNK_PAGES - range.first);
  return range;
}

static void* start_of(const struct area* area, struct range range) {
  return range.chunk->memory + range.first * area->page_size;
}

static bool write_pages(struct area* area, struct range range) {
  // Every fourth time, tags that other pages and processes use as well: something for KSM to merge.
  const bool same = below(area, 4) == 0;
  for (size_t page = range.first; page < range.first + range.count; ++page) {
    const uint64_t tag = same ? 1 + below(area, SAME_TAGS) : ++area->serial;
    *first_word(area, range.chunk, page) = tag;
    *last_word(area, range.chunk, page) = tag;
    range.chunk->tags[page] = tag;
  }
  return true;
}

static bool verify_pages(struct area* area, struct range range) {
  for (size_t page = range.first; page < range.first + range.count; ++page) {
    const uint64_t tag = range.chunk->tags[page];
    const uint64_t first = *first_word(area, range.chunk, page);
    const uint64_t last = *last_word(area, range.chunk, page);
    if (first != tag || last != tag)
      return wrong(area,
                   "memory is not what was written: page %zu of a chunk holds %#" PRIx64
                   " and %#" PRIx64 " instead of %#" PRIx64,
                   page, first, last, tag);
  }
  __atomic_fetch_add(&area->tally->pages_verified, range.count, __ATOMIC_RELAXED);
  return true;
}

static bool verify_all(struct area* area) {
  for (size_t i = 0; i < area->count; ++i)
    if (!verify_pages(area, (struct range){&area->chunks[i], 0, CHUNK_PAGES})) return false;
  return true;
}

static bool wait_for_oldest(struct area* area) {
  int status = 0;
  pid_t pid;
  do {
    pid = waitpid(area->children[0], &status, 0);
  } while (pid < 0 && errno == EINTR);
  if (pid < 0) return call_failed(area, "waitpid");
  --area->living;
  memmove(area->children, area->children + 1, area->living * sizeof area->children[0]);
  if (WIFSIGNALED(status)) return wrong(area, "a child was killed by signal %d", WTERMSIG(status));
  if (WEXITSTATUS(status) != 0) return wrong(area, "a child failed");
  return true;
}

_Noreturn static void live_as_child(struct area* area, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(STATUS_FAILED);
  area->living = 0;
  --area->depth;
  area->random ^= (uint64_t)getpid() << 17;
  if (area->random == 0) area->random = 1;
  // Only this thread's area stood still during the fork.
  bool well = verify_all(area);
  for (int step = 0; well && step < CHILD_STEPS; ++step) well = area_step(area);
  if (well) well = area_finish(area);
  if (!well) dprintf(STDERR_FILENO, "mm-stress: in a child: %s\n", area->problem);
  _exit(well ? 0 : STATUS_FAILED);
}

static bool fork_child(struct area* area) {
  if (area->depth == 0) return true;
  if (area->living == MAX_LIVING_CHILDREN && !wait_for_oldest(area)) return false;
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) live_as_child(area, parent);
  if (pid < 0) return call_failed(area, "fork");
  area->children[area->living++] = pid;
  return true;
}

static bool remap(struct area* area, struct chunk* chunk) {
  const size_t bytes = CHUNK_PAGES * area->page_size;
  unsigned char* other = chunk->memory == chunk->home ? chunk->home + bytes : chunk->home;
  if (mremap(chunk->memory, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, other) != other)
    return call_failed(area, "mremap");
  chunk->memory = other;
  return true;
}

static bool unmap(struct area* area, struct chunk* chunk) {
  const size_t bytes = CHUNK_PAGES * area->page_size;
  if (munmap(chunk->memory, bytes) != 0) return call_failed(area, "munmap");
  if (map_anonymous(chunk->memory, bytes) != chunk->memory) return call_failed(area, "mmap");
  memset(chunk->tags, 0, sizeof chunk->tags);
  return true;
}

static bool protect(struct area* area, struct range range) {
  void* start = start_of(area, range);
  const size_t bytes = range.count * area->page_size;
  if (mprotect(start, bytes, PROT_READ) != 0) return call_failed(area, "mprotect");
  if (!verify_pages(area, range)) return false;
  if (mprotect(start, bytes, PROT_READ | PROT_WRITE) != 0) return call_failed(area, "mprotect");
  return true;
}

static bool advise(struct area* area, struct range range, int advice, const char* name) {
  if (madvise(start_of(area, range), range.count * area->page_size, advice) == 0) return true;
  // For want of memory the kernel may decline to merge or split.
  return errno == ENOMEM || errno == EAGAIN || call_failed(area, name);
}

static bool merge(struct area* area, struct chunk* chunk) {
  // The whole chunk: mremap() moves nothing that lies in two VMAs.
  const struct range all = {chunk, 0, CHUNK_PAGES};
  return below(area, 3) != 0 ? advise(area, all, MADV_MERGEABLE, "madvise(MADV_MERGEABLE)")
                             : advise(area, all, MADV_UNMERGEABLE, "madvise(MADV_UNMERGEABLE)");
}

static bool migrate(struct area* area, struct range range) {
  void* pages[CHUNK_PAGES];
  int nodes[CHUNK_PAGES];
  int status[CHUNK_PAGES];
  const int node = (int)below(area, area->nodes);
  for (size_t i = 0; i < range.count; ++i) {
    pages[i] = range.chunk->memory + (range.first + i) * area->page_size;
    nodes[i] = node;
  }
  if (syscall(SYS_move_pages, 0, range.count, pages, nodes, status, MOVE_OWN_PAGES) >= 0)
    return true;
  // None present, a full node: the pages stay where they are, which is as good.
  return errno == ENOENT || errno == ENOMEM || errno == EBUSY || call_failed(area, "move_pages");
}

static bool can_do(const struct area* area, enum operation operation) {
  switch (operation) {
    case OP_FORK:
      return area->depth > 0;
    case OP_RECLAIM:
      return area->reclaim;
    case OP_MIGRATE:
      return area->nodes > 1;
    case OP_MERGE:
      return area->merging;
    default:
      return true;
  }
}

static enum operation choose(struct area* area) {
  unsigned total = 0;
  for (int i = 0; i < OPERATIONS; ++i)
    if (can_do(area, (enum operation)i)) total += table[i].weight;
  unsigned ticket = (unsigned)below(area, total);
  for (int i = 0; i < OPERATIONS; ++i) {
    if (!can_do(area, (enum operation)i)) continue;
    if (ticket < table[i].weight) return (enum operation)i;
    ticket -= table[i].weight;
  }
  return OP_VERIFY;
}

bool area_step(struct area* area) {
  const enum operation operation = choose(area);
  const struct range range = some_pages(area);
  __atomic_fetch_add(&area->tally->done[operation], 1, __ATOMIC_RELAXED);
  switch (operation) {
    case OP_WRITE:
      return write_pages(area, range);
    case OP_FORK:
      return fork_child(area);
    case OP_REMAP:
      return remap(area, range.chunk);
    case OP_UNMAP:
      return unmap(area, range.chunk);
    case OP_PROTECT:
      return protect(area, range);
    case OP_DISCARD:
      if (!advise(area, range, MADV_DONTNEED, "madvise(MADV_DONTNEED)")) return false;
      memset(range.chunk->tags + range.first, 0, range.count * sizeof range.chunk->tags[0]);
      return true;
    case OP_RECLAIM:
      return advise(area, range, MADV_PAGEOUT, "madvise(MADV_PAGEOUT)");
    case OP_MIGRATE:
      return migrate(area, range);
    case OP_MERGE:
      return merge(area, range.chunk);
    case OP_VERIFY:
    default:
      return verify_pages(area, range);
  }
}

bool area_finish(struct area* area) {
  while (area->living > 0)
    if (!wait_for_oldest(area)) return false;
  return verify_all(area);
}
