// SPDX-License-Identifier: GPL-2.0-or-later
/// Tests of files and folders. Each user has a file of its own, of room->file_bytes.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aim7/tests.h"

// Small transfers, and those of the tests with a b in their name, of a page.
enum { SMALL_BLOCK = 1024, LARGE_BLOCK = 4096 };

enum { RANDOM_TRANSFERS = 64 };

static void file_path(const struct job_room* room, const char* what, char* path, size_t size) {
  snprintf(path, size, "%s/%" PRIu64 ".%s", room->folder, room->user, what);
}

static int write_whole(int fd, size_t bytes, size_t block) {
  static unsigned char data[LARGE_BLOCK];
  memset(data, 0x3c, sizeof data);
  for (size_t done = 0; done < bytes;) {
    size_t part = bytes - done < block ? bytes - done : block;
    ssize_t written = write(fd, data, part);
    if (written < 0) return -errno;
    if (written == 0) return -EIO;
    done += (size_t)written;
  }
  return 0;
}

// Opens the user's file, which the first test that needs it makes.
static int open_file(const struct job_room* room, int flags) {
  char path[4096];
  file_path(room, "file", path, sizeof path);
  int fd = open(path, flags | O_CLOEXEC);
  if (fd >= 0 || errno != ENOENT) return fd < 0 ? -errno : fd;
  int new_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (new_fd < 0) return -errno;
  int result = write_whole(new_fd, room->file_bytes, LARGE_BLOCK);
  close(new_fd);
  if (result < 0) return result;
  fd = open(path, flags | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

static int read_in_order(struct job_room* room, size_t block) {
  int fd = open_file(room, O_RDONLY);
  if (fd < 0) return fd;
  unsigned char data[LARGE_BLOCK];
  uint64_t total = 0;
  ssize_t got;
  while ((got = read(fd, data, block)) > 0) total += (uint64_t)got;
  int result = got < 0 ? -errno : 0;
  close(fd);
  if (result == 0 && total != room->file_bytes) result = -EILSEQ;
  return result;
}

static int transfer_at_random(struct job_room* room, size_t block, bool write_too, int flags) {
  int fd = open_file(room, (write_too ? O_RDWR : O_RDONLY) | flags);
  if (fd < 0) return fd;
  unsigned char data[LARGE_BLOCK];
  uint64_t blocks = room->file_bytes / block;
  int result = 0;
  for (int i = 0; i < RANDOM_TRANSFERS && blocks > 0 && result == 0; ++i) {
    off_t at = (off_t)(job_random(room) % blocks * block);
    if (pread(fd, data, block, at) != (ssize_t)block) result = -EIO;
    if (result != 0 || !write_too) continue;
    if (pwrite(fd, data, block, at) != (ssize_t)block) result = errno != 0 ? -errno : -EIO;
  }
  close(fd);
  return result;
}

static int write_new(struct job_room* room, size_t block, int flags) {
  char path[4096];
  file_path(room, "new", path, sizeof path);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0600);
  if (fd < 0) return -errno;
  int result = write_whole(fd, room->file_bytes, block);
  close(fd);
  unlink(path);
  return result;
}

static int copy(struct job_room* room, size_t block, int flags) {
  char path[4096];
  file_path(room, "copy", path, sizeof path);
  int from = open_file(room, O_RDONLY);
  if (from < 0) return from;
  int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | flags, 0600);
  int result = to < 0 ? -errno : 0;
  unsigned char data[LARGE_BLOCK];
  ssize_t got = 0;
  while (result == 0 && (got = read(from, data, block)) > 0) {
    if (write(to, data, (size_t)got) != got) result = errno != 0 ? -errno : -EIO;
  }
  if (got < 0) result = -errno;
  if (to >= 0) {
    close(to);
    unlink(path);
  }
  close(from);
  return result;
}

static int disk_rd(struct job_room* room) {
  return read_in_order(room, SMALL_BLOCK);
}
static int disk_rr(struct job_room* room) {
  return transfer_at_random(room, SMALL_BLOCK, false, 0);
}
static int disk_rw(struct job_room* room) {
  return transfer_at_random(room, SMALL_BLOCK, true, 0);
}
static int disk_wrt(struct job_room* room) {
  return write_new(room, SMALL_BLOCK, 0);
}
static int disk_cp(struct job_room* room) {
  return copy(room, SMALL_BLOCK, 0);
}
static int disk_brd(struct job_room* room) {
  return read_in_order(room, LARGE_BLOCK);
}
static int disk_brr(struct job_room* room) {
  return transfer_at_random(room, LARGE_BLOCK, false, 0);
}
static int disk_brw(struct job_room* room) {
  return transfer_at_random(room, LARGE_BLOCK, true, 0);
}
static int disk_bwrt(struct job_room* room) {
  return write_new(room, LARGE_BLOCK, 0);
}
static int disk_bcp(struct job_room* room) {
  return copy(room, LARGE_BLOCK, 0);
}
static int sync_disk_rw(struct job_room* room) {
  return transfer_at_random(room, SMALL_BLOCK, true, O_SYNC);
}
static int sync_disk_wrt(struct job_room* room) {
  return write_new(room, SMALL_BLOCK, O_SYNC);
}
static int sync_disk_cp(struct job_room* room) {
  return copy(room, SMALL_BLOCK, O_SYNC);
}

