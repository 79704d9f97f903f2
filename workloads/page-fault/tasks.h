// SPDX-License-Identifier: GPL-2.0-or-later
/// Processes or threads that all run one test case at the same time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "page-fault/cases.h"

enum task_form { TASKS_ARE_PROCESSES, TASKS_ARE_THREADS };

struct task_plan {
  const struct test_case* test_case;
  enum task_form form;
  size_t count;
  size_t bytes;
  const unsigned* cpus;  ///< task i is bound to cpus[i % cpu_count]; NULL: none is bound
  size_t cpu_count;
};

/// One crew at a time; from tasks_start() to tasks_stop() it is this process's only children.
struct tasks;

/// Starts the tasks and returns when all of them are at work. Processes die with this process.
/// Exits with a reason (and no task left) if one cannot be started.
struct tasks* tasks_start(const struct task_plan* plan);

/// What task `index` has done so far. Exits with a reason if a task has died.
uint64_t tasks_operations(struct tasks* tasks, size_t index);

struct task_totals {
  uint64_t operations;
  uint64_t faults;  ///< minor ones, of the tasks, from their start line to their end
};

/// Ends the tasks, each after the round that it is in. Exits with a reason if one did not end well.
struct task_totals tasks_stop(struct tasks* tasks);
