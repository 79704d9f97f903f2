// SPDX-License-Identifier: GPL-2.0-or-later
/// Tests of memory: the break, the heap, copies, shared segments.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include "aim7/tests.h"

enum { KIB = 1024, MIB = 1024 * KIB };

enum { HEAP_BYTES = MIB, STEP_PAGES = 16, WRITE_DISTANCE = 128 };

// Grows the heap by a megabyte, then again and again gives some pages back and takes them one by
// one, which the kernel must fill anew if they are written to.
static int move_break(int rounds, bool write) {
  const intptr_t page = sysconf(_SC_PAGESIZE);
  if (sbrk(HEAP_BYTES) == (void*)-1) return -errno;
  int result = 0;
  for (int round = 0; round < rounds && result == 0; ++round) {
    if (sbrk(-STEP_PAGES * page) == (void*)-1) result = -errno;
    for (int i = 0; i < STEP_PAGES && result == 0; ++i) {
      volatile unsigned char* grown = sbrk(page);
      if (grown == (void*)-1) {
        result = -errno;
        break;
      }
      for (intptr_t at = 0; write && at < page; at += WRITE_DISTANCE) grown[at] = 0x5a;
    }
  }
  sbrk(-HEAP_BYTES);
  return result;
}

static int page_test(struct job_room* room) {
  (void)room;
  return move_break(100, true);
}

int hold_heap(struct job_room* room) {
  const size_t words = room->heap_bytes / sizeof(uint64_t);
  volatile uint64_t* heap = sbrk((intptr_t)room->heap_bytes);
  if (heap == (void*)-1) return -errno;
  room->heap_key = job_random(room);
  // Not one value all over: swap that compresses would hold such a page for nothing.
  for (size_t i = 0; i < words; i += 8) heap[i] = room->heap_key * (i + 1);
  room->heap = heap;
  return 0;
}

// Ours: comes back to every page of the memory that the user holds, finds what it wrote there,
// wherever that has been meanwhile, and writes to it.
static int heap_test(struct job_room* room) {
  const size_t words = room->heap_bytes / sizeof(uint64_t);
  const size_t distance = (size_t)sysconf(_SC_PAGESIZE) / sizeof(uint64_t);
  if (room->heap == NULL) {
    int result = hold_heap(room);
    if (result != 0) return result;
  }
  for (size_t i = 0; i < words; i += distance) {
    if (room->heap[i] != room->heap_key * (i + 1)) return -EILSEQ;
    room->heap[i] = room->heap_key * (i + 1);
  }
  return 0;
}

static int brk_test(struct job_room* room) {
  (void)room;
  return move_break(1000, false);
}

// Blocks of all sizes up to 8 KiB, freed in another order than they came in.
static int mem_rtns_1(struct job_room* room) {
  enum { ROUNDS = 100, BLOCKS = 64, LARGEST = 8 * KIB };
  for (int round = 0; round < ROUNDS; ++round) {
    unsigned char* block[BLOCKS];
    for (int i = 0; i < BLOCKS; ++i) {
      size_t bytes = job_random(room) % LARGEST + 1;
      block[i] = i % 2 == 0 ? malloc(bytes) : calloc(1, bytes);
      if (block[i] == NULL) {
        while (i-- > 0) free(block[i]);
        return -ENOMEM;
      }
      block[i][0] = (unsigned char)i;
      block[i][bytes - 1] = (unsigned char)i;
    }
    // 37 and 64 have no common divisor: every block is met once.
    for (int i = 0; i < BLOCKS; ++i) free(block[i * 37 % BLOCKS]);
  }
  return 0;
}

// Fills, copies and compares blocks.
static int mem_rtns_2(struct job_room* room) {
  (void)room;
  enum { BYTES = 64 * KIB };
  unsigned char* from = malloc(BYTES);
  unsigned char* to = malloc(BYTES);
  int result = from == NULL || to == NULL ? -ENOMEM : 0;
  for (int i = 0; i < 50 && result == 0; ++i) {
    memset(from, i, BYTES);
    memcpy(to, from, BYTES);
    if (memcmp(from, to, BYTES) != 0 || memchr(to, i + 1, BYTES) != NULL) result = -EILSEQ;
  }
  free(from);
  free(to);
  return result;
}

// Copies of 64 KiB whose source and target shift against each other.
static int ram_copy(struct job_room* room) {
  (void)room;
  enum { COPIES = 100, BYTES = 64 * KIB, SHIFT = 24 };
  unsigned char* from = malloc(BYTES + COPIES * SHIFT);
  unsigned char* to = malloc(BYTES + COPIES * SHIFT);
  int result = from == NULL || to == NULL ? -ENOMEM : 0;
  if (result == 0) memset(from, 0xa5, BYTES + COPIES * SHIFT);
  for (int i = 0; i < COPIES && result == 0; ++i) {
    unsigned char* target = to + (COPIES - 1 - i) * SHIFT;
    memcpy(target, from + i * SHIFT, BYTES);
    if (target[BYTES - 1] != 0xa5) result = -EILSEQ;
  }
  free(from);
  free(to);
  return result;
}

// A segment of shared memory, attached twice: what goes in at one address comes out at the other.
static int shared_memory(struct job_room* room) {
  (void)room;
  enum { ROUNDS = 10, BYTES = 64 * KIB };
  for (int round = 0; round < ROUNDS; ++round) {
    int segment = shmget(IPC_PRIVATE, BYTES, IPC_CREAT | 0600);
    if (segment < 0) return -errno;
    unsigned char* in = shmat(segment, NULL, 0);
    unsigned char* out = shmat(segment, NULL, SHM_RDONLY);
    // It goes when the last user detaches, however this process ends.
    shmctl(segment, IPC_RMID, NULL);
    int result = in == (void*)-1 || out == (void*)-1 ? -ENOMEM : 0;
    if (result == 0) {
      memset(in, round + 1, BYTES);
      if (out[0] != round + 1 || out[BYTES - 1] != round + 1) result = -EILSEQ;
    }
    if (in != (void*)-1) shmdt(in);
    if (out != (void*)-1) shmdt(out);
    if (result != 0) return result;
  }
  return 0;
}

const struct job_test memory_tests[] = {
    {"page_test", page_test, STEP_PAGES * 4 * KIB, 0, false, false},
    {"heap_test", heap_test, 0, 0, true, false},
    {"brk_test", brk_test, 0, 0, false, false},
    {"mem_rtns_1", mem_rtns_1, 256 * KIB, 0, false, false},
    {"mem_rtns_2", mem_rtns_2, 128 * KIB, 0, false, false},
    {"ram_copy", ram_copy, 132 * KIB, 0, false, false},
    {"shared_memory", shared_memory, 64 * KIB, 0, false, false},
    {NULL, NULL, 0, 0, false, false},
};
