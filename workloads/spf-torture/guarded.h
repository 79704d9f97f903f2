// SPDX-License-Identifier: GPL-2.0-or-later
/// Reads and writes of memory that another thread may just be unmapping or protecting.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Makes SIGSEGV and SIGBUS end the guarded access of their thread. Any other is fatal as before.
void guard_accesses(void);

/// Writes a word; false, with nothing written, if it cannot be.
bool guarded_write(uint64_t* address, uint64_t value);

/// Reads a word; false if it cannot be read.
bool guarded_read(const uint64_t* address, uint64_t* value);
