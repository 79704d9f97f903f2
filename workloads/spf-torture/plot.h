// SPDX-License-Identifier: GPL-2.0-or-later
/// A plot: 2 MiB of private anonymous memory that threads write and check while another thread does
/// something to the mapping. Every page is written by one thread alone, its owner, and carries its
/// address and a count of writes, so that a page which was lost, came from elsewhere or should be
/// gone is told from a good one.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PLOT_PAGES = 512 };  ///< one page table, one huge page

/// What the owner of a page knows about it. Only the owner reads and writes this.
struct page_record {
  uint32_t attempts;  ///< writes that were begun
  uint32_t written;   ///< the last of them that was finished
  uint64_t epoch;     ///< of the plot, when it was
  bool known;         ///< no write was broken off after that one
};

/// What a read of a page must find where its last known content was discarded.
enum discarded_content {
  DISCARDED_IS_ZERO,    ///< pages of zeroes
  DISCARDED_MAY_STAY,   ///< zeroes or the old content: MADV_FREE
  DISCARDED_IS_SERVED,  ///< in every second epoch what the userfaultfd's handler gives, else zeroes
};

struct plot {
  const char* name;
  uint8_t id;
  enum discarded_content discarded;
  size_t page_size;
  _Atomic(unsigned char*) base;  ///< where it is now; moves with mremap
  atomic_uint_least64_t epoch;   ///< discards: odd while one goes on
  atomic_size_t hot;             ///< the page that an owner is about to write
  atomic_bool focus;             ///< this is the plot at which the threads meet now
  atomic_uint_least64_t guard;   ///< odd while the guarded pages can only be read
  atomic_size_t guarded_first;
  atomic_size_t guarded_pages;
  struct page_record records[PLOT_PAGES];
};

enum verdict { PAGE_GOOD, PAGE_FOREIGN, PAGE_LOST, PAGE_STALE };

/// Content of a page as its two checked words say: the first and the last.
struct page_words {
  uint64_t first;
  uint64_t last;
};

/// What the owner writes the `write`-th time, and what the handler of a userfaultfd serves.
struct page_words plot_stamp(const struct plot* plot, size_t page, uint32_t write);
struct page_words plot_served(const struct plot* plot, size_t page);

/// Judges what the owner of `page` read between two looks at the epoch.
enum verdict plot_judge(const struct plot* plot, size_t page, uint64_t epoch_before,
                        uint64_t epoch_after, struct page_words read);

/// Judges what anybody read: only whether it belongs there.
enum verdict plot_judge_foreign(const struct plot* plot, size_t page, uint64_t first_word);

/// "lost", "foreign" or "stale".
const char* verdict_name(enum verdict verdict);

/// Marks the beginning and the end of a discard.
static inline void plot_begin_discard(struct plot* plot) {
  atomic_fetch_add(&plot->epoch, 1);
}
static inline void plot_end_discard(struct plot* plot) {
  atomic_fetch_add(&plot->epoch, 1);
}

/// Says that these pages cannot be written any more, and that they soon can again.
static inline void plot_begin_guard(struct plot* plot, size_t first, size_t pages) {
  atomic_store(&plot->guarded_first, first);
  atomic_store(&plot->guarded_pages, pages);
  atomic_fetch_add(&plot->guard, 1);
}
static inline void plot_end_guard(struct plot* plot) {
  atomic_fetch_add(&plot->guard, 1);
}

/// The guard that is on this page, or 0. Two equal answers but 0: nothing could be written between.
static inline uint64_t plot_guard_of(const struct plot* plot, size_t page) {
  uint64_t guard = atomic_load(&plot->guard);
  size_t first = atomic_load(&plot->guarded_first);
  bool inside = page >= first && page - first < atomic_load(&plot->guarded_pages);
  return guard % 2 == 1 && inside && atomic_load(&plot->guard) == guard ? guard : 0;
}

/// Whether discarded pages are served in this epoch.
static inline bool plot_serves(const struct plot* plot, uint64_t epoch) {
  return plot->discarded == DISCARDED_IS_SERVED && epoch % 4 == 2;
}
