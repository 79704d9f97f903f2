// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "page-fault/cases.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fail.h"

// There is one writer, so a load and a store do: no locked instruction in the measured loop.
static inline void count_one(operation_count* count) {
  uint64_t before = atomic_load_explicit(count, memory_order_relaxed);
  atomic_store_explicit(count, before + 1, memory_order_relaxed);
}

static inline bool running(const atomic_bool* stop) {
  return !atomic_load_explicit(stop, memory_order_relaxed);
}

static unsigned char* map_or_fail(const struct case_memory* memory, int flags) {
  void* mapped = mmap(NULL, memory->bytes, PROT_READ | PROT_WRITE, flags, memory->fd, 0);
  if (mapped == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "mapping %zu bytes", memory->bytes);
  return mapped;
}

static void unmap_or_fail(const struct case_memory* memory, void* mapped) {
  if (munmap(mapped, memory->bytes) != 0) fail_errno(STATUS_FAILED, errno, "unmapping");
}

static void fault_pages(const struct case_memory* memory, operation_count* count,
                        const atomic_bool* stop, int flags) {
  while (running(stop)) {
    volatile unsigned char* pages = map_or_fail(memory, flags);
    for (size_t at = 0; at < memory->bytes; at += memory->page_size) {
      pages[at] = 0;
      count_one(count);
    }
    unmap_or_fail(memory, (void*)pages);
  }
}

static void page_fault1(const struct case_memory* memory, operation_count* count,
                        const atomic_bool* stop) {
  fault_pages(memory, count, stop, MAP_PRIVATE | MAP_ANONYMOUS);
}

static void page_fault2(const struct case_memory* memory, operation_count* count,
                        const atomic_bool* stop) {
  fault_pages(memory, count, stop, MAP_PRIVATE);
}

static void page_fault3(const struct case_memory* memory, operation_count* count,
                        const atomic_bool* stop) {
  fault_pages(memory, count, stop, MAP_SHARED);
}

static void move_break(uintptr_t to) {
  // Not through the C library, which would keep its own idea of where the break is.
  if ((uintptr_t)syscall(SYS_brk, to) < to) {
    fail(STATUS_FAILED, "the break cannot be moved to %#zx (RLIMIT_DATA?)", (size_t)to);
  }
}

static void brk1(const struct case_memory* memory, operation_count* count,
                 const atomic_bool* stop) {
  uintptr_t low = (uintptr_t)syscall(SYS_brk, 0);
  while (running(stop)) {
    move_break(low + memory->bytes);
    count_one(count);
    move_break(low);
    count_one(count);
  }
}

static void allocate(const struct case_memory* memory, operation_count* count,
                     const atomic_bool* stop) {
  while (running(stop)) {
    void* block = malloc(memory->bytes);
    if (block == NULL) fail(STATUS_FAILED, "malloc of %zu bytes fails", memory->bytes);
    __asm__ volatile("" : "+r"(block));  // or the compiler does without both calls
    free(block);
    count_one(count);
  }
}

static void map_and_unmap(const struct case_memory* memory, operation_count* count,
                          const atomic_bool* stop, int flags) {
  while (running(stop)) {
    unmap_or_fail(memory, map_or_fail(memory, flags));
    count_one(count);
  }
}

static void mmap1(const struct case_memory* memory, operation_count* count,
                  const atomic_bool* stop) {
  map_and_unmap(memory, count, stop, MAP_PRIVATE | MAP_ANONYMOUS);
}

static void mmap2(const struct case_memory* memory, operation_count* count,
                  const atomic_bool* stop) {
  map_and_unmap(memory, count, stop, MAP_PRIVATE);
}

enum { KIB = 1024, MIB = 1024 * KIB };

static const struct test_case cases[] = {
    {"page_fault1", "write to each page of anonymous memory", 128 * MIB, false, 1, page_fault1},
    {"page_fault2", "write to each page of a private file mapping", 128 * MIB, true, 2,
     page_fault2},
    {"page_fault3", "write to each page of a shared file mapping", 128 * MIB, true, 1, page_fault3},
    {"brk1", "move the break up and down", 4 * KIB, false, 0, brk1},
    {"malloc1", "malloc and free of a large block, untouched", 128 * MIB, false, 0, allocate},
    {"malloc2", "malloc and free of a small block, untouched", 1 * KIB, false, 0, allocate},
    {"mmap1", "mmap and munmap of anonymous memory, untouched", 128 * MIB, false, 0, mmap1},
    {"mmap2", "mmap and munmap of a file, untouched", 128 * MIB, true, 0, mmap2},
};

const struct test_case* case_at(size_t index) {
  return index < sizeof cases / sizeof *cases ? &cases[index] : NULL;
}

const struct test_case* find_case(const char* name) {
  for (size_t i = 0; case_at(i) != NULL; ++i) {
    if (strcmp(case_at(i)->name, name) == 0) return case_at(i);
  }
  return NULL;
}

int make_hole_file(size_t bytes) {
  const char* folder = getenv("TMPDIR");
  char path[4096];
  snprintf(path, sizeof path, "%s/page-fault.XXXXXX", folder != NULL ? folder : "/tmp");
  int fd = mkstemp(path);
  if (fd < 0) fail_errno(STATUS_ENVIRONMENT, errno, "making the file %s", path);
  unlink(path);
  if (ftruncate(fd, (off_t)bytes) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "making a file of %zu bytes", bytes);
  }
  return fd;
}
