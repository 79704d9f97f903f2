// SPDX-License-Identifier: GPL-2.0-or-later
/// Many mappings of one content in one process, and the moving of a page between NUMA nodes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ksm-migrate/ksm_control.h"

struct merged_memory {
  unsigned char* memory;
  size_t pages;
  size_t page_size;
  double merge_seconds;  ///< from the first write to the last page merged
};

/// Maps `pages` identical small pages and has KSM merge them, `batch` at a time so that the machine
/// need never hold more than a batch of copies. The scanner is stopped at the end. Exits with a
/// reason if merging makes no progress for `patience` full scans and some seconds.
struct merged_memory merge_pages(const struct ksm_control* control, size_t pages, size_t batch,
                                 uint64_t patience);

/// How many pages KSM has merged so far, of those that somebody waits for.
typedef uint64_t merged_pages_of(const struct ksm_control* control);

/// Waits until `merged_pages` says that `filled` pages are merged, or all but one that finds no
/// partner. Exits with a reason if that makes no progress for `patience` full scans and some
/// seconds.
void wait_until_merged(const struct ksm_control* control, merged_pages_of* merged_pages,
                       uint64_t filled, uint64_t patience);

/// Maps one page, offers it to KSM and fills it with 0xff, as merge_pages() does with many.
void* map_mergeable_page(void);

/// Maps and touches one ordinary page of this process.
void* map_private_page(void);

/// The NUMA node that holds the page at `address`, or a negative errno.
int node_of_page(void* address);

/// Moves the page at `address`, however many mappings it has, to `node`. Returns 0 or a negative
/// errno; *seconds is how long the system call took.
int move_page(void* address, int node, double* seconds);

/// Moves all memory of this process from both nodes to `node`, one of them, as migrate_pages(2)
/// does it. Returns 0 or a negative errno; -EBUSY if `page` is not there afterwards. *seconds is
/// how long the system call took.
int migrate_self(void* page, const unsigned nodes[2], int node, double* seconds);
