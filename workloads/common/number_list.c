// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/number_list.h"

#include <ctype.h>
#include <stdlib.h>

bool list_contains(const char* list, unsigned number) {
  while (isdigit((unsigned char)*list)) {
    char* end;
    unsigned long first = strtoul(list, &end, 10);
    unsigned long last = first;
    if (*end == '-' && isdigit((unsigned char)end[1])) last = strtoul(end + 1, &end, 10);
    if (*end != ',' && *end != '\0') return false;
    if (number >= first && number <= last) return true;
    if (*end == '\0') return false;
    list = end + 1;
  }
  return false;
}
