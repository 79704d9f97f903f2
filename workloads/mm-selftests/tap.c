// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm-selftests/tap.h"

#include <stdbool.h>
#include <string.h>

static bool begins(const char* line, const char* start) {
  return strncmp(line, start, strlen(start)) == 0;
}

enum tap_result tap_line(const char* line) {
  bool passed = begins(line, "ok ");
  if (!passed && !begins(line, "not ok ")) return TAP_OTHER;
  // The directive ends the line: a '#' in a description is followed by something else.
  const char* directive = strstr(line, "# SKIP");
  if (directive == NULL) directive = strstr(line, "# XFAIL");
  if (directive != NULL) return TAP_SKIPPED;
  return passed ? TAP_PASSED : TAP_FAILED;
}

const char* tap_shown(const char* line) {
  const char* rewritten = strrchr(line, '\r');
  return rewritten != NULL && rewritten[1] != '\0' ? rewritten + 1 : line;
}

enum tap_result tap_status(int status) {
  enum { KSFT_SKIP = 4 };
  if (status == 0) return TAP_PASSED;
  return status == KSFT_SKIP ? TAP_SKIPPED : TAP_FAILED;
}

const char* tap_name(enum tap_result result) {
  switch (result) {
    case TAP_PASSED:
      return "ok";
    case TAP_FAILED:
      return "not ok";
    case TAP_SKIPPED:
      return "skip";
    case TAP_OTHER:
      break;
  }
  return "";
}
