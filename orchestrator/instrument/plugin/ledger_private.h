/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a place is; for ledger.c and call_stacks.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct access_counts;

struct place {
  uint32_t id;
  uint64_t pc;      /* Where the function, or the block, begins. */
  uint64_t page;    /* Hash of the user page's contents. */
  int64_t function; /* Number of the kernel's function, or -1. */
  bool user;
  bool entry_code;                 /* The kernel's entry code. */
  bool introduced;                 /* The reader knows it. */
  uint32_t section;                /* Of the figures below. */
  uint64_t* instructions;          /* [cpu] */
  uint64_t entries;                /* Times that its first instruction ran. */
  struct access_counts** accesses; /* [node of the CPU][node of the memory, last: of none] */
};
