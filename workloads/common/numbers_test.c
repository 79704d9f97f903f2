// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/numbers.h"

#include "common/check.h"

static void a_count_is_the_whole_text(void) {
  uint64_t value = 7;
  CHECK(parse_count("0", 0, 10, &value));
  CHECK_COUNT(0, value);
  CHECK(parse_count("18446744073709551615", 0, UINT64_MAX, &value));
  CHECK_COUNT(UINT64_MAX, value);
  const char* const wrong[] = {"",     " 1", "1 ",  "-1",  "+1",
                               "0x10", "1K", "1.5", "one", "18446744073709551616"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
    value = 7;
    if (parse_count(wrong[i], 0, UINT64_MAX, &value)) {
      fprintf(stderr, "'%s' passes as a count\n", wrong[i]);
      ++failed_checks;
    }
    CHECK_COUNT(7, value);
  }
}

static void a_count_keeps_its_bounds(void) {
  uint64_t value = 7;
  CHECK(parse_count("2", 2, 4, &value));
  CHECK(parse_count("4", 2, 4, &value));
  CHECK(!parse_count("1", 2, 4, &value));
  CHECK(!parse_count("5", 2, 4, &value));
}

static void a_size_has_binary_suffixes(void) {
  uint64_t value = 0;
  CHECK(parse_size("4096", 0, UINT64_MAX, &value));
  CHECK_COUNT(4096, value);
  CHECK(parse_size("512K", 0, UINT64_MAX, &value));
  CHECK_COUNT(524288, value);
  CHECK(parse_size("3m", 0, UINT64_MAX, &value));
  CHECK_COUNT(3145728, value);
  CHECK(parse_size("2T", 0, UINT64_MAX, &value));
  CHECK_COUNT(UINT64_C(2199023255552), value);
  CHECK(!parse_size("1KB", 0, UINT64_MAX, &value));
  CHECK(!parse_size("K", 0, UINT64_MAX, &value));
  CHECK(!parse_size("1X", 0, UINT64_MAX, &value));
}

static void a_size_does_not_overflow(void) {
  uint64_t value = 0;
  CHECK(!parse_size("16777216T", 0, UINT64_MAX, &value));
  CHECK(parse_size("16777215T", 0, UINT64_MAX, &value));
  CHECK_COUNT(UINT64_C(16777215) << 40, value);
  CHECK(!parse_size("5K", 0, 4096, &value));
}

int main(void) {
  a_count_is_the_whole_text();
  a_count_keeps_its_bounds();
  a_size_has_binary_suffixes();
  a_size_does_not_overflow();
  return failed_checks != 0;
}
