// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "rmap-walk/idle_bitmap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/kernel_file.h"

// sysfs passes at most a page to the kernel in one call; the bitmap wants multiples of 8 bytes.
enum { CHUNK_BYTES = 4096, FRAMES_IN_CHUNK = CHUNK_BYTES * 8 };

int idle_bitmap_mark_all(const char* path) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  unsigned char chunk[CHUNK_BYTES];
  memset(chunk, 0xff, sizeof chunk);
  int result = 0;
  for (off_t offset = 0;; offset += CHUNK_BYTES) {
    ssize_t written = pwrite(fd, chunk, sizeof chunk, offset);
    // The kernel cuts the last write short, or refuses the one behind it with ENXIO.
    if (written < 0 && errno != ENXIO) result = -errno;
    if (written < (ssize_t)sizeof chunk) break;
  }
  close(fd);
  return result;
}

int idle_bitmap_mark(const char* path, const uint64_t* frames, size_t count) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  uint64_t chunk[CHUNK_BYTES / sizeof(uint64_t)];
  int result = 0;
  size_t next = 0;
  while (next < count && result == 0) {
    uint64_t chunk_number = frames[next] / FRAMES_IN_CHUNK;
    size_t words = 0;
    memset(chunk, 0, sizeof chunk);
    for (; next < count && frames[next] / FRAMES_IN_CHUNK == chunk_number; ++next) {
      uint64_t bit = frames[next] % FRAMES_IN_CHUNK;
      chunk[bit / 64] |= UINT64_C(1) << (bit % 64);
      words = (size_t)(bit / 64) + 1;
    }
    size_t bytes = words * sizeof(uint64_t);
    ssize_t written = pwrite(fd, chunk, bytes, (off_t)(chunk_number * CHUNK_BYTES));
    // Short by one word: the machine's last frame lies in the middle of it, and was visited.
    if (written < 0)
      result = -errno;
    else if ((size_t)written + sizeof(uint64_t) < bytes)
      result = -EIO;
  }
  close(fd);
  return result;
}

int64_t count_idle(const char* path, const uint64_t* frames, size_t count) {
  enum { WORDS = 64 };
  const uint64_t idle = UINT64_C(1) << 25;  // KPF_IDLE, admin-guide/mm/pagemap.rst
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  uint64_t words[WORDS];
  uint64_t first = UINT64_MAX;
  size_t held = 0;
  int64_t found = 0;
  for (size_t i = 0; i < count; ++i) {
    if (first == UINT64_MAX || frames[i] < first || frames[i] >= first + WORDS) {
      first = frames[i] - frames[i] % WORDS;
      ssize_t got = pread(fd, words, sizeof words, (off_t)(first * sizeof(uint64_t)));
      if (got < 0) {
        found = -errno;
        break;
      }
      held = (size_t)got / sizeof(uint64_t);
    }
    uint64_t at = frames[i] - first;
    if (at < held && (words[at] & idle) != 0) ++found;
  }
  close(fd);
  return found;
}

const char* drain_lru_batches(void) {
  // move_pages() disables, and so drains, the batches of all CPUs before it looks at its list
  // (do_pages_move in mm/migrate.c). An empty list leaves everything else as it was.
  void* no_page = NULL;
  int no_node = 0;
  int no_status = 0;
  if (syscall(SYS_move_pages, 0, 0UL, &no_page, &no_node, &no_status, 0) == 0) return "move_pages";
  // A kernel without NUMA has no move_pages; dropping the page cache drains too (fs/drop_caches.c).
  int result = write_kernel_text("/proc/sys/vm/drop_caches", "1");
  if (result == 0) return "drop_caches";
  errno = -result;
  return NULL;
}