// As a database does it: read a record, change it, write it back, make it last.
static int sync_disk_update(struct job_room* room) {
  int fd = open_file(room, O_RDWR);
  if (fd < 0) return fd;
  unsigned char record[SMALL_BLOCK];
  uint64_t records = room->file_bytes / sizeof record;
  int result = 0;
  for (int i = 0; i < 8 && records > 0 && result == 0; ++i) {
    off_t at = (off_t)(job_random(room) % records * sizeof record);
    if (pread(fd, record, sizeof record, at) != (ssize_t)sizeof record) {
      result = -EIO;
      break;
    }
    ++record[i];
    if (pwrite(fd, record, sizeof record, at) != (ssize_t)sizeof record) result = -EIO;
    if (result == 0 && fdatasync(fd) != 0) result = -errno;
  }
  close(fd);
  return result;
}

// Looks for files that are not there, as a search along a path does.
static int disk_src(struct job_room* room) {
  for (int i = 0; i < 300; ++i) {
    char path[4096];
    struct stat status;
    snprintf(path, sizeof path, "%s/%" PRIu64 ".absent.%d", room->folder, room->user, i % 75);
    if (stat(path, &status) == 0) return -EILSEQ;
    if (errno != ENOENT) return -errno;
  }
  return 0;
}

static int creat_clo(struct job_room* room) {
  char path[4096];
  file_path(room, "created", path, sizeof path);
  for (int i = 0; i < 100; ++i) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return -errno;
    close(fd);
  }
  return unlink(path) == 0 ? 0 : -errno;
}

static int link_test(struct job_room* room) {
  char path[4096];
  char other[4096];
  file_path(room, "first", path, sizeof path);
  file_path(room, "second", other, sizeof other);
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return -errno;
  close(fd);
  int result = 0;
  for (int i = 0; i < 100 && result == 0; ++i) {
    if (link(path, other) != 0 || unlink(other) != 0) result = -errno;
  }
  unlink(path);
  return result;
}

static int dir_rtns_1(struct job_room* room) {
  (void)room;
  for (int i = 0; i < 20; ++i) {
    DIR* folder = opendir("/proc/self/ns");
    if (folder == NULL) folder = opendir("/");
    if (folder == NULL) return -errno;
    int entries = 0;
    while (readdir(folder) != NULL) ++entries;
    rewinddir(folder);
    while (readdir(folder) != NULL) --entries;
    closedir(folder);
    if (entries != 0) return -EILSEQ;
  }
  return 0;
}

const struct job_test file_tests[] = {
    {"disk_rd", disk_rd, 0, 1, false, false},
    {"disk_rr", disk_rr, 0, 1, false, false},
    {"disk_rw", disk_rw, 0, 1, false, false},
    {"disk_wrt", disk_wrt, 0, 1, false, false},
    {"disk_cp", disk_cp, 0, 2, false, false},
    {"disk_brd", disk_brd, 0, 1, false, false},
    {"disk_brr", disk_brr, 0, 1, false, false},
    {"disk_brw", disk_brw, 0, 1, false, false},
    {"disk_bwrt", disk_bwrt, 0, 1, false, false},
    {"disk_bcp", disk_bcp, 0, 2, false, false},
    {"sync_disk_rw", sync_disk_rw, 0, 1, false, false},
    {"sync_disk_wrt", sync_disk_wrt, 0, 1, false, false},
    {"sync_disk_cp", sync_disk_cp, 0, 2, false, false},
    {"sync_disk_update", sync_disk_update, 0, 1, false, false},
    {"disk_src", disk_src, 0, 0, false, false},
    {"creat_clo", creat_clo, 0, 0, false, false},
    {"link_test", link_test, 0, 0, false, false},
    {"dir_rtns_1", dir_rtns_1, 0, 0, false, false},
    {NULL, NULL, 0, 0, false, false},
};
