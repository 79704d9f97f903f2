// SPDX-License-Identifier: GPL-2.0-or-later
#include "spf-torture/counts.h"

#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/kernel_file.h"

bool find_count(const char* text, const char* name, uint64_t* out) {
  size_t length = strlen(name);
  for (const char* line = text; line != NULL; line = strchr(line, '\n')) {
    if (*line == '\n') ++line;
    if (strncmp(line, name, length) == 0 && line[length] == ' ') {
      *out = strtoull(line + length + 1, NULL, 10);
      return true;
    }
  }
  return false;
}

struct page_counts read_page_counts(void) {
  static char text[32768];
  // Needs root; without, the counts may lag by some pages for each CPU.
  write_kernel_text("/proc/sys/vm/stat_refresh", "1");
  int result = read_kernel_text("/proc/vmstat", text, sizeof text);
  struct page_counts counts = {0};
  if (result < 0 || !find_count(text, "nr_anon_pages", &counts.anonymous) ||
      !find_count(text, "nr_page_table_pages", &counts.page_tables)) {
    fail(STATUS_ENVIRONMENT, "/proc/vmstat has no nr_anon_pages and nr_page_table_pages");
  }
  counts.speculates = find_count(text, "spf_attempt", &counts.spf_attempt) &&
                      find_count(text, "spf_success", &counts.spf_success);
  return counts;
}
