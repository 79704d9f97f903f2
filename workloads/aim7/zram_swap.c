// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/zram_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/kernel_file.h"

static char reset_path[256];
static const char* swap_device;

static void stop_zram_swap(void) {
  if (swap_device != NULL) swapoff(swap_device);
  int result = write_kernel_text(reset_path, "1");
  if (result < 0) fprintf(stderr, "cannot reset %s: %s\n", reset_path, strerror(-result));
}

void make_swap_header(unsigned char* page, size_t page_size, uint64_t bytes) {
  // include/linux/swap.h, union swap_header: 1 KiB for boot loaders, then version, last page and
  // the number of bad pages, all 32 bits; the magic ends the page.
  const uint32_t header[3] = {1, (uint32_t)(bytes / page_size - 1), 0};
  const char magic[] = "SWAPSPACE2";
  memset(page, 0, page_size);
  memcpy(page + 1024, header, sizeof header);
  memcpy(page + page_size - (sizeof magic - 1), magic, sizeof magic - 1);
}

static void write_header(const char* device, uint64_t bytes) {
  size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char* page = calloc(1, page_size);
  if (page == NULL) fail(STATUS_FAILED, "no memory for a page");
  make_swap_header(page, page_size, bytes);
  int fd = open(device, O_WRONLY | O_CLOEXEC);
  if (fd < 0) fail_errno(STATUS_ENVIRONMENT, errno, "%s", device);
  if (write(fd, page, page_size) != (ssize_t)page_size || fsync(fd) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "writing a swap header to %s", device);
  }
  close(fd);
  free(page);
}

void start_zram_swap(const char* directory, const char* device, uint64_t bytes) {
  char path[256];
  uint64_t size;
  snprintf(path, sizeof path, "%s/disksize", directory);
  snprintf(reset_path, sizeof reset_path, "%s/reset", directory);
  int result = read_kernel_count(path, &size);
  if (result < 0) {
    fail_errno(STATUS_ENVIRONMENT, -result, "%s: no zram to swap to (needs CONFIG_ZRAM)", path);
  }
  if (size != 0) fail(STATUS_ENVIRONMENT, "%s is in use", device);
  result = write_kernel_count(path, bytes);
  if (result < 0) fail_errno(STATUS_ENVIRONMENT, -result, "making %s", device);
  atexit(stop_zram_swap);
  write_header(device, bytes);
  if (swapon(device, 0) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "swapping to %s (needs CONFIG_SWAP and CAP_SYS_ADMIN)",
               device);
  }
  swap_device = device;
}
