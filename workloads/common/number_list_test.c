// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/number_list.h"

#include "common/check.h"

int main(void) {
  CHECK(list_contains("0", 0));
  CHECK(!list_contains("0", 1));
  CHECK(list_contains("0-1", 1));
  CHECK(!list_contains("0-1", 2));
  CHECK(list_contains("0,2-4,8", 3));
  CHECK(list_contains("0,2-4,8", 8));
  CHECK(!list_contains("0,2-4,8", 1));
  CHECK(!list_contains("", 0));
  CHECK(!list_contains("none", 0));
  CHECK(!list_contains("0 1", 1));
  return failed_checks != 0;
}
