// SPDX-License-Identifier: GPL-2.0-or-later
/// The few lines that a test of these C programs needs: a failed check prints what it saw and goes
/// on.
#pragma once

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/// What a test returns when the host lacks something; CTest shows it as skipped.
enum { TEST_SKIPPED = 77 };

static int failed_checks;

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++failed_checks;                                                        \
    }                                                                         \
  } while (0)

#define CHECK_COUNT(expected, actual)                                                             \
  do {                                                                                            \
    uint64_t expected_ = (uint64_t)(expected);                                                    \
    uint64_t actual_ = (uint64_t)(actual);                                                        \
    if (expected_ != actual_) {                                                                   \
      fprintf(stderr, "%s:%d: %s is %" PRIu64 ", not %" PRIu64 "\n", __FILE__, __LINE__, #actual, \
              actual_, expected_);                                                                \
      ++failed_checks;                                                                            \
    }                                                                                             \
  } while (0)

#define CHECK_TEXT(expected, actual)                                                             \
  do {                                                                                           \
    const char* expected_ = (expected);                                                          \
    const char* actual_ = (actual);                                                              \
    if (strcmp(expected_, actual_) != 0) {                                                       \
      fprintf(stderr, "%s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #actual, actual_, \
              expected_);                                                                        \
      ++failed_checks;                                                                           \
    }                                                                                            \
  } while (0)
