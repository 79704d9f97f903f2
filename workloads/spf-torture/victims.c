// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "spf-torture/victims.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/kernel_file.h"
#include "spf-torture/tally.h"

const char victims_exec_argument[] = "--be-an-exec-target";

enum { THREADS = 3 };
enum end { END_EXEC, END_EXEC_IN_THREAD, END_EXIT, END_KILL, END_OOM, ENDS };

static const char root_group[] = "/sys/fs/cgroup";
static char group[100];

struct victim {
  unsigned char* memory;
  size_t pages;
  uint64_t chance;
};

static void write_or_lack(const char* file, const char* text) {
  int result = write_kernel_text(file, text);
  if (result < 0) {
    fail_errno(STATUS_ENVIRONMENT, -result, "writing %s to %s (--oom needs it)", text, file);
  }
}

void victims_make_group(uint64_t bytes) {
  char file[160];
  char number[32];
  snprintf(file, sizeof file, "%s/cgroup.subtree_control", root_group);
  write_or_lack(file, "+memory");
  snprintf(group, sizeof group, "%s/spf-torture-%d", root_group, (int)getpid());
  if (mkdir(group, 0755) != 0) fail_errno(STATUS_ENVIRONMENT, errno, "making %s", group);
  atexit(victims_remove_group);
  snprintf(file, sizeof file, "%s/memory.max", group);
  snprintf(number, sizeof number, "%llu", (unsigned long long)bytes);
  write_or_lack(file, number);
  // What is swapped out is not killed. Without swap there is no such file.
  snprintf(file, sizeof file, "%s/memory.swap.max", group);
  write_kernel_text(file, "0");
}

void victims_remove_group(void) {
  if (group[0] != '\0') rmdir(group);
  group[0] = '\0';
}

/// Every page is zero until this thread writes its own address there; threads share no page.
static void* fill(void* argument) {
  struct victim* victim = argument;
  for (size_t i = 0; i < victim->pages; ++i) {
    size_t page = (i * 257 + victim->chance) % victim->pages;
    volatile uintptr_t* word = (volatile uintptr_t*)(void*)(victim->memory + page * 4096);
    if (*word != 0) violation("a victim's fresh page is not zero but %#lx", (unsigned long)*word);
    *word = (uintptr_t)word;
    if (*word != (uintptr_t)word) violation("a victim's page lost what was written");
  }
  return NULL;
}

static void exec_self(void) {
  execl("/proc/self/exe", "spf-torture", victims_exec_argument, (char*)NULL);
  _exit(STATUS_FAILED);
}

static void* exec_later(void* argument) {
  uint64_t chance = *(uint64_t*)argument;
  rest(&chance, 3000);
  exec_self();
  return NULL;
}

static void join_group(void) {
  char file[160];
  snprintf(file, sizeof file, "%s/cgroup.procs", group);
  if (write_kernel_text(file, "0") < 0) _exit(STATUS_FAILED);
}

static _Noreturn void live(enum end end, uint64_t chance, uint64_t oom_bytes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  size_t pages = 2048;
  if (end == END_OOM) {
    join_group();
    pages = (size_t)(oom_bytes / 4096) * 2;
  }
  static struct victim victims[THREADS];
  static pthread_t threads[THREADS];
  size_t share = pages / THREADS;
  unsigned char* memory = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) _exit(STATUS_FAILED);
  madvise(memory, pages * 4096, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < THREADS; ++i) {
    victims[i] = (struct victim){memory + i * share * 4096, share, chance};
    if (pthread_create(&threads[i], NULL, fill, &victims[i]) != 0) _exit(STATUS_FAILED);
  }
  if (end == END_EXEC_IN_THREAD) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, exec_later, &chance) != 0) _exit(STATUS_FAILED);
    for (;;) pause();
  }
  if (end == END_OOM) {
    for (size_t i = 0; i < THREADS; ++i) pthread_join(threads[i], NULL);
    _exit(STATUS_FAILED);  // it should have been killed
  }
  rest(&chance, 3000);
  if (end == END_EXEC) exec_self();
  if (end == END_EXIT) _exit(0);
  for (;;) pause();
}

static void sacrifice(enum end end, uint64_t* chance, uint64_t oom_bytes) {
  pid_t pid = fork();
  if (pid < 0) return;
  if (pid == 0) live(end, next_chance(chance), oom_bytes);
  if (end == END_KILL) {
    rest(chance, 3000);
    kill(pid, SIGKILL);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  switch (end) {
    case END_EXEC:
    case END_EXEC_IN_THREAD:
      count_up(&tally->execs);
      break;
    case END_OOM:
      if (killed) count_up(&tally->oom_kills);
      break;
    default:
      count_up(&tally->exits);
  }
  bool right = end == END_KILL || end == END_OOM ? killed : status == 0;
  if (!right) violation("a victim (%d) ended with status %#x", (int)end, status);
}

pid_t victims_start(uint64_t seed, uint64_t oom_bytes) {
  pid_t pid = fork();
  if (pid < 0) fail_errno(STATUS_FAILED, errno, "forking");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  uint64_t chance = seed;
  while (!stopped()) {
    enum end end = (enum end)(next_chance(&chance) % ENDS);
    if (end == END_OOM && oom_bytes == 0) continue;
    sacrifice(end, &chance, oom_bytes);
    rest(&chance, 100000);
  }
  _exit(0);
}

int victims_exec_target(void) {
  return 0;
}
