// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "ksm-migrate/page_holders.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"
#include "ksm-migrate/one_page.h"

// What a holder is called, and so known by; and where it finds its pipes.
static const char holder_name[] = "ksm-page-holder";
enum { READY_FD = 3, RELEASE_FD = 4 };

static pid_t* holders;
static size_t holder_count;
static int release_fd = -1;

void be_holder_if_asked(int argc, char** argv) {
  if (argc != 1 || strcmp(argv[0], holder_name) != 0) return;
  // A parent that died before this left the pipe without a writer: the read below sees its end.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  map_mergeable_page();
  if (write(READY_FD, "r", 1) != 1) exit(STATUS_FAILED);
  close(READY_FD);
  char nothing;
  while (read(RELEASE_FD, &nothing, 1) < 0 && errno == EINTR) {
  }
  exit(0);
}

// A copy of this program: holders that ran the same file would each map the pages of text that the
// measured process moves along with its one page.
static int copy_of_this_program(void) {
  int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int to = memfd_create(holder_name, MFD_CLOEXEC);
  struct stat status;
  if (from < 0 || to < 0 || fstat(from, &status) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "copying this program (needs CONFIG_MEMFD_CREATE)");
  }
  off_t done = 0;
  while (done < status.st_size) {
    if (sendfile(to, from, &done, (size_t)(status.st_size - done)) <= 0) {
      fail_errno(STATUS_FAILED, errno, "copying this program");
    }
  }
  close(from);
  return to;
}

_Noreturn static void become_holder(int program, int ready, int release) {
  // The pipes may have each other's numbers: out of the way first.
  int ready_copy = fcntl(ready, F_DUPFD, RELEASE_FD + 1);
  int release_copy = fcntl(release, F_DUPFD, RELEASE_FD + 1);
  int program_copy = fcntl(program, F_DUPFD_CLOEXEC, RELEASE_FD + 1);
  if (ready_copy < 0 || release_copy < 0 || program_copy < 0) _exit(STATUS_FAILED);
  if (dup2(ready_copy, READY_FD) < 0 || dup2(release_copy, RELEASE_FD) < 0) _exit(STATUS_FAILED);
  close(ready_copy);
  close(release_copy);
  char* const arguments[] = {(char*)holder_name, NULL};
  char* const environment[] = {NULL};
  fexecve(program_copy, arguments, environment);
  _exit(STATUS_FAILED);
}

static void await_ready(int ready_fd, size_t count) {
  size_t reports = 0;
  char buffer[4096];
  for (;;) {
    ssize_t got = read(ready_fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;  // all holders have reported, or are dead
    reports += (size_t)got;
  }
  if (reports != count) {
    fail(STATUS_FAILED, "%zu of %zu holders of a page died (out of memory? see the kernel log)",
         count - reports, count);
  }
}

void holders_stop(void) {
  if (release_fd >= 0) close(release_fd);
  release_fd = -1;
  for (size_t i = 0; i < holder_count; ++i) {
    kill(holders[i], SIGKILL);
    waitpid(holders[i], NULL, 0);
  }
  holder_count = 0;
  free(holders);
  holders = NULL;
}

void holders_start(size_t count) {
  int ready[2];
  int release[2];
  if (pipe2(ready, O_CLOEXEC) != 0 || pipe2(release, O_CLOEXEC) != 0) {
    fail_errno(STATUS_FAILED, errno, "making a pipe");
  }
  holders = calloc(count, sizeof *holders);
  if (holders == NULL) fail(STATUS_FAILED, "no memory for %zu process ids", count);
  release_fd = release[1];
  int program = copy_of_this_program();
  fflush(NULL);
  for (size_t i = 0; i < count; ++i) {
    pid_t pid = fork();
    if (pid == 0) become_holder(program, ready[1], release[0]);
    if (pid < 0) {
      fail_errno(STATUS_FAILED, errno,
                 "starting holder %zu of %zu (kernel.pid_max, kernel.threads-max, RLIMIT_NPROC and "
                 "the cgroup's pids.max limit it)",
                 i + 1, count);
    }
    holders[holder_count++] = pid;
  }
  close(program);
  close(ready[1]);
  close(release[0]);
  await_ready(ready[0], count);
  close(ready[0]);
}
