// SPDX-License-Identifier: GPL-2.0-or-later
/// Memory whose content is known, under everything that the kernel can do to it.
///
/// An area belongs to one thread. It consists of chunks of pages, and for every page it remembers
/// what must be there. The areas of a process lie interleaved in the address space, so that what
/// one thread does to its chunks splits and merges VMAs of the others.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { CHUNK_PAGES = 16, MAX_LIVING_CHILDREN = 3 };

/// What area_step() can do.
enum operation {
  OP_WRITE,
  OP_VERIFY,
  OP_FORK,     ///< a child that changes and verifies its copy
  OP_REMAP,    ///< mremap() to another address
  OP_UNMAP,    ///< munmap(), and mmap() in its place
  OP_PROTECT,  ///< mprotect() of a part, and back
  OP_DISCARD,  ///< MADV_DONTNEED
  OP_RECLAIM,  ///< MADV_PAGEOUT
  OP_MIGRATE,  ///< move_pages() to another node
  OP_MERGE,    ///< MADV_MERGEABLE or MADV_UNMERGEABLE
  OPERATIONS
};

/// Name of an operation, as in the output: "fork".
const char* operation_name(enum operation operation);

/// Counters of one thread, children included. In memory that parent and children share.
struct tally {
  uint64_t done[OPERATIONS];
  uint64_t pages_verified;
};

struct chunk {
  unsigned char* home;         ///< Two slots of a chunk's size; it is in one of them.
  unsigned char* memory;       ///< Where it is.
  uint64_t tags[CHUNK_PAGES];  ///< First and last word of each page; 0: the page is zero.
};

struct area {
  struct chunk* chunks;
  size_t count;
  size_t page_size;
  size_t nodes;    ///< NUMA nodes to migrate between; less than 2: no migration.
  bool merging;    ///< KSM is there.
  bool reclaim;    ///< MADV_PAGEOUT is there.
  unsigned depth;  ///< How many generations of children may follow.
  uint64_t random;
  uint64_t serial;
  pid_t children[MAX_LIVING_CHILDREN];
  size_t living;
  struct tally* tally;
  char problem[200];  ///< Why area_step() returned false.
};

/// Maps `count` areas of `chunks` chunks each, interleaved, and fills in everything but `nodes`,
/// `merging`, `reclaim`, `depth` and `tally`. Exits with a reason if memory lacks. The areas live
/// as long as the process.
void areas_map(struct area* areas, size_t count, size_t chunks, uint64_t seed);

/// Which of MADV_MERGEABLE and MADV_PAGEOUT the kernel has.
void area_probe(bool* merging, bool* reclaim);

/// Does one operation, chosen at random. False, with `problem`, if memory does not hold what it
/// must, a system call fails that must not, or a child ended otherwise than by its own will.
bool area_step(struct area* area);

/// Verifies every page and waits for the children. False with `problem`.
bool area_finish(struct area* area);
