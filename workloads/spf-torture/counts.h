// SPDX-License-Identifier: GPL-2.0-or-later
/// Counters of /proc/vmstat, exact: what each CPU has not yet added is added first.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// The counter `name` as `text`, the content of /proc/vmstat, has it. False without such a line.
bool find_count(const char* text, const char* name, uint64_t* out);

struct page_counts {
  uint64_t anonymous;    ///< nr_anon_pages
  uint64_t page_tables;  ///< nr_page_table_pages
  bool speculates;       ///< the kernel has the following
  uint64_t spf_attempt;
  uint64_t spf_success;
};

/// Exits with STATUS_ENVIRONMENT if /proc/vmstat cannot be read.
struct page_counts read_page_counts(void);
