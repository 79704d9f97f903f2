// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "rmap-walk/idle_bitmap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"

// A file in place of the kernel's: it takes the same offsets and lengths, and keeps what was
// written.
static char path[] = "/tmp/idle-bitmap-test.XXXXXX";

static void empty_file(void) {
  CHECK(truncate(path, 0) == 0);
}

static off_t file_size(void) {
  struct stat status;
  return stat(path, &status) == 0 ? status.st_size : -1;
}

static int bits_set(void) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  unsigned char byte;
  int bits = 0;
  while (read(fd, &byte, 1) == 1) bits += __builtin_popcount(byte);
  close(fd);
  return bits;
}

static int bit_is_set(uint64_t frame) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  uint64_t word = 0;
  ssize_t got = pread(fd, &word, sizeof word, (off_t)(frame / 64 * 8));
  close(fd);
  return got == sizeof word && ((word >> (frame % 64)) & 1) == 1;
}

static void marks_the_given_frames_and_no_other(void) {
  empty_file();
  // Both ends of a word, of a chunk of 32768 frames, and a gap of whole chunks.
  const uint64_t frames[] = {0, 63, 64, 32767, 32768, 200000};
  CHECK(idle_bitmap_mark(path, frames, 6) == 0);
  for (size_t i = 0; i < 6; ++i) CHECK(bit_is_set(frames[i]));
  CHECK_COUNT(6, bits_set());
  CHECK_COUNT(0, file_size() % 8);
}

static void marks_nothing_of_nothing(void) {
  empty_file();
  CHECK(idle_bitmap_mark(path, NULL, 0) == 0);
  CHECK_COUNT(0, file_size());
}

static void says_why_the_bitmap_cannot_be_opened(void) {
  const uint64_t frame = 1;
  CHECK(idle_bitmap_mark("/nonexistent/bitmap", &frame, 1) < 0);
  CHECK(idle_bitmap_mark_all("/nonexistent/bitmap") < 0);
}

static void marking_all_ends_where_the_kernel_ends(void) {
  // /dev/full refuses the first write: not ENXIO, so an error and not the end of the machine.
  CHECK(idle_bitmap_mark_all("/dev/full") < 0);
}

static void counts_frames_that_carry_the_idle_flag(void) {
  empty_file();
  const uint64_t idle = UINT64_C(1) << 25;
  uint64_t flags[200] = {0};
  flags[3] = idle;
  flags[64] = idle | 1;
  flags[65] = ~idle;
  flags[199] = idle;
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  CHECK(write(fd, flags, sizeof flags) == (ssize_t)sizeof flags);
  close(fd);
  const uint64_t frames[] = {3, 4, 64, 65, 199, 100000};
  CHECK_COUNT(3, count_idle(path, frames, 6));
}

int main(void) {
  int fd = mkstemp(path);
  if (fd < 0) return 1;
  close(fd);
  marks_the_given_frames_and_no_other();
  marks_nothing_of_nothing();
  says_why_the_bitmap_cannot_be_opened();
  marking_all_ends_where_the_kernel_ends();
  counts_frames_that_carry_the_idle_flag();
  unlink(path);
  return failed_checks != 0;
}
