// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/load_point.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"

// What users and their parent share.
struct board {
  uint64_t start_ns;
  atomic_int failed;  // the first user that fails in a job describes it below
  uint64_t user;
  size_t task;
  int error;
  struct progress {
    uint64_t finished_ns;  // 0: not yet
    uint64_t jobs_done;
  } users[];
};

// The process group of the users: one signal starts or ends all of them, with their children. The
// atexit handler and the alarm end it; a user empties it before anything else.
static volatile pid_t living_group;
static volatile sig_atomic_t time_is_up;

static void end_the_late(int number) {
  (void)number;
  time_is_up = 1;
  if (living_group != 0) kill(-living_group, SIGKILL);
}

// Rings once; 0 seconds: not any more.
static void set_alarm(double seconds) {
  struct sigaction action = {.sa_handler = end_the_late};
  if (sigaction(SIGALRM, &action, NULL) != 0) fail_errno(STATUS_FAILED, errno, "SIGALRM");
  struct itimerval timer = {.it_value = {.tv_sec = (time_t)seconds}};
  timer.it_value.tv_usec = (suseconds_t)((seconds - (double)timer.it_value.tv_sec) * 1e6);
  if (setitimer(ITIMER_REAL, &timer, NULL) != 0)
    fail_errno(STATUS_FAILED, errno, "setting a timer");
}

static void kill_the_living(void) {
  if (living_group == 0) return;
  kill(-living_group, SIGKILL);
  while (waitpid(-living_group, NULL, 0) > 0) {
  }
}

static void await_start(const sigset_t* start_signal) {
  int number;
  while (sigwait(start_signal, &number) != 0) {
  }
}

static void post_failure(struct board* board, uint64_t user, size_t task, int error) {
  if (atomic_exchange(&board->failed, 1) != 0) return;
  board->user = user;
  board->task = task;
  board->error = error;
}

_Noreturn static void live_as_user(const struct load_order* order, struct board* board,
                                   uint64_t user, pid_t parent, int ready_fd,
                                   const sigset_t* start_signal) {
  living_group = 0;
  // The parent may have died between the fork and the prctl: then there is no signal to come.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(STATUS_FAILED);
  struct job_room room = {
      .folder = order->folder,
      .user = user,
      .file_bytes = user_file_bytes(order->mix, order->users),
      .heap_bytes = order->mix->heap_bytes,
      // Far apart, so that no two users make the same choices.
      .random = order->seed * UINT64_C(0x9e3779b97f4a7c15) ^ user << 32 ^ order->users,
  };
  for (size_t i = 0; i < order->mix->task_count; ++i) {
    if (!order->mix->tasks[i].test->holds_heap || room.heap != NULL) continue;
    int result = hold_heap(&room);
    if (result == 0) continue;
    post_failure(board, user, i, -result);
    _exit(STATUS_FAILED);
  }
  struct draw draw = begin_draw(order->plan);
  if (write(ready_fd, "r", 1) != 1) _exit(STATUS_FAILED);
  close(ready_fd);
  await_start(start_signal);
  while (draw.total > 0) {
    size_t task = draw_job(&draw, job_random(&room));
    int result = order->mix->tasks[task].test->run(&room);
    if (result != 0) {
      post_failure(board, user, task, -result);
      _exit(STATUS_FAILED);
    }
    ++board->users[user].jobs_done;
  }
  board->users[user].finished_ns = now_ns();
  _exit(0);
}

static void fork_users(const struct load_order* order, struct board* board, int ready_fd,
                       const sigset_t* start_signal) {
  pid_t parent = getpid();
  for (uint64_t user = 0; user < order->users; ++user) {
    pid_t pid = fork();
    if (pid == 0) {
      // By the parent too, whichever comes first.
      setpgid(0, living_group);
      live_as_user(order, board, user, parent, ready_fd, start_signal);
    }
    if (pid < 0) {
      fail_errno(STATUS_FAILED, errno,
                 "fork of user %" PRIu64 " of %" PRIu64
                 " (kernel.pid_max, kernel.threads-max, RLIMIT_NPROC and the cgroup's pids.max "
                 "limit it)",
                 user + 1, order->users);
    }
    setpgid(pid, living_group);
    if (living_group == 0) living_group = pid;
  }
}

