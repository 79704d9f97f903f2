// SPDX-License-Identifier: GPL-2.0-or-later
/// Swap in compressed memory, for a program that wants its pages swapped out in a guest without a
/// disk.
#pragma once

#include <stdint.h>

/// Gives the unused device zram0 a size, writes an empty swap area to it and swaps there. Exits
/// with STATUS_ENVIRONMENT and the reason where that is not possible.
void zram_swap_on(uint64_t bytes);

/// Undoes zram_swap_on(); does nothing without it. Called at exit as well.
void zram_swap_off(void);

/// Writes an empty swap area of `bytes` to the open file, as mkswap does. 0 or a negative errno.
int write_swap_header(int fd, uint64_t bytes);
