// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "common/run_program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"

_Noreturn static void become_program(char* const arguments[], int output, int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
      dup2(output, STDERR_FILENO) >= 0) {
    execvp(arguments[0], arguments);
  }
  int error = errno;
  (void)!write(report, &error, sizeof error);
  _exit(127);
}

static double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

void print_line(void* context, const char* line) {
  (void)context;
  puts(line);
}

struct program_end run_program(char* const arguments[], take_line* take, void* context) {
  int output[2];
  int report[2];  // closed by a successful exec, else the errno of it
  if (pipe2(output, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
    fail_errno(STATUS_FAILED, errno, "making a pipe");
  }
  fflush(NULL);
  uint64_t start = now_ns();
  pid_t pid = fork();
  if (pid == 0) become_program(arguments, output[1], report[1]);
  if (pid < 0) fail_errno(STATUS_FAILED, errno, "starting %s", arguments[0]);
  close(output[1]);
  close(report[1]);
  int error;
  if (read(report[0], &error, sizeof error) == (ssize_t)sizeof error) {
    waitpid(pid, NULL, 0);
    fail_errno(STATUS_ENVIRONMENT, error, "%s", arguments[0]);
  }
  close(report[0]);

  FILE* lines = fdopen(output[0], "r");
  if (lines == NULL) fail_errno(STATUS_FAILED, errno, "reading what %s prints", arguments[0]);
  char* line = NULL;
  size_t capacity = 0;
  ssize_t length;
  while ((length = getline(&line, &capacity, lines)) > 0) {
    if (line[length - 1] == '\n') line[length - 1] = '\0';
    take(context, line);
  }
  free(line);
  fclose(lines);

  int status;
  struct rusage usage;
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail_errno(STATUS_FAILED, errno, "waiting for %s", arguments[0]);
  }
  struct program_end end = {
      .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
      .real_seconds = seconds_between(start, now_ns()),
      .user_seconds = seconds_of(usage.ru_utime),
      .system_seconds = seconds_of(usage.ru_stime),
      .minor_faults = (uint64_t)usage.ru_minflt,
      .voluntary_switches = (uint64_t)usage.ru_nvcsw,
      .involuntary_switches = (uint64_t)usage.ru_nivcsw,
  };
  return end;
}
