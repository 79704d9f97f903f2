// SPDX-License-Identifier: GPL-2.0-or-later
/// What all processes and threads of the torture count, in memory that they share.
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct tally {
  atomic_bool stop;
  atomic_uint_least64_t writes;
  atomic_uint_least64_t reads;
  atomic_uint_least64_t refused;     ///< accesses that ended in a signal, as they may
  atomic_uint_least64_t operations;  ///< changes of mappings
  atomic_uint_least64_t unable;      ///< of these, those that the kernel declined
  atomic_uint_least64_t forks;
  atomic_uint_least64_t execs;
  atomic_uint_least64_t exits;
  atomic_uint_least64_t oom_kills;
  atomic_uint_least64_t served;  ///< pages given by the handler of the userfaultfd
  atomic_uint_least64_t violations;
};

/// Made once, before anything is forked. Exits with a reason on failure.
void tally_create(void);

extern struct tally* tally;

static inline void count_up(atomic_uint_least64_t* counter) {
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline bool stopped(void) {
  return atomic_load_explicit(&tally->stop, memory_order_relaxed);
}

/// Counts a violation and says what it was, on standard error; later ones are only counted. Safe in
/// a child of a process with threads.
void violation(const char* format, ...) __attribute__((format(printf, 1, 2)));

/// Sleeps up to `most_us` microseconds, by chance; never on after the end.
void rest(uint64_t* chance, unsigned most_us);

/// The next number of a SplitMix64 generator whose state is *chance.
uint64_t next_chance(uint64_t* chance);
