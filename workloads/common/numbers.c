// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/numbers.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/fail.h"

// strtoull accepts blanks and a minus sign; a command line should not.
static bool parse_prefix(const char* text, const char** rest, uint64_t* out) {
  if (!isdigit((unsigned char)*text)) return false;
  char* end;
  errno = 0;
  unsigned long long value = strtoull(text, &end, 10);
  if (errno != 0) return false;
  *rest = end;
  *out = value;
  return true;
}

bool parse_count(const char* text, uint64_t min, uint64_t max, uint64_t* out) {
  const char* rest;
  uint64_t value;
  if (!parse_prefix(text, &rest, &value) || *rest != '\0') return false;
  if (value < min || value > max) return false;
  *out = value;
  return true;
}

bool parse_size(const char* text, uint64_t min, uint64_t max, uint64_t* out) {
  const char* rest;
  uint64_t value;
  if (!parse_prefix(text, &rest, &value)) return false;
  unsigned shift = 0;
  switch (toupper((unsigned char)*rest)) {
    case '\0':
      break;
    case 'K':
      shift = 10;
      break;
    case 'M':
      shift = 20;
      break;
    case 'G':
      shift = 30;
      break;
    case 'T':
      shift = 40;
      break;
    default:
      return false;
  }
  if (shift != 0 && rest[1] != '\0') return false;
  if (value > (UINT64_MAX >> shift)) return false;
  value <<= shift;
  if (value < min || value > max) return false;
  *out = value;
  return true;
}

uint64_t count_option(const char* name, const char* text, uint64_t min, uint64_t max) {
  uint64_t value;
  if (!parse_count(text, min, max, &value)) {
    fail(STATUS_USAGE, "%s: '%s' is not a whole number from %" PRIu64 " to %" PRIu64, name, text,
         min, max);
  }
  return value;
}

uint64_t size_option(const char* name, const char* text, uint64_t min, uint64_t max) {
  uint64_t value;
  if (!parse_size(text, min, max, &value)) {
    fail(STATUS_USAGE,
         "%s: '%s' is not a size from %" PRIu64 " to %" PRIu64 " bytes (suffixes K, M, G, T)", name,
         text, min, max);
  }
  return value;
}
