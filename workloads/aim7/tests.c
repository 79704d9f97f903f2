// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/tests.h"

#include <string.h>

static const struct job_test* const families[] = {arithmetic_tests, library_tests, memory_tests,
                                                  process_tests,    file_tests,    channel_tests};

const struct job_test* test_at(size_t index) {
  for (size_t i = 0; i < sizeof families / sizeof *families; ++i) {
    for (const struct job_test* test = families[i]; test->name != NULL; ++test) {
      if (index-- == 0) return test;
    }
  }
  return NULL;
}

const struct job_test* find_test(const char* name) {
  for (size_t i = 0; test_at(i) != NULL; ++i) {
    if (strcmp(test_at(i)->name, name) == 0) return test_at(i);
  }
  return NULL;
}

bool makes_processes(const struct job_test* test) {
  for (const struct job_test* maker = process_tests; maker->name != NULL; ++maker) {
    if (maker == test) return true;
  }
  return false;
}

uint64_t job_random(struct job_room* room) {
  // Vigna's SplitMix64 (https://prng.di.unimi.it).
  uint64_t z = room->random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}
