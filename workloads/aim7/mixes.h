// SPDX-License-Identifier: GPL-2.0-or-later
/// Job mixes: which tests with which weights. Built-in ones, and those of a workfile.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "aim7/tests.h"

enum { MIX_TASKS_MAX = 128 };

struct weighted_test {
  const struct job_test* test;
  unsigned weight;
};

struct mix {
  char name[64];
  struct weighted_test tasks[MIX_TASKS_MAX];
  size_t task_count;
  uint64_t file_bytes;  ///< FILESIZE: of each user's file,
  uint64_t pool_bytes;  ///< POOLSIZE: and this much besides, divided among the users
  uint64_t heap_bytes;  ///< HEAPSIZE: what a user holds for heap_test
};

/// The names of the built-in mixes, with blanks between.
extern const char mix_names[];

/// A built-in mix. Exits with STATUS_USAGE, and the names there are, if there is none of that name.
struct mix built_in_mix(const char* name);

/// Reads a workfile: lines "<weight> <test>", "FILESIZE: 10K" (POOLSIZE, HEAPSIZE), and comments
/// after #. Exits with STATUS_USAGE, the line and what is wrong with it, or if the file cannot be
/// read.
struct mix read_workfile(const char* path);

/// Size of each user's file with so many users.
uint64_t user_file_bytes(const struct mix* mix, uint64_t users);
