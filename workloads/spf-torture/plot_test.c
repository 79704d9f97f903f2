// SPDX-License-Identifier: GPL-2.0-or-later
#include "spf-torture/plot.h"

#include "common/check.h"

static struct plot a_plot(enum discarded_content discarded) {
  struct plot plot = {.name = "test", .id = 3, .discarded = discarded, .page_size = 4096};
  return plot;
}

static void owner_wrote(struct plot* plot, size_t page, uint32_t write, uint64_t epoch) {
  plot->records[page] =
      (struct page_record){.attempts = write, .written = write, .epoch = epoch, .known = true};
}

static const struct page_words zero = {0, 0};

static void the_last_write_is_good_and_everything_else_is_lost(void) {
  struct plot plot = a_plot(DISCARDED_IS_ZERO);
  owner_wrote(&plot, 7, 5, 2);
  CHECK(plot_judge(&plot, 7, 2, 2, plot_stamp(&plot, 7, 5)) == PAGE_GOOD);
  CHECK(plot_judge(&plot, 7, 2, 2, plot_stamp(&plot, 7, 4)) == PAGE_LOST);
  CHECK(plot_judge(&plot, 7, 2, 2, zero) == PAGE_LOST);
  struct page_words half = {plot_stamp(&plot, 7, 5).first, 0};
  CHECK(plot_judge(&plot, 7, 2, 2, half) == PAGE_LOST);
}

static void content_of_another_page_or_plot_or_time_is_foreign(void) {
  struct plot plot = a_plot(DISCARDED_IS_ZERO);
  struct plot other = plot;
  other.id = 4;
  owner_wrote(&plot, 7, 5, 2);
  CHECK(plot_judge(&plot, 7, 2, 2, plot_stamp(&plot, 8, 5)) == PAGE_FOREIGN);
  CHECK(plot_judge(&plot, 7, 2, 2, plot_stamp(&other, 7, 5)) == PAGE_FOREIGN);
  CHECK(plot_judge(&plot, 7, 2, 2, plot_stamp(&plot, 7, 6)) == PAGE_FOREIGN);
  CHECK(plot_judge(&plot, 7, 2, 2, plot_served(&plot, 7)) == PAGE_FOREIGN);
  CHECK(plot_judge(&plot, 7, 1, 4, plot_stamp(&plot, 8, 5)) == PAGE_FOREIGN);
  CHECK(plot_judge_foreign(&plot, 7, plot_stamp(&plot, 7, 99).first) == PAGE_GOOD);
  CHECK(plot_judge_foreign(&plot, 7, plot_stamp(&plot, 6, 1).first) == PAGE_FOREIGN);
}

static void a_page_that_outlives_its_discard_is_stale(void) {
  struct plot plot = a_plot(DISCARDED_IS_ZERO);
  owner_wrote(&plot, 0, 5, 2);
  CHECK(plot_judge(&plot, 0, 4, 4, zero) == PAGE_GOOD);
  CHECK(plot_judge(&plot, 0, 4, 4, plot_stamp(&plot, 0, 5)) == PAGE_STALE);
  plot.discarded = DISCARDED_MAY_STAY;
  CHECK(plot_judge(&plot, 0, 4, 4, plot_stamp(&plot, 0, 5)) == PAGE_GOOD);
  CHECK(plot_judge(&plot, 0, 4, 4, plot_stamp(&plot, 0, 4)) == PAGE_STALE);
}

static void a_served_page_must_not_be_zero_while_it_is_served(void) {
  struct plot plot = a_plot(DISCARDED_IS_SERVED);
  owner_wrote(&plot, 0, 5, 0);
  CHECK(plot_judge(&plot, 0, 2, 2, plot_served(&plot, 0)) == PAGE_GOOD);
  CHECK(plot_judge(&plot, 0, 2, 2, zero) == PAGE_STALE);
  CHECK(plot_judge(&plot, 0, 4, 4, zero) == PAGE_GOOD);
  CHECK(plot_judge(&plot, 0, 4, 4, plot_served(&plot, 0)) == PAGE_STALE);
}

static void nothing_is_said_about_a_page_while_it_is_being_discarded(void) {
  struct plot plot = a_plot(DISCARDED_IS_ZERO);
  owner_wrote(&plot, 0, 5, 2);
  CHECK(plot_judge(&plot, 0, 3, 3, zero) == PAGE_GOOD);
  CHECK(plot_judge(&plot, 0, 2, 3, zero) == PAGE_GOOD);
  CHECK(plot_judge(&plot, 0, 2, 4, plot_stamp(&plot, 0, 5)) == PAGE_GOOD);
  plot.records[0].known = false;
  CHECK(plot_judge(&plot, 0, 2, 2, zero) == PAGE_GOOD);
}

static void a_guard_is_seen_on_its_pages_while_it_lasts(void) {
  struct plot plot = a_plot(DISCARDED_IS_ZERO);
  CHECK_COUNT(0, plot_guard_of(&plot, 0));
  plot_begin_guard(&plot, 4, 2);
  uint64_t guard = plot_guard_of(&plot, 4);
  CHECK(guard != 0);
  CHECK_COUNT(guard, plot_guard_of(&plot, 5));
  CHECK_COUNT(0, plot_guard_of(&plot, 3));
  CHECK_COUNT(0, plot_guard_of(&plot, 6));
  plot_end_guard(&plot);
  CHECK_COUNT(0, plot_guard_of(&plot, 4));
  plot_begin_guard(&plot, 4, 2);
  CHECK(plot_guard_of(&plot, 4) != guard);
}

int main(void) {
  a_guard_is_seen_on_its_pages_while_it_lasts();
  the_last_write_is_good_and_everything_else_is_lost();
  content_of_another_page_or_plot_or_time_is_foreign();
  a_page_that_outlives_its_discard_is_stale();
  a_served_page_must_not_be_zero_while_it_is_served();
  nothing_is_said_about_a_page_while_it_is_being_discarded();
  return failed_checks != 0;
}
