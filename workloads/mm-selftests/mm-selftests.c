// SPDX-License-Identifier: GPL-2.0-or-later
/// Runs the kernel's own tests of mm that lie beside this program, and counts what they say. See
/// README.md.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/metric.h"
#include "common/numbers.h"
#include "mm-selftests/tap.h"

enum { MOST_ARGUMENTS = 5 };

// As tools/testing/selftests/mm/run_vmtests.sh calls them, with less memory and fewer rounds. Left
// out is what needs hugetlb pages, a disk, another user or minutes of a real machine.
static const struct test {
  const char* arguments[MOST_ARGUMENTS];
} tests[] = {
    {{"mremap_test"}},
    {{"mremap_dontunmap"}},
    {{"map_fixed_noreplace"}},
    {{"map_populate"}},
    {{"madv_populate"}},
    {{"mlock-random-test"}},
    {{"mlock2-tests"}},
    {{"mrelease_test"}},
    {{"mkdirty"}},
    {{"mdwe_test"}},
    {{"mseal_test"}},
    {{"droppable"}},
    {{"cow"}},
    {{"gup_longterm"}},
    {{"ksm_functional_tests"}},
    {{"soft-dirty"}},
    {{"pagemap_ioctl"}},
    {{"split_huge_page_test"}},
    {{"uffd-unit-tests"}},
    {{"uffd-stress", "anon", "8", "4"}},
    {{"uffd-stress", "shmem", "8", "4"}},
    {{"khugepaged", "all:anon"}},
    {{"transhuge-stress", "-d", "5"}},
    {{"migration"}},
    {{"compaction_test"}},
};
enum { TESTS = sizeof tests / sizeof tests[0] };

struct options {
  uint64_t seconds;  ///< for each program, until it is killed
  const char* only;  ///< name of one program, or "all"
};

struct tally {
  uint64_t passed, failed, skipped;
};

static const char usage[] =
    "usage: mm-selftests [--seconds=N] [--only=PROGRAM]\n"
    "  --seconds=N     how long each program may take (300)\n"
    "  --only=PROGRAM  one of them; all (all)\n";

static bool known_program(const char* name) {
  for (size_t i = 0; i < TESTS; ++i) {
    if (strcmp(tests[i].arguments[0], name) == 0) return true;
  }
  return strcmp(name, "all") == 0;
}

static struct options parse_options(int argc, char** argv) {
  static const struct option known[] = {{"seconds", required_argument, NULL, 's'},
                                        {"only", required_argument, NULL, 'o'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options options = {.seconds = 300, .only = "all"};
  int letter;
  while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
    switch (letter) {
      case 's':
        options.seconds = count_option("--seconds", optarg, 1, 1000000);
        break;
      case 'o':
        if (!known_program(optarg)) fail(STATUS_USAGE, "--only: there is no test '%s'", optarg);
        options.only = optarg;
        break;
      case 'h':
        fputs(usage, stdout);
        exit(0);
      default:
        fputs(usage, stderr);
        exit(STATUS_USAGE);
    }
  }
  if (optind != argc) fail(STATUS_USAGE, "unexpected argument '%s'", argv[optind]);
  return options;
}

static void count(struct tally* tally, enum tap_result result) {
  if (result == TAP_PASSED) ++tally->passed;
  if (result == TAP_FAILED) ++tally->failed;
  if (result == TAP_SKIPPED) ++tally->skipped;
}

_Noreturn static void become(const struct test* test, int output, unsigned seconds) {
  char* arguments[MOST_ARGUMENTS + 1] = {NULL};
  char path[64];
  snprintf(path, sizeof path, "./%s", test->arguments[0]);
  arguments[0] = path;
  for (size_t i = 1; i < MOST_ARGUMENTS; ++i) arguments[i] = (char*)(uintptr_t)test->arguments[i];
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  alarm(seconds);  // outlives exec
  execv(path, arguments);
  _exit(127);
}

// Shows what the program prints, and counts its cases. Returns its end as a shell would.
static int run(const struct test* test, uint64_t seconds, struct tally* cases) {
  int output[2];
  if (pipe2(output, O_CLOEXEC) != 0) fail_errno(STATUS_FAILED, errno, "making a pipe");
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0) fail_errno(STATUS_FAILED, errno, "forking");
  if (pid == 0) become(test, output[1], (unsigned)seconds);
  close(output[1]);
  FILE* lines = fdopen(output[0], "r");
  if (lines == NULL) fail_errno(STATUS_FAILED, errno, "reading what a test prints");
  char* line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, lines) > 0) {
    line[strcspn(line, "\n")] = '\0';
    const char* shown = tap_shown(line);
    printf("%s| %s\n", test->arguments[0], shown);
    count(cases, tap_line(shown));
  }
  free(line);
  fclose(lines);
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) fail_errno(STATUS_FAILED, errno, "waiting for a test");
  }
  kill(-pid, SIGKILL);  // what it left behind
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// The folder "tests" beside this program.
static void enter_tests(void) {
  char path[4096];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length < 0) fail_errno(STATUS_ENVIRONMENT, errno, "/proc/self/exe");
  path[length] = '\0';
  char* folder = dirname(path);
  if (chdir(folder) != 0 || chdir("tests") != 0) {
    fail(STATUS_ENVIRONMENT,
         "the kernel's tests were not built: the build target kernel-mm-tests does it, with the "
         "package linux-source-6.12");
  }
  mkdir("/tmp", 01777);
}

int main(int argc, char** argv) {
  struct options options = parse_options(argc, argv);
  enter_tests();
  struct tally programs = {0};
  struct tally cases = {0};
  uint64_t missing = 0;
  for (size_t i = 0; i < TESTS; ++i) {
    const struct test* test = &tests[i];
    if (strcmp(options.only, "all") != 0 && strcmp(options.only, test->arguments[0]) != 0) continue;
    if (access(test->arguments[0], X_OK) != 0) {
      printf("program %s: not built\n", test->arguments[0]);
      ++missing;
      continue;
    }
    int status = run(test, options.seconds, &cases);
    enum tap_result result = tap_status(status);
    count(&programs, result);
    printf("program");
    for (size_t word = 0; word < MOST_ARGUMENTS && test->arguments[word] != NULL; ++word) {
      printf(" %s", test->arguments[word]);
    }
    printf(": %s, status %d%s\n", tap_name(result), status,
           status == 128 + SIGALRM ? ", ended when its time was over" : "");
  }
  metric_count("programs_passed", programs.passed);
  metric_count("programs_failed", programs.failed);
  metric_count("programs_skipped", programs.skipped);
  metric_count("programs_missing", missing);
  metric_count("cases_passed", cases.passed);
  metric_count("cases_failed", cases.failed);
  metric_count("cases_skipped", cases.skipped);
  return 0;
}
