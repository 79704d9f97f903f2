// SPDX-License-Identifier: GPL-2.0-or-later
/// The jobs that simulated users do: each test is one kind of work, small enough that a user does a
/// hundred of them in a load point. The names are those of AIM7 workloads, the work is our own.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What one user works in; private to its process.
struct job_room {
  const char* folder;       ///< for files, shared by all users
  uint64_t user;            ///< number of the user: part of every file name
  uint64_t file_bytes;      ///< size of the user's file
  uint64_t heap_bytes;      ///< what the user holds for heap_test
  volatile uint64_t* heap;  ///< filled by hold_heap(); NULL before
  uint64_t heap_key;        ///< what is in it
  uint64_t random;          ///< state of job_random()
};

struct job_test {
  const char* name;
  /// Does the job once. Returns 0 or a negative errno; -EILSEQ for a wrong result.
  int (*run)(struct job_room* room);
  uint64_t resident_bytes;  ///< what a user holds while it does the job, besides files
  unsigned file_copies;     ///< files of file_bytes that it holds meanwhile
  bool holds_heap;          ///< it visits what hold_heap() has filled
  bool needs_shell;         ///< it runs /bin/sh
};

/// The test of that name, or NULL.
const struct job_test* find_test(const char* name);

/// Whether it makes processes of its own.
bool makes_processes(const struct job_test* test);

/// Every test in turn, by index; NULL after the last.
const struct job_test* test_at(size_t index);

/// A pseudo-random number (SplitMix64), the same for the same room every time.
uint64_t job_random(struct job_room* room);

/// Allocates and fills the user's heap, which it holds until it ends. Returns 0 or a negative
/// errno. heap_test does it by itself where that has not been done.
int hold_heap(struct job_room* room);

/// If this process is what exec_test executes, ends it: the first thing that main() does.
void be_executed_if_asked(int argc, char** argv);

/// The families of tests; each table ends with a test without a name.
extern const struct job_test arithmetic_tests[];
extern const struct job_test library_tests[];
extern const struct job_test memory_tests[];
extern const struct job_test process_tests[];
extern const struct job_test file_tests[];
extern const struct job_test channel_tests[];
