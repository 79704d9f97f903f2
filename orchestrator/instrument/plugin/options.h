/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin is told: arguments NAME=VALUE behind its file name, all that plugin_argument() in
 * orchestrator/instrument writes.
 *
 *   out=FILE             where the accounts go
 *   cpus=2:2             CPUs of each node, node 0 first
 *   functions=FILE       begins of the kernel's functions, a hexadecimal number a line, ascending
 *   entry=BEGIN:END      the kernel's entry code
 *   faults=ADDR:ADDR…    entries that mean that the instruction before was not executed
 *   calls=on             keep call stacks
 *   layout=FILE          count memory accesses; "NODE BEGIN SIZE", hexadecimal
 *   cache=SETS:WAYS:LINE with layout: count what misses such a cache
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "instrument/plugin/ledger.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { options_max_faults = 32 };

struct plugin_options {
  char *out, *layout;
  unsigned cpus, nodes;
  unsigned* node_of_cpu;
  uint64_t* functions;
  size_t function_count;
  uint64_t entry_begin, entry_end;
  uint64_t faults[options_max_faults];
  size_t fault_count;
  bool calls;
  unsigned cache_sets, cache_ways, cache_line;
};

/* False, with the reason on standard error, for arguments that make no sense. Either way what was
 * read is the caller's, to be freed by plugin_options_free(). */
bool plugin_options_read(struct plugin_options* options, int argc, char** argv);
void plugin_options_free(struct plugin_options* options);

/* Which node an address belongs to, in the addresses that QEMU tells plugins. */
struct memory_layout {
  size_t count;
  struct {
    uint64_t begin, end;
    unsigned node;
  } ranges[ledger_max_nodes];
};

/* False if there is no such file or it says nothing. */
bool memory_layout_read(struct memory_layout* layout, const char* file);
/* The node, or ledger_other_memory. */
unsigned memory_layout_node(const struct memory_layout* layout, uint64_t offset);

#ifdef __cplusplus
}
#endif
