// SPDX-License-Identifier: GPL-2.0-or-later
#include "aim7/plan.h"

#include <string.h>

struct plan make_plan(const struct mix* mix, size_t jobs) {
  struct plan plan = {.jobs = 0};
  uint64_t total = 0;
  for (size_t i = 0; i < mix->task_count; ++i) total += mix->tasks[i].weight;
  for (size_t i = 0; i < mix->task_count; ++i) {
    // Half up in whole numbers: (2 w j + t) / 2 t.
    uint64_t quota = (2 * (uint64_t)mix->tasks[i].weight * jobs + total) / (2 * total);
    plan.quota[i] = quota == 0 ? 1 : quota;
    plan.jobs += plan.quota[i];
  }
  return plan;
}

struct draw begin_draw(const struct plan* plan) {
  struct draw draw = {.total = plan->jobs};
  memcpy(draw.left, plan->quota, sizeof draw.left);
  return draw;
}

size_t draw_job(struct draw* draw, uint64_t random) {
  uint64_t nth = random % draw->total;
  size_t task = 0;
  while (nth >= draw->left[task]) nth -= draw->left[task++];
  --draw->left[task];
  --draw->total;
  return task;
}
