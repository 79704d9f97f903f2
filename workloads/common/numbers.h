// SPDX-License-Identifier: GPL-2.0-or-later
/// Strict reading of numbers from a command line: the whole text must be the number, within bounds.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Reads a decimal count in [min, max]. Returns false, leaving *out alone, for anything else.
bool parse_count(const char* text, uint64_t min, uint64_t max, uint64_t* out);

/// As parse_count(), in bytes, with an optional binary suffix K, M, G or T (either case): "512K" is
/// 524288.
bool parse_size(const char* text, uint64_t min, uint64_t max, uint64_t* out);

/// The value of option `name`; exits with STATUS_USAGE and the allowed range if the text is no such
/// count.
uint64_t count_option(const char* name, const char* text, uint64_t min, uint64_t max);

/// The same for a size in bytes.
uint64_t size_option(const char* name, const char* text, uint64_t min, uint64_t max);
