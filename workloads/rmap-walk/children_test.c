// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "rmap-walk/children.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/check.h"
#include "common/fail.h"

static int is_alive(pid_t pid) {
  return kill(pid, 0) == 0;
}

static void every_child_lives_until_it_is_released(void) {
  struct family family;
  family_map(&family, 8);
  family_fork(&family, 20);
  CHECK_COUNT(20, family.count);
  pid_t pids[20];
  memcpy(pids, family.pids, sizeof pids);
  for (int i = 0; i < 20; ++i) CHECK(is_alive(pids[i]));
  family_release(&family);
  for (int i = 0; i < 20; ++i) CHECK(!is_alive(pids[i]));
}

static void every_child_writes_its_own_copy(void) {
  struct family family;
  family_map(&family, 4);
  family_fork(&family, 3);
  for (size_t i = 0; i < family.count; ++i) {
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)family.pids[i]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) break;  // not allowed to look (ptrace rules); the frames below say the same
    for (size_t page = 0; page < 4; ++page) {
      unsigned char byte = 0;
      off_t at = (off_t)(uintptr_t)(family.memory + page * family.page_size);
      CHECK(pread(fd, &byte, 1, at) == 1);
      CHECK_COUNT(2, byte);
    }
    close(fd);
  }
  for (size_t page = 0; page < 4; ++page) CHECK_COUNT(1, family.memory[page * family.page_size]);
  family_release(&family);
}

static void copies_are_different_frames_in_ascending_order(void) {
  if (geteuid() != 0) {
    puts("page frames not checked: needs root");
    return;
  }
  struct family family;
  family_map(&family, 16);
  family_fork(&family, 5);
  uint64_t* frames = family_page_frames(&family);
  for (size_t i = 1; i < 5 * 16; ++i) CHECK(frames[i - 1] < frames[i]);
  free(frames);
  family_release(&family);
}

// In a process of its own, since what is tested ends it.
static int exit_status_of(void (*body)(void)) {
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    body();
    exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void lose_a_child(void) {
  if (freopen("/dev/null", "w", stderr) == NULL) return;
  struct family family;
  family_map(&family, 1);
  family_fork(&family, 3);
  kill(family.pids[1], SIGKILL);
  family_release(&family);
}

static int survivors_pipe[2];

static void fail_with_children(void) {
  if (freopen("/dev/null", "w", stderr) == NULL) return;
  struct family family;
  family_map(&family, 1);
  family_fork(&family, 3);
  if (write(survivors_pipe[1], family.pids, 3 * sizeof(pid_t)) != (ssize_t)(3 * sizeof(pid_t)))
    return;
  fail(STATUS_FAILED, "on purpose");
}

static void die_with_children(void) {
  struct family family;
  family_map(&family, 1);
  family_fork(&family, 3);
  if (write(survivors_pipe[1], family.pids, 3 * sizeof(pid_t)) != (ssize_t)(3 * sizeof(pid_t)))
    return;
  kill(getpid(), SIGKILL);
}

static void no_child_outlives(void (*body)(void), int expected_status) {
  CHECK(pipe(survivors_pipe) == 0);
  CHECK_COUNT(expected_status, exit_status_of(body));
  pid_t pids[3] = {0};
  CHECK(read(survivors_pipe[0], pids, sizeof pids) == (ssize_t)sizeof pids);
  close(survivors_pipe[0]);
  close(survivors_pipe[1]);
  for (int i = 0; i < 3; ++i) {
    // Orphans end by a signal and are reaped by init: soon, but not at once.
    for (int tries = 0; pids[i] > 0 && is_alive(pids[i]) && tries < 2000; ++tries) {
      char path[32];
      char text[512] = "";
      snprintf(path, sizeof path, "/proc/%d/stat", (int)pids[i]);
      int fd = open(path, O_RDONLY | O_CLOEXEC);
      if (fd < 0) break;
      ssize_t got = read(fd, text, sizeof text - 1);
      close(fd);
      const char* state = got > 0 ? strrchr(text, ')') : NULL;
      if (state != NULL && state[2] == 'Z') break;  // dead, and its reaper is slow
      usleep(1000);
      if (tries == 1999) CHECK(!"a child outlived its parent");
    }
  }
}

int main(void) {
  every_child_lives_until_it_is_released();
  every_child_writes_its_own_copy();
  copies_are_different_frames_in_ascending_order();
  CHECK_COUNT(STATUS_FAILED, exit_status_of(lose_a_child));
  no_child_outlives(fail_with_children, STATUS_FAILED);
  no_child_outlives(die_with_children, 128 + SIGKILL);
  return failed_checks != 0;
}
