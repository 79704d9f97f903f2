// SPDX-License-Identifier: GPL-2.0-or-later
/// What a machine can hold, asked before the work begins: running out half way would measure
/// reclaim, or be ended by the OOM killer.
#pragma once

#include <stdint.h>

/// Exits with STATUS_ENVIRONMENT unless the kernel estimates that `bytes` are available (free or
/// reclaimable without swap). The message begins with what `format` makes, for example "3 workers".
void require_memory(uint64_t bytes, const char* format, ...) __attribute__((format(printf, 2, 3)));

/// How many processes kernel.pid_max and kernel.threads-max allow besides those that a guest runs
/// anyway; without them, all there can be.
uint64_t allowed_processes(void);

/// Exits with STATUS_ENVIRONMENT if kernel.pid_max or kernel.threads-max allows fewer
/// than `count` processes besides those that a guest runs anyway.
void require_processes(uint64_t count);
