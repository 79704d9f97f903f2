// SPDX-License-Identifier: GPL-2.0-or-later
/// Small text files of /proc and /sys: read whole, write whole. Every call returns 0 or a negative
/// errno.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Reads at most size - 1 bytes of `path`, ends them with NUL and drops trailing newlines.
int read_kernel_text(const char* path, char* text, size_t size);

/// Reads a decimal number, alone in `path`. -EINVAL if it is something else.
int read_kernel_count(const char* path, uint64_t* out);

/// Writes `text` in one write, as sysfs wants it.
int write_kernel_text(const char* path, const char* text);

/// Writes `value` in decimal.
int write_kernel_count(const char* path, uint64_t value);

/// The value in bytes of a "Name:   123 kB" line of /proc/meminfo. -ENOENT without such a line.
int read_meminfo_bytes(const char* name, uint64_t* out);
