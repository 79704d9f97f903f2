// SPDX-License-Identifier: GPL-2.0-or-later
/// What the page tables of kernel addresses hold, from /proc/allocinfo: no counter of the kernel
/// has them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// The bytes of the page tables that map vmalloc's addresses. False if the file is not there or
/// has no such line: memory profiling is off, or not in the kernel.
bool read_kernel_page_tables(const char* path, uint64_t* bytes);
