// SPDX-License-Identifier: GPL-2.0-or-later
/// Tests that make processes.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aim7/tests.h"

// What exec_test's processes are called, and so known by.
static const char executed_name[] = "aim7-executed";

void be_executed_if_asked(int argc, char** argv) {
  if (argc == 1 && strcmp(argv[0], executed_name) == 0) _exit(0);
}

static int reap(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -errno;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

static int fork_test(struct job_room* room) {
  (void)room;
  for (int i = 0; i < 100; ++i) {
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    int result = pid < 0 ? -errno : reap(pid);
    if (result != 0) return result;
  }
  return 0;
}

static int execute(const char* path, char* const arguments[]) {
  static char* const environment[] = {"PATH=/bin:/usr/bin", NULL};
  pid_t pid = fork();
  if (pid == 0) {
    execve(path, arguments, environment);
    _exit(127);
  }
  return pid < 0 ? -errno : reap(pid);
}

static int exec_test(struct job_room* room) {
  (void)room;
  char* const arguments[] = {(char*)executed_name, NULL};
  for (int i = 0; i < 5; ++i) {
    int result = execute("/proc/self/exe", arguments);
    if (result != 0) return result;
  }
  return 0;
}

static int shell(const char* script) {
  char* const arguments[] = {"sh", "-c", (char*)script, NULL};
  return execute("/bin/sh", arguments);
}

// A script that needs nothing but the shell itself,
static int shell_rtns_1(struct job_room* room) {
  (void)room;
  return shell("i=0; while [ $i -lt 200 ]; do i=$((i + 1)); done; [ $i -eq 200 ]");
}

// one with subshells,
static int shell_rtns_2(struct job_room* room) {
  (void)room;
  return shell("for i in 1 2 3 4 5; do (exit 0) || exit 1; done");
}

// and one with a pipeline.
static int shell_rtns_3(struct job_room* room) {
  (void)room;
  return shell(
      "for i in 1 2 3; do echo $i; done | { n=0; while read x; do n=$((n + x)); done; "
      "[ $n -eq 6 ]; }");
}

enum { PROCESS_BYTES = 96 * 1024 };

const struct job_test process_tests[] = {
    {"fork_test", fork_test, PROCESS_BYTES, 0, false, false},
    {"exec_test", exec_test, PROCESS_BYTES, 0, false, false},
    {"shell_rtns_1", shell_rtns_1, 2 * PROCESS_BYTES, 0, false, true},
    {"shell_rtns_2", shell_rtns_2, 3 * PROCESS_BYTES, 0, false, true},
    {"shell_rtns_3", shell_rtns_3, 3 * PROCESS_BYTES, 0, false, true},
    {NULL, NULL, 0, 0, false, false},
};
