// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "rmap-walk/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"

// What the atexit handler has to end; a child empties it before anything else.
static struct family* living;

static void kill_the_living(void) {
  if (living == NULL) return;
  for (size_t i = 0; i < living->count; ++i) {
    if (living->pids[i] > 0) kill(living->pids[i], SIGKILL);
  }
  for (size_t i = 0; i < living->count; ++i) {
    if (living->pids[i] > 0) waitpid(living->pids[i], NULL, 0);
  }
}

void family_map(struct family* family, size_t pages) {
  memset(family, 0, sizeof *family);
  family->release_fd = -1;
  family->pages = pages;
  family->page_size = (size_t)sysconf(_SC_PAGESIZE);
  size_t bytes = pages * family->page_size;
  void* memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) fail_errno(STATUS_FAILED, errno, "mapping %zu pages", pages);
  // EINVAL: a kernel without huge pages, which has none to avoid.
  if (madvise(memory, bytes, MADV_NOHUGEPAGE) != 0 && errno != EINVAL) {
    fail_errno(STATUS_FAILED, errno, "madvise(MADV_NOHUGEPAGE)");
  }
  family->memory = memory;
  for (size_t page = 0; page < pages; ++page) family->memory[page * family->page_size] = 1;
}

_Noreturn static void live_as_child(const struct family* family, pid_t parent, int ready_fd,
                                    int released_fd) {
  living = NULL;
  close(family->release_fd);
  // The parent may have died between the fork and the prctl: then there is no signal to come.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(STATUS_FAILED);
  for (size_t page = 0; page < family->pages; ++page) {
    family->memory[page * family->page_size] = 2;
  }
  if (write(ready_fd, "r", 1) != 1) _exit(STATUS_FAILED);
  // While any child holds this end the parent's read waits; when all have closed it, reported or
  // dead, the parent sees the end of the pipe instead of waiting for ever.
  close(ready_fd);
  char nothing;
  while (read(released_fd, &nothing, 1) < 0 && errno == EINTR) {
  }
  _exit(0);
}

static size_t count_reports(int ready_fd) {
  size_t reports = 0;
  char buffer[4096];
  for (;;) {
    ssize_t got = read(ready_fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return reports;
    reports += (size_t)got;
  }
}

void family_fork(struct family* family, size_t children) {
  int ready[2];
  int release[2];
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(release, O_CLOEXEC) != 0) {
    fail_errno(STATUS_FAILED, errno, "making a pipe");
  }
  family->pids = calloc(children, sizeof *family->pids);
  if (family->pids == NULL) fail(STATUS_FAILED, "no memory for %zu process ids", children);
  family->release_fd = release[1];
  static int cleanup_registered;
  if (!cleanup_registered) {
    atexit(kill_the_living);
    cleanup_registered = 1;
  }
  living = family;
  fflush(NULL);

  pid_t parent = getpid();
  for (size_t i = 0; i < children; ++i) {
    pid_t pid = fork();
    if (pid == 0) live_as_child(family, parent, ready[1], release[0]);
    if (pid < 0) {
      fail_errno(
          STATUS_FAILED, errno,
          "fork of child %zu of %zu (kernel.pid_max, kernel.threads-max, RLIMIT_NPROC and the "
          "cgroup's pids.max limit it)",
          i + 1, children);
    }
    family->pids[i] = pid;
    family->count = i + 1;
  }
  close(ready[1]);
  close(release[0]);
  size_t reports = count_reports(ready[0]);
  close(ready[0]);
  if (reports != children) {
    fail(STATUS_FAILED,
         "%zu of %zu children died while they copied their pages (out of memory? see the kernel "
         "log)",
         children - reports, children);
  }
}

void family_release(struct family* family) {
  close(family->release_fd);
  family->release_fd = -1;
  size_t died = 0;
  for (size_t i = 0; i < family->count; ++i) {
    int status = 0;
    pid_t pid;
    do {
      pid = waitpid(family->pids[i], &status, 0);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) ++died;
    family->pids[i] = 0;
  }
  size_t count = family->count;
  living = NULL;
  free(family->pids);
  family->pids = NULL;
  family->count = 0;
  if (died != 0) {
    fail(STATUS_FAILED, "%zu of %zu children did not live to the end (out of memory?)", died,
         count);
  }
}

static int ascending(const void* left, const void* right) {
  uint64_t a = *(const uint64_t*)left;
  uint64_t b = *(const uint64_t*)right;
  return (a > b) - (a < b);
}

uint64_t* family_page_frames(const struct family* family) {
  // admin-guide/mm/pagemap.rst: one 64-bit word a page, bit 63 present, bits 0-54 the frame number.
  const uint64_t present = UINT64_C(1) << 63;
  const uint64_t frame_mask = (UINT64_C(1) << 55) - 1;
  size_t bytes = family->pages * sizeof(uint64_t);
  uint64_t* frames = malloc(family->count * bytes);
  if (frames == NULL)
    fail(STATUS_FAILED, "no memory for %zu page frames", family->count * family->pages);
  off_t offset = (off_t)((uintptr_t)family->memory / family->page_size * sizeof(uint64_t));
  for (size_t i = 0; i < family->count; ++i) {
    uint64_t* of_child = frames + i * family->pages;
    char path[48];
    snprintf(path, sizeof path, "/proc/%d/pagemap", (int)family->pids[i]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      fail_errno(STATUS_ENVIRONMENT, errno, "%s (needs CONFIG_PROC_PAGE_MONITOR and root)", path);
    }
    ssize_t got = pread(fd, of_child, bytes, offset);
    close(fd);
    if (got != (ssize_t)bytes) fail(STATUS_FAILED, "%s: short read", path);
    for (size_t page = 0; page < family->pages; ++page) {
      if ((of_child[page] & present) == 0) {
        fail(STATUS_FAILED, "a page of child %zu is not in memory (swapped out?)", i + 1);
      }
      of_child[page] &= frame_mask;
      if (of_child[page] == 0) {
        fail(STATUS_ENVIRONMENT, "%s hides page frame numbers (needs CAP_SYS_ADMIN)", path);
      }
    }
  }
  qsort(frames, family->count * family->pages, sizeof *frames, ascending);
  return frames;
}
