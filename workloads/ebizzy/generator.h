// SPDX-License-Identifier: GPL-2.0-or-later
/// Where ebizzy's choices come from: which chunk, how much of it, which key.
#pragma once

#include <stdint.h>

enum generator_kind {
  /// As in ebizzy 0.3: a product whose state starts at 0 and so never leaves it. Every choice is
  /// the
  /// first one: chunk 0, key 0 and, with a random copy size, one record. All published ebizzy
  /// figures
  /// rest on this.
  GENERATOR_COMPAT,
  /// Uniform choices (SplitMix64), the same for the same seed and thread.
  GENERATOR_RANDOM,
};

struct generator {
  enum generator_kind kind;
  uint64_t state;
};

/// A generator for one thread; `seed` and `thread` are used by GENERATOR_RANDOM only.
struct generator generator_make(enum generator_kind kind, uint64_t seed, uint64_t thread);

/// The next choice among 0 … bound - 1; bound is at least 1 and below 2^32.
uint64_t generator_below(struct generator* generator, uint64_t bound);
