// SPDX-License-Identifier: GPL-2.0-or-later
#include "ksm-migrate/ksm_control.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/fail.h"
#include "common/kernel_file.h"

static void knob_path(const struct ksm_control* control, const char* name, char* path,
                      size_t size) {
  snprintf(path, size, "%s/%s", control->directory, name);
}

uint64_t ksm_read(const struct ksm_control* control, const char* name) {
  char path[256];
  knob_path(control, name, path, sizeof path);
  uint64_t value;
  int result = read_kernel_count(path, &value);
  if (result < 0) fail_errno(STATUS_ENVIRONMENT, -result, "%s (needs CONFIG_KSM)", path);
  return value;
}

static void write_knob(const struct ksm_control* control, const char* name, uint64_t value) {
  char path[256];
  knob_path(control, name, path, sizeof path);
  int result = write_kernel_count(path, value);
  if (result < 0) {
    fail_errno(STATUS_ENVIRONMENT, -result, "writing %" PRIu64 " to %s (needs root)", value, path);
  }
}

static void change_knob(struct ksm_control* control, const char* name, uint64_t value) {
  struct ksm_knob* knob = &control->changed[control->changed_count];
  char path[256];
  knob_path(control, name, path, sizeof path);
  int result = read_kernel_text(path, knob->before, sizeof knob->before);
  if (result < 0) fail_errno(STATUS_ENVIRONMENT, -result, "%s (needs CONFIG_KSM)", path);
  knob->name = name;
  write_knob(control, name, value);
  ++control->changed_count;
  uint64_t now = ksm_read(control, name);
  if (now != value) {
    fail(STATUS_ENVIRONMENT, "%s holds %" PRIu64 " after %" PRIu64 " was written", path, now,
         value);
  }
}

// As change_knob; leaves alone what this kernel does not have.
static void change_knob_if_there(struct ksm_control* control, const char* name, uint64_t value) {
  char path[256];
  char text[32];
  knob_path(control, name, path, sizeof path);
  if (read_kernel_text(path, text, sizeof text) == 0) change_knob(control, name, value);
}

static void split_everything(const struct ksm_control* control) {
  // The kernel acts on a change of `run` only: 2 written over 2 would do nothing.
  write_knob(control, "run", 0);
  write_knob(control, "run", 2);
}

void ksm_take_over(struct ksm_control* control, uint64_t pages_to_scan, uint64_t max_page_sharing) {
  control->changed_count = 0;
  change_knob(control, "run", 0);
  // merge_across_nodes and max_page_sharing are EBUSY while any page is shared.
  split_everything(control);
  change_knob(control, "sleep_millisecs", 0);
  change_knob(control, "pages_to_scan", pages_to_scan);
  // Before 6.7 there is no smart scan: every page is looked at, which is what 0 asks for.
  change_knob_if_there(control, "smart_scan", 0);
  // Per-node trees would split a KSM page that is moved to another node; absent without
  // CONFIG_NUMA.
  change_knob_if_there(control, "merge_across_nodes", 1);
  if (max_page_sharing != 0) change_knob(control, "max_page_sharing", max_page_sharing);
  write_knob(control, "run", 0);
}

void ksm_run(const struct ksm_control* control, int run) {
  write_knob(control, "run", (uint64_t)run);
}

struct ksm_counters ksm_read_counters(const struct ksm_control* control) {
  struct ksm_counters counters = {
      .pages_shared = ksm_read(control, "pages_shared"),
      .pages_sharing = ksm_read(control, "pages_sharing"),
      .stable_node_chains = ksm_read(control, "stable_node_chains"),
      .stable_node_dups = ksm_read(control, "stable_node_dups"),
  };
  return counters;
}

void ksm_give_back(struct ksm_control* control) {
  if (control->changed_count == 0) return;
  char path[256];
  knob_path(control, "run", path, sizeof path);
  write_kernel_count(path, 0);
  write_kernel_count(path, 2);
  // Backwards, so that `run`, changed first, is put back last.
  while (control->changed_count > 0) {
    const struct ksm_knob* knob = &control->changed[--control->changed_count];
    knob_path(control, knob->name, path, sizeof path);
    int result = write_kernel_text(path, knob->before);
    if (result < 0) {
      fprintf(stderr, "cannot put %s back to %s: %s\n", path, knob->before, strerror(-result));
    }
  }
}
