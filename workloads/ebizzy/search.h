// SPDX-License-Identifier: GPL-2.0-or-later
/// What an ebizzy thread does with one record, as often as it can: copy some of a chunk and find a
/// key in the copy, or only touch the memory that the copy would need.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ebizzy/chunks.h"
#include "ebizzy/generator.h"

struct search_options {
  bool touch_only;     ///< -T: write one byte a page, and neither copy nor search
  bool own_memcpy;     ///< -l: a plain loop instead of the C library's memcpy
  bool random_size;    ///< -R: a random number of records instead of the whole chunk
  bool linear_search;  ///< -z: from the first record on, instead of bisection
};

enum search_result { SEARCH_DONE, SEARCH_NO_MEMORY, SEARCH_KEY_MISSING };

/// One record: choose, allocate, copy and search or touch, free. Any thread, with its own
/// generator.
enum search_result search_once(const struct chunks* chunks, const struct search_options* options,
                               struct generator* generator);
