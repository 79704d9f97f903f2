// SPDX-License-Identifier: GPL-2.0-or-later
/// In which order tasks are bound to the machine's hardware threads.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Where the kernel describes the CPUs.
#define CPU_DIRECTORY "/sys/devices/system/cpu"

enum { PLACEMENT_CPUS_MAX = 4096 };

/// Puts `count` CPU numbers, ascending, into the order in which tasks take them: with
/// `threads_first` all hardware threads of a core before the next core, else one of each core
/// before the second of any. A CPU that `directory` does not describe is a core of its own.
void order_cpus(const char* directory, unsigned* cpus, size_t count, bool threads_first);

/// The CPUs that this process may run on, ascending, at most `max` of them. Returns how many.
size_t allowed_cpus(unsigned* cpus, size_t max);

/// Binds the calling thread to one CPU. Exits with a reason if the kernel refuses.
void bind_to_cpu(unsigned cpu);
