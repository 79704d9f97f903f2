// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/zram_swap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/check.h"
#include "common/fail.h"

static void the_header_is_that_of_mkswap(void) {
  unsigned char page[4096];
  memset(page, 0xee, sizeof page);
  make_swap_header(page, sizeof page, 16 << 20);
  uint32_t words[3];
  memcpy(words, page + 1024, sizeof words);
  CHECK_COUNT(1, words[0]);
  CHECK_COUNT(4095, words[1]);
  CHECK_COUNT(0, words[2]);
  CHECK(memcmp(page + 4086, "SWAPSPACE2", 10) == 0);
  CHECK_COUNT(0, page[0]);
  CHECK_COUNT(0, page[2000]);
}

static int status_of_start(const char* directory, const char* device) {
  fflush(NULL);
  pid_t pid = fork();
  if (pid == 0) {
    start_zram_swap(directory, device, 1 << 20);
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void write_text(const char* directory, const char* name, const char* text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE* file = fopen(path, "we");
  CHECK(file != NULL);
  if (file == NULL) return;
  fputs(text, file);
  fclose(file);
}

static void what_is_missing_or_taken_is_refused(void) {
  CHECK(status_of_start("/nonexistent", "/nonexistent/zram0") == STATUS_ENVIRONMENT);
  char directory[] = "/tmp/zram-test.XXXXXX";
  CHECK(mkdtemp(directory) != NULL);
  char device[64];
  snprintf(device, sizeof device, "%s/device", directory);
  write_text(directory, "reset", "");
  write_text(directory, "device", "");
  write_text(directory, "disksize", "1048576\n");
  CHECK(status_of_start(directory, device) == STATUS_ENVIRONMENT);
  // A plain file is no device to swap to, but it gets the header and the reset.
  write_text(directory, "disksize", "0\n");
  CHECK(status_of_start(directory, device) == STATUS_ENVIRONMENT);
  char text[16] = "";
  char path[128];
  snprintf(path, sizeof path, "%s/disksize", directory);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  CHECK(read(fd, text, 7) == 7);
  close(fd);
  CHECK_TEXT("1048576", text);
  snprintf(path, sizeof path, "%s/reset", directory);
  fd = open(path, O_RDONLY | O_CLOEXEC);
  CHECK(read(fd, text, 1) == 1 && text[0] == '1');
  close(fd);
  static const char* const names[] = {"reset", "device", "disksize"};
  for (int i = 0; i < 3; ++i) {
    snprintf(path, sizeof path, "%s/%s", directory, names[i]);
    unlink(path);
  }
  rmdir(directory);
}

int main(void) {
  the_header_is_that_of_mkswap();
  what_is_missing_or_taken_is_refused();
  return failed_checks != 0;
}
