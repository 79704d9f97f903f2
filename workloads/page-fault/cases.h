// SPDX-License-Identifier: GPL-2.0-or-later
/// What a task of page-fault does over and over: the memory test cases of will-it-scale, by their
/// names there.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What one task works on.
struct case_memory {
  size_t bytes;      ///< of a mapping or an allocation
  size_t page_size;  ///< of the machine
  int fd;            ///< the task's own file of `bytes` bytes, for a case that has a file; else -1
};

/// Counts operations of one task, readable by others at any time. Only that task writes.
typedef _Atomic uint64_t operation_count;

struct test_case {
  const char* name;
  const char* what;  ///< one line for people
  size_t default_bytes;
  bool has_file;
  unsigned resident_copies;  ///< how many times `bytes` of memory a task holds at its peak
  /// Runs until *stop. Exits with a reason when the kernel refuses something.
  void (*run)(const struct case_memory* memory, operation_count* count, const atomic_bool* stop);
};

/// The case of that name, or NULL.
const struct test_case* find_case(const char* name);

/// Every case in turn, by index; NULL after the last.
const struct test_case* case_at(size_t index);

/// Makes an unlinked file of `bytes` bytes, all of them a hole, in $TMPDIR or /tmp. Exits with a
/// reason if that cannot be done.
int make_hole_file(size_t bytes);
