// SPDX-License-Identifier: GPL-2.0-or-later
#include "spf-torture/counts.h"

#include "common/check.h"

static void a_counter_is_found_by_its_whole_name(void) {
  const char* text = "nr_free_pages 1\nnr_anon_pages_huge 2\nnr_anon_pages 18446744073709551615\n";
  uint64_t count = 0;
  CHECK(find_count(text, "nr_anon_pages", &count));
  CHECK_COUNT(UINT64_MAX, count);
  CHECK(find_count(text, "nr_free_pages", &count));
  CHECK_COUNT(1, count);
  CHECK(!find_count(text, "anon_pages", &count));
  CHECK(!find_count(text, "spf_attempt", &count));
  CHECK(!find_count("", "spf_attempt", &count));
}

static void the_running_kernel_has_anonymous_pages(void) {
  struct page_counts counts = read_page_counts();
  CHECK(counts.anonymous > 0);
  CHECK(counts.page_tables > 0);
}

int main(void) {
  a_counter_is_found_by_its_whole_name();
  the_running_kernel_has_anonymous_pages();
  return failed_checks != 0;
}
