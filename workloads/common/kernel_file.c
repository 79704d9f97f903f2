// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "common/kernel_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/numbers.h"

int read_kernel_text(const char* path, char* text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  size_t length = 0;
  int result = 0;
  while (length < size - 1) {
    ssize_t got = read(fd, text + length, size - 1 - length);
    if (got < 0) {
      result = -errno;
      break;
    }
    if (got == 0) break;
    length += (size_t)got;
  }
  close(fd);
  while (length > 0 && text[length - 1] == '\n') --length;
  text[length] = '\0';
  return result;
}

int read_kernel_count(const char* path, uint64_t* out) {
  char text[32];
  int result = read_kernel_text(path, text, sizeof text);
  if (result < 0) return result;
  return parse_count(text, 0, UINT64_MAX, out) ? 0 : -EINVAL;
}

int write_kernel_text(const char* path, const char* text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  ssize_t length = (ssize_t)strlen(text);
  ssize_t written = write(fd, text, (size_t)length);
  int result = written == length ? 0 : written < 0 ? -errno : -EIO;
  close(fd);
  return result;
}

int write_kernel_count(const char* path, uint64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%" PRIu64, value);
  return write_kernel_text(path, text);
}

int read_meminfo_bytes(const char* name, uint64_t* out) {
  FILE* file = fopen("/proc/meminfo", "re");
  if (file == NULL) return -errno;
  char line[128];
  size_t length = strlen(name);
  int result = -ENOENT;
  while (fgets(line, sizeof line, file) != NULL) {
    uint64_t kilobytes;
    if (strncmp(line, name, length) != 0 || line[length] != ':') continue;
    if (sscanf(line + length + 1, "%" SCNu64, &kilobytes) != 1) break;
    *out = kilobytes * 1024;
    result = 0;
    break;
  }
  fclose(file);
  return result;
}
