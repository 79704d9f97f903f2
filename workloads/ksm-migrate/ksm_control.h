// SPDX-License-Identifier: GPL-2.0-or-later
/// The knobs and counters of kernel samepage merging (admin-guide/mm/ksm.rst), with everything put
/// back as it was at the end.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where the kernel has the knobs.
#define KSM_DIRECTORY "/sys/kernel/mm/ksm"

enum { KSM_KNOBS_MAX = 8 };

struct ksm_knob {
  const char* name;
  char before[32];  ///< the value to put back
};

struct ksm_control {
  const char* directory;
  struct ksm_knob changed[KSM_KNOBS_MAX];
  size_t changed_count;
};

/// What the counters say about the whole machine.
struct ksm_counters {
  uint64_t pages_shared;        ///< KSM pages
  uint64_t pages_sharing;       ///< further mappings of them: what is saved
  uint64_t stable_node_chains;  ///< contents that have more than one KSM page
  uint64_t stable_node_dups;    ///< KSM pages in such chains
};

/// Ends all merging, splits what is merged, and takes over the scanner: no sleep, no smart scan,
/// one tree for all nodes, `pages_to_scan` a turn, and `max_page_sharing` unless it is 0. The
/// scanner is left stopped. `control->directory` is set by the caller; exits with
/// STATUS_ENVIRONMENT if a knob is missing, refuses the value, or does not hold it afterwards.
void ksm_take_over(struct ksm_control* control, uint64_t pages_to_scan, uint64_t max_page_sharing);

/// Starts (1) or stops (0) the scanner; what is merged stays merged.
void ksm_run(const struct ksm_control* control, int run);

/// Exits with a reason if a counter cannot be read.
struct ksm_counters ksm_read_counters(const struct ksm_control* control);

/// One number of the directory, for example "full_scans".
uint64_t ksm_read(const struct ksm_control* control, const char* name);

/// Splits what is merged and puts every changed knob back. Says on stderr what it could not put
/// back. Unmap merged memory first: splitting gives each of its pages a copy.
void ksm_give_back(struct ksm_control* control);
