// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "common/run_program.h"

#include <sys/wait.h>
#include <unistd.h>

#include "common/check.h"
#include "common/fail.h"

static void collect(void* context, const char* line) {
  char* text = context;
  snprintf(text + strlen(text), 256 - strlen(text), "[%s]", line);
}

static int run_shell(const char* script, char text[256]) {
  char* const arguments[] = {"sh", "-c", (char*)script, NULL};
  text[0] = '\0';
  return run_program(arguments, collect, text).status;
}

static void output_comes_line_by_line_with_the_status(void) {
  char text[256];
  CHECK(run_shell("echo one; echo two >&2; printf three; exit 7", text) == 7);
  CHECK_TEXT("[one][two][three]", text);
  CHECK(run_shell("kill -9 $$", text) == 137);
  CHECK_TEXT("", text);
  CHECK(run_shell("read line", text) != 0);  // nothing is on standard input
}

static void a_program_that_is_not_there_is_named(void) {
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    char* const arguments[] = {"no-such-program", NULL};
    run_program(arguments, print_line, NULL);
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_ENVIRONMENT);
}

int main(void) {
  output_comes_line_by_line_with_the_status();
  a_program_that_is_not_there_is_named();
  return failed_checks != 0;
}
