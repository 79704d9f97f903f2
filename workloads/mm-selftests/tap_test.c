// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm-selftests/tap.h"

#include "common/check.h"

int main(void) {
  CHECK(tap_line("ok 1 mremap: 4KB Aligned") == TAP_PASSED);
  CHECK(tap_line("not ok 12 No leak from parent into child") == TAP_FAILED);
  CHECK(tap_line("ok 3 # SKIP io_uring is not there") == TAP_SKIPPED);
  CHECK(tap_line("not ok 4 # XFAIL as it has always been") == TAP_SKIPPED);
  CHECK(tap_line("ok 5 a page #3 of the area") == TAP_PASSED);
  CHECK(tap_line("# ok 1 of a test inside") == TAP_OTHER);
  CHECK(tap_line("okay") == TAP_OTHER);
  CHECK(tap_line("1..7") == TAP_OTHER);
  CHECK(tap_line("") == TAP_OTHER);

  CHECK_TEXT("page 2/2... OK", tap_shown("page 1/2...\rpage 2/2... OK"));
  CHECK_TEXT("as it is", tap_shown("as it is"));
  CHECK_TEXT("a line of DOS\r", tap_shown("a line of DOS\r"));

  CHECK(tap_status(0) == TAP_PASSED);
  CHECK(tap_status(4) == TAP_SKIPPED);
  CHECK(tap_status(1) == TAP_FAILED);
  CHECK(tap_status(128 + 14) == TAP_FAILED);
  CHECK_TEXT("not ok", tap_name(TAP_FAILED));
  return failed_checks != 0;
}
