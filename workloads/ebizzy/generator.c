// SPDX-License-Identifier: GPL-2.0-or-later
#include "ebizzy/generator.h"

// Vigna's SplitMix64 (https://prng.di.unimi.it): the increment is 2^64 divided by the golden ratio.
static const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

struct generator generator_make(enum generator_kind kind, uint64_t seed, uint64_t thread) {
  struct generator generator = {.kind = kind, .state = 0};
  if (kind == GENERATOR_RANDOM) generator.state = mix(seed + golden) ^ mix(thread * golden + 1);
  return generator;
}

uint64_t generator_below(struct generator* generator, uint64_t bound) {
  if (generator->kind == GENERATOR_COMPAT) {
    generator->state *= UINT64_C(1103515245);  // which factor does not matter: the state is 0
    return generator->state % bound;
  }
  generator->state += golden;
  // The upper half scaled to the bound: no division, and a bias below 2^-32 * bound.
  return ((mix(generator->state) >> 32) * bound) >> 32;
}
