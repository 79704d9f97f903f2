// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vmalloc/kernel_log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fail.h"

// CONSOLE_EXT_LOG_MAX of the kernel: no record is longer.
enum { RECORD_MAX = 8192 };

struct kernel_log {
  int fd;
  pthread_t reader;
  int finish[2];  // a pipe whose writing end is closed when the reader is to end
  bool lost;
  char* text;
  size_t length;
  size_t capacity;
};

char* kernel_message(char* record) {
  char* end;
  unsigned long priority = strtoul(record, &end, 10);
  // The low three bits are the level, the rest is the facility: 0 is the kernel.
  if (end == record || *end != ',' || priority >> 3 != 0) return NULL;
  char* message = strchr(record, ';');
  if (message == NULL) return NULL;
  ++message;
  message[strcspn(message, "\n")] = '\0';
  return message;
}

static void append(struct kernel_log* log, const char* message) {
  size_t length = strlen(message);
  if (log->length + length + 2 > log->capacity) {
    log->capacity = 2 * (log->capacity + length + 2);
    log->text = realloc(log->text, log->capacity);
    if (log->text == NULL) fail(STATUS_FAILED, "no memory for the kernel log");
  }
  memcpy(log->text + log->length, message, length);
  log->length += length;
  log->text[log->length++] = '\n';
  log->text[log->length] = '\0';
}

static void read_all(struct kernel_log* log) {
  char record[RECORD_MAX + 1];
  for (;;) {
    ssize_t got = read(log->fd, record, RECORD_MAX);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EPIPE) {
      log->lost = true;  // the next read goes on with the oldest record that is left
      continue;
    }
    if (got <= 0) return;  // EAGAIN: nothing more for now
    record[got] = '\0';
    const char* message = kernel_message(record);
    if (message != NULL) append(log, message);
  }
}

static void* follow(void* argument) {
  struct kernel_log* log = argument;
  struct pollfd polled[] = {{.fd = log->fd, .events = POLLIN}, {.fd = log->finish[0]}};
  // Asleep while the kernel says nothing: nobody wants this thread in the measurement.
  while (polled[1].revents == 0) {
    poll(polled, 2, -1);
    read_all(log);
  }
  return NULL;
}

struct kernel_log* kernel_log_follow(void) {
  struct kernel_log* log = calloc(1, sizeof *log);
  if (log == NULL) fail(STATUS_FAILED, "no memory for the kernel log");
  log->fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (log->fd < 0 || lseek(log->fd, 0, SEEK_END) < 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "/dev/kmsg (needs CAP_SYSLOG)");
  }
  if (pipe2(log->finish, O_CLOEXEC) != 0) fail_errno(STATUS_FAILED, errno, "making a pipe");
  append(log, "");
  log->length = 0;
  int error = pthread_create(&log->reader, NULL, follow, log);
  if (error != 0) fail_errno(STATUS_FAILED, error, "starting the reader of the kernel log");
  return log;
}

char* kernel_log_finish(struct kernel_log* log, bool* lost) {
  close(log->finish[1]);
  pthread_join(log->reader, NULL);
  read_all(log);
  log->text[log->length] = '\0';
  char* text = log->text;
  *lost = log->lost;
  close(log->finish[0]);
  close(log->fd);
  free(log);
  return text;
}
