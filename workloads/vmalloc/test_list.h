// SPDX-License-Identifier: GPL-2.0-or-later
/// The tests of the kernel's test_vmalloc module (lib/test_vmalloc.c), as of Linux 6.12.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmalloc_test {
  unsigned id;         ///< its bit in run_test_mask
  const char* name;    ///< as the module prints it
  bool meant_to_fail;  ///< it asks for what cannot be had, so that a failure is its success
};

/// Test `index`, in the order of their ids; NULL after the last.
const struct vmalloc_test* test_at(size_t index);

/// The test that the module calls `name`, or NULL for one that a later kernel has.
const struct vmalloc_test* find_test(const char* name);

/// The ids of all known tests.
unsigned all_tests(void);

/// About what one worker holds at its peak when it runs the tests of `mask`, in bytes.
uint64_t worker_bytes(unsigned mask, size_t online_cpus, size_t possible_cpus, uint64_t pages);
