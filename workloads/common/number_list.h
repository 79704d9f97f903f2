// SPDX-License-Identifier: GPL-2.0-or-later
/// The kernel's lists of numbers, as in /sys/devices/system/node/has_memory.
#pragma once

#include <stdbool.h>

/// Whether `number` is in a list such as "0-1,4". False for a text that is no such list.
bool list_contains(const char* list, unsigned number);
