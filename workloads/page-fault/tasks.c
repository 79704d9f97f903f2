// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "page-fault/tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fail.h"
#include "page-fault/placement.h"

// What a task shares with the sampler. 256 bytes apart, so that neither a cache line nor the
// adjacent one that processors fetch along is shared between tasks.
struct slot {
  alignas(256) operation_count operations;
  uint64_t faults;
};

struct shared {
  alignas(256) atomic_bool stop;
  struct slot slots[];
};

struct member {
  struct tasks* tasks;
  size_t index;
  pthread_t thread;
  pid_t pid;
};

struct tasks {
  struct task_plan plan;
  struct shared* shared;
  struct member* members;
  size_t started;
  int ready[2];    // each task writes a byte when it is ready,
  int release[2];  // and goes when this one's writing end is closed
};

// What the atexit handler has to end; a child empties it before anything else.
static struct tasks* living;

static void kill_the_living(void) {
  if (living == NULL || living->plan.form != TASKS_ARE_PROCESSES) return;
  for (size_t i = 0; i < living->started; ++i) {
    if (living->members[i].pid > 0) kill(living->members[i].pid, SIGKILL);
  }
  for (size_t i = 0; i < living->started; ++i) {
    if (living->members[i].pid > 0) waitpid(living->members[i].pid, NULL, 0);
  }
}

static uint64_t faults_so_far(void) {
  struct rusage usage;
  getrusage(RUSAGE_THREAD, &usage);
  return (uint64_t)usage.ru_minflt;
}

static void work(const struct tasks* tasks, size_t index) {
  const struct task_plan* plan = &tasks->plan;
  struct slot* slot = &tasks->shared->slots[index];
  struct case_memory memory = {
      .bytes = plan->bytes, .page_size = (size_t)sysconf(_SC_PAGESIZE), .fd = -1};
  if (plan->cpus != NULL) bind_to_cpu(plan->cpus[index % plan->cpu_count]);
  if (plan->test_case->has_file) memory.fd = make_hole_file(plan->bytes);
  atomic_store(&slot->operations, 0);  // the slot's page is faulted in before the start line
  if (write(tasks->ready[1], "r", 1) != 1) fail_errno(STATUS_FAILED, errno, "reporting");
  char nothing;
  while (read(tasks->release[0], &nothing, 1) < 0 && errno == EINTR) {
  }
  uint64_t before = faults_so_far();
  plan->test_case->run(&memory, &slot->operations, &tasks->shared->stop);
  slot->faults = faults_so_far() - before;
  if (memory.fd >= 0) close(memory.fd);
}

static void* work_as_thread(void* argument) {
  const struct member* member = argument;
  work(member->tasks, member->index);
  return NULL;
}

_Noreturn static void work_as_process(const struct member* member, pid_t parent) {
  living = NULL;
  close(member->tasks->ready[0]);
  close(member->tasks->release[1]);
  // The parent may have died between the fork and the prctl: then there is no signal to come.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(STATUS_FAILED);
  work(member->tasks, member->index);
  _exit(0);
}

static void start_member(struct tasks* tasks, size_t index, const pthread_attr_t* attributes,
                         pid_t parent) {
  struct member* member = &tasks->members[index];
  member->tasks = tasks;
  member->index = index;
  int error = 0;
  if (tasks->plan.form == TASKS_ARE_THREADS) {
    error = pthread_create(&member->thread, attributes, work_as_thread, member);
  } else {
    member->pid = fork();
    if (member->pid == 0) work_as_process(member, parent);
    if (member->pid < 0) error = errno;
  }
  if (error != 0) {
    fail_errno(STATUS_FAILED, error, "starting task %zu of %zu", index + 1, tasks->plan.count);
  }
  tasks->started = index + 1;
}

static void await_ready(struct tasks* tasks) {
  for (size_t reports = 0; reports < tasks->plan.count;) {
    char buffer[4096];
    ssize_t got = read(tasks->ready[0], buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    // The end of the pipe: all processes that had it are dead.
    if (got <= 0) fail(STATUS_FAILED, "a task died before it began");
    reports += (size_t)got;
  }
}

struct tasks* tasks_start(const struct task_plan* plan) {
  struct tasks* tasks = calloc(1, sizeof *tasks);
  struct member* members = calloc(plan->count, sizeof *members);
  size_t shared_bytes = sizeof(struct shared) + plan->count * sizeof(struct slot);
  void* shared =
      mmap(NULL, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (tasks == NULL || members == NULL || shared == MAP_FAILED) {
    fail(STATUS_FAILED, "no memory for %zu tasks", plan->count);
  }
  tasks->plan = *plan;
  tasks->members = members;
  tasks->shared = shared;
  if (pipe2(tasks->ready, O_CLOEXEC) != 0 || pipe2(tasks->release, O_CLOEXEC) != 0) {
    fail_errno(STATUS_FAILED, errno, "making a pipe");
  }
  living = tasks;
  atexit(kill_the_living);
  fflush(NULL);

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pid_t parent = getpid();
  for (size_t i = 0; i < plan->count; ++i) start_member(tasks, i, &attributes, parent);
  pthread_attr_destroy(&attributes);
  if (plan->form == TASKS_ARE_PROCESSES) {
    close(tasks->ready[1]);
    tasks->ready[1] = -1;
  }
  await_ready(tasks);
  close(tasks->release[1]);
  return tasks;
}

uint64_t tasks_operations(struct tasks* tasks, size_t index) {
  struct member* member = &tasks->members[index];
  if (member->pid > 0 && waitpid(member->pid, NULL, WNOHANG) == member->pid) {
    member->pid = 0;
    fail(STATUS_FAILED, "task %zu died (out of memory? see the kernel log)", index);
  }
  return atomic_load_explicit(&tasks->shared->slots[index].operations, memory_order_relaxed);
}

static void join(struct tasks* tasks, size_t index) {
  struct member* member = &tasks->members[index];
  if (tasks->plan.form == TASKS_ARE_THREADS) {
    pthread_join(member->thread, NULL);
    return;
  }
  int status;
  pid_t pid = member->pid;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  member->pid = 0;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    fail(STATUS_FAILED, "task %zu did not end well (out of memory? see the kernel log)", index);
  }
}

struct task_totals tasks_stop(struct tasks* tasks) {
  atomic_store(&tasks->shared->stop, true);
  struct task_totals totals = {0};
  for (size_t i = 0; i < tasks->plan.count; ++i) {
    join(tasks, i);
    totals.operations += atomic_load(&tasks->shared->slots[i].operations);
    totals.faults += tasks->shared->slots[i].faults;
  }
  living = NULL;
  close(tasks->ready[0]);
  if (tasks->ready[1] >= 0) close(tasks->ready[1]);
  close(tasks->release[0]);
  munmap(tasks->shared, sizeof(struct shared) + tasks->plan.count * sizeof(struct slot));
  free(tasks->members);
  free(tasks);
  return totals;
}
