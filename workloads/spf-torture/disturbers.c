// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "spf-torture/disturbers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"
#include "spf-torture/guarded.h"
#include "spf-torture/serve.h"
#include "spf-torture/tally.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

// Each plot has two places, each aligned as a huge page, with one in between that stays empty.
static const size_t HUGE = (size_t)2 << 20;
enum { PLACES = 4 };
// What one table of page tables maps. A plot that moves with all of it is at its start.
static const size_t GIANT = (size_t)1 << 30;
enum { MOST_REST_US = 5000 };  ///< between operations; much less in focus

struct site {
  size_t kind;
  struct plot* plot;
  unsigned char* places;
  size_t span;  ///< bytes that are mapped and move together, from the plot's first on
  uint64_t chance;
  bool registered;  ///< with the userfaultfd
};

struct part {
  unsigned char* start;
  size_t pages;
  size_t bytes;
};

static size_t plot_bytes(const struct plot* plot) {
  return PLOT_PAGES * plot->page_size;
}

// A part in which somebody is writing.
static struct part some_part(struct site* site) {
  uint64_t chance = next_chance(&site->chance);
  struct plot* plot = site->plot;
  size_t hot = atomic_load(&plot->hot);
  size_t first = chance % (hot + 1);
  size_t pages = hot - first + 1 + (chance >> 16) % (PLOT_PAGES - hot);
  return (struct part){atomic_load(&plot->base) + first * plot->page_size, pages,
                       pages * plot->page_size};
}

static void note(int result) {
  count_up(&tally->operations);
  if (result != 0) count_up(&tally->unable);
}

// --- Nothing may be lost ---------------------------------------------------------------------

// While a part is read-only its pages must stay as they are.
static void protect(struct site* site) {
  struct part part = some_part(site);
  static uint64_t seen[PLOT_PAGES];  // one thread only
  if (mprotect(part.start, part.bytes, PROT_READ) != 0) return note(errno);
  size_t page_size = site->plot->page_size;
  size_t first = (size_t)(part.start - atomic_load(&site->plot->base)) / page_size;
  plot_begin_guard(site->plot, first, part.pages);
  for (size_t i = 0; i < part.pages; ++i) {
    guarded_read((uint64_t*)(void*)(part.start + i * page_size), &seen[i]);
  }
  rest(&site->chance, MOST_REST_US / 5);
  for (size_t i = 0; i < part.pages; ++i) {
    uint64_t now = seen[i];
    guarded_read((uint64_t*)(void*)(part.start + i * page_size), &now);
    if (now != seen[i]) {
      violation("write to read-only page %zu of plot %s: %016" PRIx64 " became %016" PRIx64,
                first + i, site->plot->name, seen[i], now);
    }
  }
  plot_end_guard(site->plot);
  note(mprotect(part.start, part.bytes, PROT_READ | PROT_WRITE));
}

// Splits and merges VMAs without touching a page.
static void split(struct site* site) {
  struct part part = some_part(site);
  note(madvise(part.start, part.bytes, MADV_DONTFORK));
  rest(&site->chance, 100);
  note(madvise(part.start, part.bytes, MADV_DOFORK));
}

static void move_to(struct site* site, unsigned char* target) {
  struct plot* plot = site->plot;
  unsigned char* from = atomic_load(&plot->base);
  void* moved = mremap(from, site->span, site->span, MREMAP_MAYMOVE | MREMAP_FIXED, target);
  note(moved == MAP_FAILED);
  if (moved == MAP_FAILED) return;
  // Keeps the place it left, so that no other mapping can come there.
  if (mmap(from, site->span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
           0) == MAP_FAILED) {
    fail_errno(STATUS_FAILED, errno, "keeping a place");
  }
  atomic_store(&plot->base, target);
}

static void move_table(struct site* site) {
  bool there = atomic_load(&site->plot->base) != site->places;
  move_to(site, site->places + (there ? 0 : 2 * HUGE));
}

// With a gigabyte of which it is the only part that was touched.
static void move_tables(struct site* site) {
  bool there = atomic_load(&site->plot->base) != site->places;
  move_to(site, site->places + (there ? 0 : GIANT));
}

// To a place that is aligned otherwise: entry by entry.
static void move_entries(struct site* site) {
  bool there = atomic_load(&site->plot->base) != site->places;
  move_to(site, site->places + (there ? 0 : 2 * HUGE + 16 * site->plot->page_size));
}

static void lock(struct site* site) {
  struct part part = some_part(site);
  note(mlock(part.start, part.bytes));
  rest(&site->chance, 200);
  note(munlock(part.start, part.bytes));
}

static void reclaim(struct site* site) {
  struct part part = some_part(site);
  note(madvise(part.start, part.bytes, MADV_PAGEOUT));
}

static uint64_t page_word(struct plot* plot, size_t page) {
  return *(volatile uint64_t*)(void*)(atomic_load(&plot->base) + page * plot->page_size);
}

