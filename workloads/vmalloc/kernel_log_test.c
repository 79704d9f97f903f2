// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vmalloc/kernel_log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"

static void check_message(const char* record, const char* expected) {
  char copy[256];
  snprintf(copy, sizeof copy, "%s", record);
  const char* message = kernel_message(copy);
  CHECK((message == NULL) == (expected == NULL));
  if (message != NULL && expected != NULL) CHECK_TEXT(expected, message);
}

static void records_are_taken_apart(void) {
  check_message("6,339,5140900,-;Summary: a; b\n", "Summary: a; b");
  check_message("4,1,2,c,more;text\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n", "text");
  check_message("6,1,2,-;\n", "");
  // A program that writes to /dev/kmsg cannot choose the kernel's facility.
  check_message("12,1,2,-;Summary: forged\n", NULL);
  check_message("no record\n", NULL);
  check_message("6,1,2,-\n", NULL);
  check_message("", NULL);
}

static void the_log_is_followed(void) {
  int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  char record[8192];
  // Some containers have an empty one, or none.
  bool readable = fd >= 0 && lseek(fd, 0, SEEK_SET) >= 0 && read(fd, record, sizeof record) > 0;
  if (fd >= 0) close(fd);
  if (!readable) {
    puts("the log is not followed: /dev/kmsg cannot be read here");
    return;
  }
  struct kernel_log* log = kernel_log_follow();
  bool lost = true;
  char* text = kernel_log_finish(log, &lost);
  CHECK(!lost);
  CHECK(strstr(text, "Linux version") == NULL);  // nothing from before
  free(text);
}

int main(void) {
  records_are_taken_apart();
  the_log_is_followed();
  return failed_checks != 0;
}
