/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accounts of one guest: which code executed how many instructions, called by whom, and which
 * memory it touched, in each section (one iteration of one step). Knows nothing of QEMU: plugin.c
 * tells it what happens, a test can do so too. One thread, as QEMU on the instruction clock has.
 * What it writes is described in docs/instrument.md.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ledger_max_nodes = 64,
  ledger_other_memory = ledger_max_nodes, /* Devices and firmware: memory of no node. */
};

struct ledger_options {
  unsigned cpus;
  unsigned nodes;              /* At least 1. */
  const unsigned* node_of_cpu; /* `cpus` of them; copied. */
  const uint64_t* functions;   /* Where the kernel's functions begin, ascending; copied. */
  size_t function_count; /* The last one is an end mark: it and what follows is no function. */
  uint64_t entry_begin, entry_end; /* The kernel's entry code, which interrupts other code. */
  bool calls;                      /* Keep call stacks of the kernel. */
  unsigned cache_sets;             /* 0: no cache filter. */
  unsigned cache_ways, cache_line;
  FILE* out; /* The caller's. */
};

struct ledger;
struct place; /* Code that is told apart: a kernel function, or a block of other code. */

struct ledger* ledger_new(const struct ledger_options* options);
void ledger_free(struct ledger* ledger);

/* The place of the code at `pc`. `page` identifies the contents of a user page, 0 for the kernel.
 */
struct place* ledger_place(struct ledger* ledger, uint64_t pc, uint64_t page);

/* Where code runs from now on. `pc` is where its block begins. */
void ledger_enter(struct ledger* ledger, unsigned cpu, struct place* place, uint64_t pc);
/* `count` instructions were executed where the last ledger_enter() said. */
void ledger_executed(struct ledger* ledger, uint64_t count);
/* A call in the kernel that left its return address at `sp`; `callee` is NULL if it is not known.
 */
void ledger_call(struct ledger* ledger, unsigned cpu, uint64_t sp, struct place* callee);
/* A return in the kernel, to the address that it read at `sp`. */
void ledger_return(struct ledger* ledger, unsigned cpu, uint64_t sp);
/* A load or store at `address` of the memory of `node` (or ledger_other_memory). */
void ledger_access(struct ledger* ledger, unsigned cpu, unsigned node, uint64_t address,
                   bool store);

/* From here to ledger_end() everything counts. A section that begins inside another ends that one
 * as broken. Counters and caches begin empty. */
void ledger_begin(struct ledger* ledger, uint32_t step, uint32_t iteration);
void ledger_end(struct ledger* ledger, uint32_t step, uint32_t iteration);
bool ledger_recording(const struct ledger* ledger);
/* A line for the reader: what could not be measured. */
void ledger_complain(struct ledger* ledger, const char* sentence);

#ifdef __cplusplus
}
#endif
