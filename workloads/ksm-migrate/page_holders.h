// SPDX-License-Identifier: GPL-2.0-or-later
/// Processes that each hold one page for KSM and sleep: unrelated by fork, so that no page,
/// anon_vma or program text of theirs is shared with the process that is measured.
#pragma once

#include <stddef.h>

/// Starts `count` processes and returns when each holds its page. They die with this process. One
/// set at a time. Exits with a reason, and no holder left, if one cannot be started.
void holders_start(size_t count);

/// Ends them all.
void holders_stop(void);

/// What a holder does instead of main(): call this first of all. Returns only if this process is
/// none.
void be_holder_if_asked(int argc, char** argv);
