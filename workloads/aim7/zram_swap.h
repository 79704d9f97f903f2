// SPDX-License-Identifier: GPL-2.0-or-later
/// Swap on a compressed RAM disk (admin-guide/blockdev/zram.rst): reclaim of anonymous memory in a
/// guest without a disk.
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Where the kernel has the first device and its knobs.
#define ZRAM_DIRECTORY "/sys/block/zram0"
#define ZRAM_DEVICE "/dev/zram0"

/// Makes the device `bytes` large, writes a swap header and swaps to it; all of that is undone when
/// the process exits. Exits with STATUS_ENVIRONMENT if there is no such device (CONFIG_ZRAM), if it
/// is in use, or without privileges.
void start_zram_swap(const char* directory, const char* device, uint64_t bytes);

/// Makes the first page of a swap area of `bytes` bytes, as mkswap(8) does it, in `page`.
void make_swap_header(unsigned char* page, size_t page_size, uint64_t bytes);
