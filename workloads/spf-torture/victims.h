// SPDX-License-Identifier: GPL-2.0-or-later
/// Processes that end while their threads fault: by exec, by exit, by SIGKILL, and by the OOM
/// killer of a memory control group.
#pragma once

#include <stdint.h>
#include <sys/types.h>

/// Makes a control group limited to `bytes` for the victims of the OOM killer. Exits with
/// STATUS_ENVIRONMENT if that cannot be. victims_remove_group() removes it; both are the main
/// process's.
void victims_make_group(uint64_t bytes);
void victims_remove_group(void);

/// Forks the process that makes victims one after the other until the tally says stop. To be called
/// while this process has one thread. `oom_bytes`: 0 for no OOM killing.
pid_t victims_start(uint64_t seed, uint64_t oom_bytes);

/// What the program does when it was called by a victim's exec.
int victims_exec_target(void);

extern const char victims_exec_argument[];
