// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/tests.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/check.h"

static size_t entries_of(const char* folder) {
  DIR* open_folder = opendir(folder);
  size_t count = 0;
  while (open_folder != NULL && readdir(open_folder) != NULL) ++count;
  if (open_folder != NULL) closedir(open_folder);
  return count - 2;
}

static void every_test_does_its_job_twice_and_leaves_nothing(const char* folder) {
  struct job_room room = {
      .folder = folder, .user = 7, .file_bytes = 30000, .heap_bytes = 100000, .random = 1};
  size_t descriptors = entries_of("/proc/self/fd");
  for (size_t i = 0; test_at(i) != NULL; ++i) {
    const struct job_test* test = test_at(i);
    if (test->needs_shell && access("/bin/sh", X_OK) != 0) continue;
    for (int time = 0; time < 2; ++time) {
      int result = test->run(&room);
      if (result == 0) continue;
      fprintf(stderr, "%s ends with %d (%s)\n", test->name, result, strerror(-result));
      ++failed_checks;
    }
  }
  CHECK_COUNT(descriptors, entries_of("/proc/self/fd"));
  // The user's own file stays for its further jobs.
  CHECK_COUNT(1, entries_of(folder));
}

static uint64_t faults(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (uint64_t)usage.ru_minflt;
}

static void page_test_faults_every_page_that_it_regrows_and_brk_test_none(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return;  // a sanitizer's own memory faults too
#endif
  struct job_room room = {.folder = "/tmp", .heap_bytes = 400 * 4096, .random = 1};
  uint64_t before = faults();
  CHECK(find_test("page_test")->run(&room) == 0);
  uint64_t pages = faults() - before;
  CHECK(pages >= 1600 && pages < 1700);
  before = faults();
  CHECK(find_test("heap_test")->run(&room) == 0);
  pages = faults() - before;
  CHECK(pages >= 400 && pages < 440);
  before = faults();
  CHECK(find_test("heap_test")->run(&room) == 0);
  CHECK(faults() - before < 20);
  room.heap[512 * 17] ^= 1;  // a page that comes back changed
  CHECK(find_test("heap_test")->run(&room) == -EILSEQ);
  before = faults();
  CHECK(find_test("brk_test")->run(&room) == 0);
  CHECK(faults() - before < 50);
}

static void files_have_the_size_that_was_asked_for(const char* folder) {
  struct job_room room = {.folder = folder, .user = 8, .file_bytes = 5000, .random = 1};
  CHECK(find_test("disk_rd")->run(&room) == 0);
  // A file of another size than the user's is noticed.
  room.file_bytes = 6000;
  CHECK(find_test("disk_rd")->run(&room) != 0);
  room.folder = "/nonexistent";
  CHECK(find_test("disk_wrt")->run(&room) < 0);
}

int main(int argc, char** argv) {
  be_executed_if_asked(argc, argv);
  char folder[] = "/tmp/aim7-tests.XXXXXX";
  CHECK(mkdtemp(folder) != NULL);
  every_test_does_its_job_twice_and_leaves_nothing(folder);
  page_test_faults_every_page_that_it_regrows_and_brk_test_none();
  files_have_the_size_that_was_asked_for(folder);
  char path[64];
  for (int user = 7; user <= 8; ++user) {
    snprintf(path, sizeof path, "%s/%d.file", folder, user);
    unlink(path);
  }
  CHECK(rmdir(folder) == 0);
  CHECK(find_test("page") == NULL);
  return failed_checks != 0;
}
