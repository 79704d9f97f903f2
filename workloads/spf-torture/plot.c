// SPDX-License-Identifier: GPL-2.0-or-later
#include "spf-torture/plot.h"

// A stamp: a tag, the plot, the page, and the count of writes.
enum { TAG_WRITTEN = 0x5f, TAG_SERVED = 0x5e };

static uint64_t stamp(unsigned tag, const struct plot* plot, size_t page, uint32_t write) {
  return (uint64_t)tag << 56 | (uint64_t)plot->id << 48 | (uint64_t)page << 32 | write;
}

struct page_words plot_stamp(const struct plot* plot, size_t page, uint32_t write) {
  uint64_t first = stamp(TAG_WRITTEN, plot, page, write);
  return (struct page_words){first, ~first};
}

struct page_words plot_served(const struct plot* plot, size_t page) {
  uint64_t first = stamp(TAG_SERVED, plot, page, 0);
  return (struct page_words){first, ~first};
}

static bool same(struct page_words a, struct page_words b) {
  return a.first == b.first && a.last == b.last;
}

/// Zero, or something that was once written to this very page.
static bool belongs(const struct plot* plot, size_t page, uint64_t first, uint32_t last_write) {
  if (first == 0) return true;
  if (plot->discarded == DISCARDED_IS_SERVED && first == plot_served(plot, page).first) return true;
  uint64_t identity = stamp(TAG_WRITTEN, plot, page, 0);
  return (first & ~(uint64_t)UINT32_MAX) == identity && (uint32_t)first <= last_write;
}

enum verdict plot_judge_foreign(const struct plot* plot, size_t page, uint64_t first_word) {
  return belongs(plot, page, first_word, UINT32_MAX) ? PAGE_GOOD : PAGE_FOREIGN;
}

enum verdict plot_judge(const struct plot* plot, size_t page, uint64_t epoch_before,
                        uint64_t epoch_after, struct page_words read) {
  const struct page_record* record = &plot->records[page];
  if (!belongs(plot, page, read.first, record->attempts)) return PAGE_FOREIGN;
  if (read.last != 0 && !belongs(plot, page, ~read.last, record->attempts)) return PAGE_FOREIGN;
  if (epoch_before != epoch_after || epoch_before % 2 != 0 || !record->known) return PAGE_GOOD;

  struct page_words mine = plot_stamp(plot, page, record->written);
  if (record->epoch == epoch_before) return same(read, mine) ? PAGE_GOOD : PAGE_LOST;
  // The write was over before a discard began, and the discard before this read.
  struct page_words zero = {0, 0};
  switch (plot->discarded) {
    case DISCARDED_IS_ZERO:
      break;
    case DISCARDED_MAY_STAY:
      if (same(read, mine)) return PAGE_GOOD;
      break;
    case DISCARDED_IS_SERVED:
      if (!plot_serves(plot, epoch_before)) break;
      return same(read, plot_served(plot, page)) ? PAGE_GOOD : PAGE_STALE;
  }
  return same(read, zero) ? PAGE_GOOD : PAGE_STALE;
}

const char* verdict_name(enum verdict verdict) {
  switch (verdict) {
    case PAGE_FOREIGN:
      return "foreign";
    case PAGE_LOST:
      return "lost";
    case PAGE_STALE:
      return "stale";
    case PAGE_GOOD:
      break;
  }
  return "good";
}
