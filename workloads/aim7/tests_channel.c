// SPDX-License-Identifier: GPL-2.0-or-later
/// Tests of pipes and sockets. One process has both ends: what is measured is the kernel's copying,
/// not its scheduler, which thousands of users keep busy anyway.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aim7/tests.h"

enum { MESSAGES = 300, MESSAGE_BYTES = 1024 };

static int receive_whole(int fd, unsigned char* message) {
  for (size_t done = 0; done < MESSAGE_BYTES;) {
    ssize_t got = read(fd, message + done, MESSAGE_BYTES - done);
    if (got < 0) return -errno;
    if (got == 0) return -EPIPE;
    done += (size_t)got;
  }
  return 0;
}

// Sends messages from `in` to `out`, one in flight at a time, and closes both.
static int pass_messages(int in, int out) {
  unsigned char sent[MESSAGE_BYTES];
  unsigned char received[MESSAGE_BYTES];
  int result = 0;
  for (int i = 0; i < MESSAGES && result == 0; ++i) {
    memset(sent, i, sizeof sent);
    ssize_t written = write(in, sent, sizeof sent);
    if (written != (ssize_t)sizeof sent) result = written < 0 ? -errno : -EIO;
    if (result == 0) result = receive_whole(out, received);
    if (result == 0 && memcmp(sent, received, sizeof sent) != 0) result = -EILSEQ;
  }
  close(in);
  close(out);
  return result;
}

static int pipe_cpy(struct job_room* room) {
  (void)room;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
  return pass_messages(ends[1], ends[0]);
}

static int through_pair(int type) {
  int ends[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return -errno;
  return pass_messages(ends[1], ends[0]);
}

static int stream_pipe(struct job_room* room) {
  (void)room;
  return through_pair(SOCK_STREAM);
}

static int dgram_pipe(struct job_room* room) {
  (void)room;
  return through_pair(SOCK_DGRAM);
}

static int fifo_test(struct job_room* room) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%" PRIu64 ".fifo", room->folder, room->user);
  if (mkfifo(path, 0600) != 0) return -errno;
  // The reading end first, without waiting for a writer.
  int out = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  int in = open(path, O_WRONLY | O_CLOEXEC);
  int result = in < 0 || out < 0 ? -errno : 0;
  unlink(path);
  if (result == 0) return pass_messages(in, out);
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  return result;
}

// A socket of that type on a port of the loopback interface that the kernel chooses.
static int bound_socket(int type, struct sockaddr_in* address) {
  socklen_t length = sizeof *address;
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (bind(fd, (struct sockaddr*)address, length) == 0 &&
      getsockname(fd, (struct sockaddr*)address, &length) == 0) {
    return fd;
  }
  int error = errno;
  close(fd);
  return -error;
}

static int connected_socket(int type, const struct sockaddr_in* address) {
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  if (connect(fd, (const struct sockaddr*)address, sizeof *address) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

static int tcp_test(struct job_room* room) {
  (void)room;
  struct sockaddr_in address;
  int listener = bound_socket(SOCK_STREAM, &address);
  if (listener < 0) return listener;
  if (listen(listener, 1) != 0) {
    int error = errno;
    close(listener);
    return -error;
  }
  int in = connected_socket(SOCK_STREAM, &address);
  int out = in < 0 ? in : accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  int error = errno;
  close(listener);
  if (in < 0) return in;
  if (out < 0) {
    close(in);
    return -error;
  }
  // Closed by a reset: thousands of users would leave no port that is not in TIME_WAIT.
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  setsockopt(in, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  setsockopt(out, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return pass_messages(in, out);
}

static int udp_test(struct job_room* room) {
  (void)room;
  struct sockaddr_in address;
  int out = bound_socket(SOCK_DGRAM, &address);
  if (out < 0) return out;
  int in = connected_socket(SOCK_DGRAM, &address);
  if (in < 0) {
    close(out);
    return in;
  }
  return pass_messages(in, out);
}

const struct job_test channel_tests[] = {
    {"pipe_cpy", pipe_cpy, 8 * 1024, 0, false, false},
    {"stream_pipe", stream_pipe, 8 * 1024, 0, false, false},
    {"dgram_pipe", dgram_pipe, 8 * 1024, 0, false, false},
    {"fifo_test", fifo_test, 8 * 1024, 0, false, false},
    {"tcp_test", tcp_test, 16 * 1024, 0, false, false},
    {"udp_test", udp_test, 8 * 1024, 0, false, false},
    {NULL, NULL, 0, 0, false, false},
};
