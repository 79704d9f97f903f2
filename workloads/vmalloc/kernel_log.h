// SPDX-License-Identifier: GPL-2.0-or-later
/// The kernel's log from a moment on, read while it is written (/dev/kmsg): the ring buffer may be
/// smaller than what is to come.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct kernel_log;

/// Begins to collect what the kernel logs from now on, in a thread of its own. Exits with
/// STATUS_ENVIRONMENT if the log cannot be read (CAP_SYSLOG).
struct kernel_log* kernel_log_follow(void);

/// Ends the collecting with the last message that is there and returns all of them, one a line, as
/// one text that the caller frees. *lost tells whether the ring buffer was overwritten in between.
char* kernel_log_finish(struct kernel_log* log, bool* lost);

/// The message in a record of /dev/kmsg ("priority,sequence,time,flags;message\n..."), ended in
/// place; NULL if the kernel itself did not write it or if it is no record. Pure.
char* kernel_message(char* record);
