// SPDX-License-Identifier: GPL-2.0-or-later
/// A userfaultfd of this process, and the thread that gives each missing page its served content.
#pragma once

#include <stddef.h>

#include "spf-torture/plot.h"

/// Opens it. Exits with STATUS_ENVIRONMENT if the kernel has none or this user may not.
void serve_create(void);

/// Starts the handler, which knows these plots, and ends it when the tally says stop and nothing
/// is registered any more.
void serve_start(struct plot* plots, size_t count);
void serve_join(void);

/// Registers and unregisters the whole plot; the latter wakes who waits for a page.
void serve_register(struct plot* plot);
void serve_unregister(struct plot* plot);
