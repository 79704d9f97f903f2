// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "mm-stress/zram_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/kernel_file.h"

#define DEVICE "/dev/zram0"
#define CONTROL "/sys/block/zram0/"

static pid_t owner;

// include/linux/swap.h of the kernel, union swap_header: version, last page and number of bad pages
// behind 1024 bytes for boot loaders, the magic at the end of the first page.
int write_swap_header(int fd, uint64_t bytes) {
  const size_t page_size = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char* page = calloc(1, page_size);
  if (page == NULL) return -ENOMEM;
  const uint32_t words[3] = {1, (uint32_t)(bytes / page_size - 1), 0};
  memcpy(page + 1024, words, sizeof words);
  memcpy(page + page_size - 10, "SWAPSPACE2", 10);
  const ssize_t written = pwrite(fd, page, page_size, 0);
  const int error = written < 0 ? -errno : 0;
  free(page);
  if (error != 0) return error;
  return written == (ssize_t)page_size ? 0 : -EIO;
}

void zram_swap_on(uint64_t bytes) {
  uint64_t size = 0;
  int error = read_kernel_count(CONTROL "disksize", &size);
  if (error != 0)
    fail_errno(STATUS_ENVIRONMENT, -error, "%s (needs CONFIG_ZRAM)", CONTROL "disksize");
  if (size != 0) fail(STATUS_ENVIRONMENT, "%s is in use; give --swap=0", DEVICE);
  error = write_kernel_count(CONTROL "disksize", bytes);
  if (error != 0) fail_errno(STATUS_ENVIRONMENT, -error, "%s (needs root)", CONTROL "disksize");
  owner = getpid();
  atexit(zram_swap_off);
  const int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
  if (fd < 0) fail_errno(STATUS_ENVIRONMENT, errno, "%s", DEVICE);
  error = write_swap_header(fd, bytes);
  if (close(fd) != 0 && error == 0) error = -errno;
  if (error != 0) fail_errno(STATUS_FAILED, -error, "writing to %s", DEVICE);
  if (swapon(DEVICE, 0) != 0)
    fail_errno(STATUS_ENVIRONMENT, errno, "swapon %s (needs CONFIG_SWAP and root)", DEVICE);
}

void zram_swap_off(void) {
  if (owner == 0 || owner != getpid()) return;
  owner = 0;
  swapoff(DEVICE);
  write_kernel_text(CONTROL "reset", "1");
}
