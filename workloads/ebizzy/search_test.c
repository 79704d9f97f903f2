// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "ebizzy/search.h"

#include <unistd.h>

#include "common/check.h"

static struct generator compat(void) {
  return generator_make(GENERATOR_COMPAT, 1, 0);
}

static void the_compat_generator_always_makes_the_first_choice(void) {
  struct generator generator = generator_make(GENERATOR_COMPAT, 12345, 3);
  for (int i = 0; i < 1000; ++i) CHECK_COUNT(0, generator_below(&generator, 65536));
}

static void the_random_generator_reaches_every_choice_about_equally(void) {
  enum { CHOICES = 10, DRAWS = 100000 };
  int seen[CHOICES] = {0};
  struct generator generator = generator_make(GENERATOR_RANDOM, 1, 0);
  for (int i = 0; i < DRAWS; ++i) {
    uint64_t choice = generator_below(&generator, CHOICES);
    CHECK(choice < CHOICES);
    if (choice < CHOICES) ++seen[choice];
  }
  // Expected 10000 with a standard deviation of 95: six of them.
  for (int i = 0; i < CHOICES; ++i) CHECK(seen[i] > 9430 && seen[i] < 10570);
}

static void threads_and_seeds_draw_differently_and_repeatably(void) {
  struct generator a = generator_make(GENERATOR_RANDOM, 1, 0);
  struct generator same = generator_make(GENERATOR_RANDOM, 1, 0);
  struct generator other_thread = generator_make(GENERATOR_RANDOM, 1, 1);
  struct generator other_seed = generator_make(GENERATOR_RANDOM, 2, 0);
  int equal_thread = 0;
  int equal_seed = 0;
  for (int i = 0; i < 1000; ++i) {
    uint64_t draw = generator_below(&a, 1 << 20);
    CHECK_COUNT(draw, generator_below(&same, 1 << 20));
    equal_thread += draw == generator_below(&other_thread, 1 << 20);
    equal_seed += draw == generator_below(&other_seed, 1 << 20);
  }
  CHECK(equal_thread < 5);
  CHECK(equal_seed < 5);
}

static void a_search_finds_its_key_in_every_way(void) {
  for (int bits = 0; bits < 64; ++bits) {
    struct chunk_options chunk_options = {.always_mmap = (bits & 1) != 0,
                                          .protect_even = (bits & 2) != 0,
                                          .holes = (bits & 4) != 0,
                                          .chunk_bytes = 64 * 1024,
                                          .count = 4};
    struct search_options options = {.own_memcpy = (bits & 8) != 0,
                                     .random_size = (bits & 16) != 0,
                                     .linear_search = (bits & 32) != 0};
    struct chunks chunks = chunks_make(&chunk_options);
    struct generator generator = generator_make(GENERATOR_RANDOM, 7, (uint64_t)bits);
    for (int i = 0; i < 20; ++i) CHECK(search_once(&chunks, &options, &generator) == SEARCH_DONE);
    chunks_destroy(&chunks);
  }
}

static void a_missing_key_is_noticed(void) {
  struct chunk_options chunk_options = {.chunk_bytes = 4096, .count = 1};
  struct chunks chunks = chunks_make(&chunk_options);
  memset(chunks.chunk[0], 0xff, 4096);
  struct search_options bisection = {.linear_search = false};
  struct search_options linear = {.linear_search = true};
  struct generator generator = compat();
  CHECK(search_once(&chunks, &bisection, &generator) == SEARCH_KEY_MISSING);
  CHECK(search_once(&chunks, &linear, &generator) == SEARCH_KEY_MISSING);
  chunks_destroy(&chunks);
}

static void protected_chunks_are_read_only_and_the_others_are_not(void) {
  struct chunk_options chunk_options = {
      .always_mmap = true, .protect_even = true, .chunk_bytes = 8192, .count = 4};
  struct chunks chunks = chunks_make(&chunk_options);
  int zero[2];
  CHECK(pipe(zero) == 0);
  for (size_t i = 0; i < 4; ++i) {
    // The kernel writes for us: EFAULT instead of a signal.
    CHECK(write(zero[1], "x", 1) == 1);
    CHECK_COUNT(i % 2 == 1, read(zero[0], chunks.chunk[i], 1) == 1);
    char rest;
    if (i % 2 == 0) CHECK(read(zero[0], &rest, 1) == 1);
  }
  chunks_destroy(&chunks);
  close(zero[0]);
  close(zero[1]);
}

// How many of 64 chunks begin where another one ends.
static size_t neighbours(bool holes) {
  enum { COUNT = 64, BYTES = 65536 };
  struct chunk_options chunk_options = {
      .always_mmap = true, .holes = holes, .chunk_bytes = BYTES, .count = COUNT};
  struct chunks chunks = chunks_make(&chunk_options);
  size_t adjacent = 0;
  for (size_t i = 0; i < COUNT; ++i) {
    for (size_t j = 0; j < COUNT; ++j) {
      adjacent += (uintptr_t)chunks.chunk[i] + BYTES == (uintptr_t)chunks.chunk[j];
    }
  }
  chunks_destroy(&chunks);
  return adjacent;
}

static void holes_keep_chunks_apart(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return;  // a sanitizer's address space is full of small gaps
#endif
  // The kernel puts mappings side by side. A hole may come to lie in a small gap elsewhere, as long
  // as there are such gaps.
  CHECK(neighbours(false) >= 48);
  CHECK(neighbours(true) <= 32);
}

int main(void) {
  the_compat_generator_always_makes_the_first_choice();
  the_random_generator_reaches_every_choice_about_equally();
  threads_and_seeds_draw_differently_and_repeatably();
  a_search_finds_its_key_in_every_way();
  a_missing_key_is_noticed();
  protected_chunks_are_read_only_and_the_others_are_not();
  holes_keep_chunks_apart();
  return failed_checks != 0;
}
