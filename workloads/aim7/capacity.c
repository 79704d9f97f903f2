// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/capacity.h"

#include <inttypes.h>

#include "common/fail.h"
#include "common/kernel_file.h"
#include "common/limits.h"

struct user_need need_of_user(const struct mix* mix, const struct plan* plan, uint64_t users) {
  // Kernel stack, task, mm, VMAs, page tables; the few pages of a small static program that a
  // child copies.
  const uint64_t pinned = 56 * 1024;
  const uint64_t program = 64 * 1024;
  uint64_t file = user_file_bytes(mix, users);
  uint64_t sum = 0;
  uint64_t heap = 0;  // held from the beginning to the end
  uint64_t processes = 1;
  for (size_t i = 0; i < mix->task_count; ++i) {
    const struct job_test* test = mix->tasks[i].test;
    sum += plan->quota[i] * (test->resident_bytes + test->file_copies * file);
    if (test->holds_heap) heap = mix->heap_bytes;
    if (makes_processes(test)) processes = 3;
  }
  struct user_need need = {
      .pinned = pinned, .pageable = program + heap + sum / plan->jobs, .processes = processes};
  return need;
}

struct machine_room measure_room(void) {
  struct machine_room room = {.available = UINT64_MAX / 2, .processes = allowed_processes()};
  uint64_t bytes;
  if (read_meminfo_bytes("MemAvailable", &bytes) == 0) room.available = bytes;
  if (read_meminfo_bytes("SwapFree", &bytes) == 0) room.swap = bytes;
  return room;
}

static bool memory_carries(const struct user_need* need, const struct machine_room* room,
                           uint64_t users) {
  return users * need->pinned <= room->available &&
         users * (need->pinned + need->pageable) <= room->available + room->swap;
}

bool users_fit(const struct user_need* need, const struct machine_room* room, uint64_t users) {
  return memory_carries(need, room, users) && users * need->processes <= room->processes;
}

bool has_capacity(const struct mix* mix, const struct plan* plan, uint64_t users) {
  struct user_need need = need_of_user(mix, plan, users);
  struct machine_room room = measure_room();
  return users_fit(&need, &room, users);
}

void require_capacity(const struct mix* mix, const struct plan* plan, uint64_t users) {
  struct user_need need = need_of_user(mix, plan, users);
  struct machine_room room = measure_room();
  if (!memory_carries(&need, &room, users)) {
    fail(STATUS_ENVIRONMENT,
         "%" PRIu64 " users of mix %s need about %" PRIu64 " MiB, of which %" PRIu64
         " MiB cannot be swapped out; %" PRIu64 " MiB are available, and %" PRIu64 " MiB of swap",
         users, mix->name, users * (need.pinned + need.pageable) >> 20, users * need.pinned >> 20,
         room.available >> 20, room.swap >> 20);
  }
  require_processes(need.processes * users);
}
