// SPDX-License-Identifier: GPL-2.0-or-later
#include "spf-torture/faulter.h"

#include <inttypes.h>

#include "spf-torture/guarded.h"
#include "spf-torture/tally.h"

static uint64_t* first_word(struct plot* plot, size_t page) {
  return (uint64_t*)(void*)(atomic_load(&plot->base) + page * plot->page_size);
}

static uint64_t* last_word(const struct plot* plot, uint64_t* first) {
  return first + plot->page_size / sizeof(uint64_t) - 1;
}

void faulter_write(struct plot* plot, size_t page) {
  struct page_record* record = &plot->records[page];
  if (record->attempts == UINT32_MAX) return;
  uint64_t epoch = atomic_load(&plot->epoch);
  uint64_t* first = first_word(plot, page);
  struct page_words words = plot_stamp(plot, page, ++record->attempts);
  count_up(&tally->writes);
  atomic_store(&plot->hot, page);
  if (!guarded_write(first, words.first)) {
    count_up(&tally->refused);
    return;
  }
  uint64_t guard = plot_guard_of(plot, page);
  bool whole = guarded_write(last_word(plot, first), words.last);
  if (!whole) count_up(&tally->refused);
  if (whole && guard != 0 && guard == plot_guard_of(plot, page)) {
    violation("page %zu of plot %s was written while it was read-only", page, plot->name);
  }
  record->written = record->attempts;
  record->epoch = epoch;
  record->known = whole && epoch % 2 == 0 && epoch == atomic_load(&plot->epoch);
}

void faulter_check(struct plot* plot, size_t page) {
  struct page_words read;
  uint64_t before = atomic_load(&plot->epoch);
  uint64_t* first = first_word(plot, page);
  count_up(&tally->reads);
  if (!guarded_read(first, &read.first) || !guarded_read(last_word(plot, first), &read.last)) {
    count_up(&tally->refused);
    return;
  }
  atomic_thread_fence(memory_order_acquire);
  uint64_t after = atomic_load(&plot->epoch);
  enum verdict verdict = plot_judge(plot, page, before, after, read);
  if (verdict == PAGE_GOOD) return;
  const struct page_record* record = &plot->records[page];
  violation("%s page %zu of plot %s in epoch %" PRIu64 ": read %016" PRIx64 " %016" PRIx64
            ", wrote %08" PRIx32 " in epoch %" PRIu64,
            verdict_name(verdict), page, plot->name, before, read.first, read.last, record->written,
            record->epoch);
}

static void look_at(struct plot* plot, size_t page) {
  uint64_t word;
  count_up(&tally->reads);
  if (!guarded_read(first_word(plot, page), &word)) {
    count_up(&tally->refused);
  } else if (plot_judge_foreign(plot, page, word) != PAGE_GOOD) {
    violation("foreign page %zu of plot %s: %016" PRIx64, page, plot->name, word);
  }
}

void* faulter_run(void* argument) {
  struct faulter* self = argument;
  const size_t own_pages = PLOT_PAGES / self->of;
  while (!stopped()) {
    uint64_t chance = next_chance(&self->chance);
    struct plot* plot = &self->plots[chance % self->plot_count];
    // Half of all accesses meet at one plot.
    for (size_t i = 0; chance >> 63 != 0 && i < self->plot_count; ++i) {
      if (atomic_load(&self->plots[i].focus)) plot = &self->plots[i];
    }
    size_t page = (chance >> 8) % own_pages * self->of + self->number;
    switch ((chance >> 32) % 4) {
      case 0:
        // Mostly what its owner is writing now or next: two faults on one page.
        page = atomic_load(&plot->hot) + (chance >> 40) % 4 * self->of;
        if ((chance >> 60) % 4 == 0 || page >= PLOT_PAGES) page = (chance >> 40) % PLOT_PAGES;
        look_at(plot, page);
        break;
      case 1:
        faulter_check(plot, page);
        break;
      default:
        // Neighbours, as programs do, and each checked at once and again some other time.
        for (size_t i = 0; i < 4 && page < PLOT_PAGES; ++i, page += self->of) {
          faulter_write(plot, page);
          faulter_check(plot, page);
        }
    }
  }
  return NULL;
}
