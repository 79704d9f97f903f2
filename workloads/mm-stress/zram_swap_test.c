// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "mm-stress/zram_swap.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/check.h"

static void the_header_is_that_of_an_empty_swap_area(void) {
  const size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  const int fd = memfd_create("swap", MFD_CLOEXEC);
  CHECK_COUNT(0, write_swap_header(fd, 100 * page_size));
  unsigned char* page = calloc(1, page_size + 1);
  CHECK_COUNT(page_size, pread(fd, page, page_size, 0));
  uint32_t words[3];
  memcpy(words, page + 1024, sizeof words);
  CHECK_COUNT(1, words[0]);
  CHECK_COUNT(99, words[1]);
  CHECK_COUNT(0, words[2]);
  CHECK_TEXT("SWAPSPACE2", (const char*)page + page_size - 10);
  free(page);
  close(fd);
}

int main(void) {
  the_header_is_that_of_an_empty_swap_area();
  zram_swap_off();  // was not on
  return failed_checks == 0 ? 0 : 1;
}