// A child's copy: nothing that the parent writes may appear in it, and the reverse. Only plots that
// stay where they are and are readable: the child cannot wait for the thread that changes another.
static _Noreturn void live_as_copy(struct site* site) {
  static uint64_t seen[PLOT_PAGES];
  struct plot* plot = site->plot;
  for (size_t page = 0; page < PLOT_PAGES; ++page) {
    seen[page] = page_word(plot, page);
    if (plot_judge_foreign(plot, page, seen[page]) != PAGE_GOOD) {
      violation("foreign page %zu in the child's copy of %s: %016" PRIx64, page, plot->name,
                seen[page]);
    }
  }
  rest(&site->chance, 1000);
  for (size_t page = 0; page < PLOT_PAGES; ++page) {
    if (page_word(plot, page) != seen[page]) {
      violation("page %zu of the child's copy of %s changed", page, plot->name);
    }
  }
  for (size_t page = 0; page < PLOT_PAGES; page += 3) {
    *(volatile uint64_t*)(void*)(atomic_load(&plot->base) + page * plot->page_size) =
        UINT64_C(0xc41d000000000000) + page;
  }
  _exit(0);
}

static _Noreturn void live_wiped(struct site* site) {
  for (size_t page = 0; page < PLOT_PAGES; ++page) {
    if (page_word(site->plot, page) != 0) {
      violation("page %zu of %s was not wiped on fork", page, site->plot->name);
    }
  }
  _exit(0);
}

static void fork_into(struct site* site, void (*child)(struct site*)) {
  pid_t pid = fork();
  note(pid < 0);
  if (pid < 0) return;
  if (pid == 0) child(site);
  count_up(&tally->forks);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0)
    violation("a forked child of %s ended with status %#x", site->plot->name, status);
}

static void copy(struct site* site) {
  fork_into(site, live_as_copy);
  rest(&site->chance, 10 * MOST_REST_US);
}

static void wipe(struct site* site) {
  struct plot* plot = site->plot;
  note(madvise(atomic_load(&plot->base), plot_bytes(plot), MADV_WIPEONFORK));
  fork_into(site, live_wiped);
  note(madvise(atomic_load(&plot->base), plot_bytes(plot), MADV_KEEPONFORK));
  rest(&site->chance, 10 * MOST_REST_US);
}

// --- Everything in a part may be lost, and must be ---------------------------------------------

static void discard(struct site* site, int advice) {
  struct plot* plot = site->plot;
  plot_begin_discard(plot);
  int result = madvise(atomic_load(&plot->base), plot_bytes(plot), advice);
  if (result != 0) fail_errno(STATUS_FAILED, errno, "madvise(%d) of %s", advice, plot->name);
  plot_end_discard(plot);
  note(0);
}

static void drop(struct site* site) {
  discard(site, MADV_DONTNEED);
}

static void offer(struct site* site) {
  discard(site, MADV_FREE);
}