static _Noreturn void report_failure(const struct load_order* order, const struct board* board) {
  const char* test = order->mix->tasks[board->task].test->name;
  if (board->error == EILSEQ) {
    fail(STATUS_FAILED, "%s of user %" PRIu64 " had a wrong result", test, board->user);
  }
  fail_errno(STATUS_FAILED, board->error, "%s of user %" PRIu64, test, board->user);
}

static void await_reports(const struct load_order* order, const struct board* board, int ready_fd) {
  uint64_t users = order->users;
  uint64_t reports = 0;
  char buffer[4096];
  while (reports < users) {
    ssize_t got = read(ready_fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {  // every user has reported or is dead
      if (atomic_load(&board->failed) != 0) report_failure(order, board);
      fail(STATUS_FAILED,
           "%" PRIu64 " of %" PRIu64
           " users died before the start (out of memory? see the kernel log)",
           users - reports, users);
    }
    reports += (uint64_t)got;
  }
}

static void reap_users(const struct load_order* order, const struct board* board) {
  for (uint64_t reaped = 0; reaped < order->users; ++reaped) {
    int status;
    pid_t pid;
    do {
      pid = waitpid(-living_group, &status, 0);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0) fail_errno(STATUS_FAILED, errno, "waiting for a user");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
    if (WIFSIGNALED(status)) {
      if (time_is_up) continue;
      fail(STATUS_FAILED, "a user was killed by signal %d (out of memory? see the kernel log)",
           WTERMSIG(status));
    }
    report_failure(order, board);
  }
  set_alarm(0);
  living_group = 0;
}

static double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static size_t board_bytes(uint64_t users) {
  return sizeof(struct board) + users * sizeof(struct progress);
}

struct load_times run_load_point(const struct load_order* order) {
  struct board* board = mmap(NULL, board_bytes(order->users), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  double* finished = calloc(order->users, sizeof *finished);
  if (board == MAP_FAILED || finished == NULL) {
    fail(STATUS_FAILED, "no memory for the times of %" PRIu64 " users", order->users);
  }
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) != 0) fail_errno(STATUS_FAILED, errno, "making a pipe");
  static bool cleanup_registered;
  if (!cleanup_registered) atexit(kill_the_living);
  cleanup_registered = true;
  // Blocked before the first fork, so that no user can miss or die of it.
  sigset_t start_signal;
  sigset_t mask_before;
  sigemptyset(&start_signal);
  sigaddset(&start_signal, SIGUSR1);
  sigprocmask(SIG_BLOCK, &start_signal, &mask_before);
  fflush(NULL);

  fork_users(order, board, ready[1], &start_signal);
  close(ready[1]);
  await_reports(order, board, ready[0]);
  close(ready[0]);
  const struct timespec second = {.tv_sec = 1};
  nanosleep(&second, NULL);

  struct rusage before;
  struct rusage after;
  getrusage(RUSAGE_CHILDREN, &before);
  board->start_ns = now_ns();
  time_is_up = 0;
  kill(-living_group, SIGUSR1);
  if (order->most_seconds > 0) set_alarm(order->most_seconds);
  reap_users(order, board);
  uint64_t end_ns = now_ns();
  getrusage(RUSAGE_CHILDREN, &after);
  sigprocmask(SIG_SETMASK, &mask_before, NULL);

  struct load_times times = {
      .users = order->users,
      .jobs = order->plan->jobs,
      .real_seconds = seconds_between(board->start_ns, end_ns),
      .user_seconds = seconds_of(after.ru_utime) - seconds_of(before.ru_utime),
      .system_seconds = seconds_of(after.ru_stime) - seconds_of(before.ru_stime),
      .finished = finished,
  };
  for (uint64_t user = 0; user < order->users; ++user) {
    const struct progress* progress = &board->users[user];
    bool unfinished = progress->finished_ns == 0;
    finished[user] = seconds_between(board->start_ns, unfinished ? end_ns : progress->finished_ns);
    times.unfinished += unfinished;
    times.jobs_done += progress->jobs_done;
  }
  munmap(board, board_bytes(order->users));
  return times;
}

void load_point_free(struct load_times* times) {
  free((void*)times->finished);
  times->finished = NULL;
}