static void map_again(unsigned char* at, size_t bytes) {
  if (mmap(at, bytes, PROT_READ | PROT_WRITE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED) {
    fail_errno(STATUS_FAILED, errno, "mapping a plot again");
  }
}

static void unmap(struct site* site) {
  struct plot* plot = site->plot;
  unsigned char* base = atomic_load(&plot->base);
  size_t bytes = plot_bytes(plot);
  uint64_t chance = next_chance(&site->chance);
  plot_begin_discard(plot);
  if (chance % 2 == 0) {
    // In two parts, so that a neighbour keeps the page table while one is unmapped.
    size_t first = (chance >> 8) % (PLOT_PAGES - 1) + 1;
    munmap(base, first * plot->page_size);
    map_again(base, first * plot->page_size);
    munmap(base + first * plot->page_size, bytes - first * plot->page_size);
    map_again(base + first * plot->page_size, bytes - first * plot->page_size);
  } else {
    map_again(base, bytes);
  }
  plot_end_discard(plot);
  note(0);
}

static void collapse(struct site* site) {
  struct plot* plot = site->plot;
  note(madvise(atomic_load(&plot->base), plot_bytes(plot), MADV_COLLAPSE));
  rest(&site->chance, MOST_REST_US);
  discard(site, MADV_DONTNEED);
}

static void serve(struct site* site) {
  struct plot* plot = site->plot;
  plot_begin_discard(plot);
  if (site->registered) {
    serve_unregister(plot);
  } else {
    serve_register(plot);
  }
  site->registered = !site->registered;
  if (madvise(atomic_load(&plot->base), plot_bytes(plot), MADV_DONTNEED) != 0) {
    fail_errno(STATUS_FAILED, errno, "emptying %s", plot->name);
  }
  plot_end_discard(plot);
  note(0);
}

static const struct {
  const char* name;
  void (*operate)(struct site*);
  enum discarded_content discarded;
} kinds[] = {
    {"mprotect", protect, DISCARDED_IS_ZERO},
    {"split", split, DISCARDED_IS_ZERO},
    {"mremap-table", move_table, DISCARDED_IS_ZERO},
    {"mremap-tables", move_tables, DISCARDED_IS_ZERO},
    {"mremap-entries", move_entries, DISCARDED_IS_ZERO},
    {"mlock", lock, DISCARDED_IS_ZERO},
    {"reclaim", reclaim, DISCARDED_IS_ZERO},
    {"fork", copy, DISCARDED_IS_ZERO},
    {"wipe-on-fork", wipe, DISCARDED_IS_ZERO},
    {"dontneed", drop, DISCARDED_IS_ZERO},
    {"free", offer, DISCARDED_MAY_STAY},
    {"munmap", unmap, DISCARDED_IS_ZERO},
    {"collapse", collapse, DISCARDED_IS_ZERO},
    {"userfaultfd", serve, DISCARDED_IS_SERVED},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

// The kinds that were chosen, one for each plot.
static size_t chosen[KINDS];
static size_t chosen_count;

static struct site sites[KINDS];
static pthread_t threads[KINDS];

bool disturbers_choose(const char* name) {
  for (size_t kind = 0; kind < KINDS; ++kind) {
    if (strcmp(name, kinds[kind].name) != 0) continue;
    for (size_t i = 0; i < chosen_count; ++i) {
      if (chosen[i] == kind) return true;
    }
    chosen[chosen_count++] = kind;
    return true;
  }
  return false;
}

void disturbers_choose_all(void) {
  for (size_t kind = 0; kind < KINDS; ++kind) disturbers_choose(kinds[kind].name);
}

size_t disturber_count(void) {
  return chosen_count;
}

// Address space without memory, at a multiple of `alignment`.
static unsigned char* reserve(size_t bytes, size_t alignment) {
  unsigned char* range =
      mmap(NULL, bytes + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "reserving %zu bytes", bytes);
  return range + (alignment - (uintptr_t)range % alignment) % alignment;
}

void disturbers_map(struct plot* plots) {
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  if (PLOT_PAGES * page_size != HUGE) {
    fail(STATUS_ENVIRONMENT, "pages of 4 KiB are needed, not of %zu bytes", page_size);
  }
  unsigned char* range = reserve(chosen_count * PLACES * HUGE, HUGE);
  for (size_t i = 0; i < chosen_count; ++i) {
    size_t kind = chosen[i];
    bool giant = kinds[kind].operate == move_tables;
    sites[i].kind = kind;
    sites[i].plot = &plots[i];
    sites[i].places = giant ? reserve(2 * GIANT, GIANT) : range + i * PLACES * HUGE;
    sites[i].span = giant ? GIANT : HUGE;
    plots[i].name = kinds[kind].name;
    plots[i].id = (uint8_t)(i + 1);
    plots[i].discarded = kinds[kind].discarded;
    plots[i].page_size = page_size;
    atomic_store(&plots[i].base, sites[i].places);
    map_again(sites[i].places, sites[i].span);
  }
  serve_create();
}

// Until somebody begins to write in this plot, but not for long.
static void await_write(const struct plot* plot) {
  size_t hot = atomic_load(&plot->hot);
  for (int i = 0; i < 2000 && atomic_load(&plot->hot) == hot; ++i) {
  }
}

// A plot that moves leaves a hole for a moment. The stack of a thread that is started then could
// come to lie in it, and be mapped over: nobody moves before the last thread is there.
static atomic_bool all_started;

static void* disturb(void* argument) {
  struct site* site = argument;
  while (!atomic_load(&all_started)) usleep(1000);
  while (!stopped()) {
    await_write(site->plot);
    kinds[site->kind].operate(site);
    // Full of pages a plot would have no more faults. Served epochs are counted: see plot_serves().
    bool refill = site->plot->discarded != DISCARDED_IS_SERVED;
    if (refill && next_chance(&site->chance) % 2 == 0) discard(site, MADV_DONTNEED);
    rest(&site->chance, atomic_load(&site->plot->focus) ? MOST_REST_US / 20 : 2 * MOST_REST_US);
  }
  if (site->registered) {
    // Threads that wait for the handler go on, and threads that have not yet seen the end find
    // pages of zeroes where this epoch serves: as in a discard, one that never ends.
    plot_begin_discard(site->plot);
    serve_unregister(site->plot);
  }
  return NULL;
}

void disturbers_start(struct plot* plots, uint64_t seed) {
  serve_start(plots, chosen_count);
  for (size_t i = 0; i < chosen_count; ++i) {
    sites[i].chance = seed + i;
    int error = pthread_create(&threads[i], NULL, disturb, &sites[i]);
    if (error != 0) fail_errno(STATUS_FAILED, error, "starting a thread");
  }
  atomic_store(&all_started, true);
}

void disturbers_join(void) {
  for (size_t i = 0; i < chosen_count; ++i) pthread_join(threads[i], NULL);
  serve_join();
}
