// SPDX-License-Identifier: GPL-2.0-or-later
/// AIM7-style load points: many users at once, each working through a mix of jobs, and how many
/// jobs a minute the machine gets done as users are added. See README.md.
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aim7/capacity.h"
#include "aim7/load_point.h"
#include "aim7/mixes.h"
#include "aim7/options.h"
#include "aim7/output.h"
#include "aim7/plan.h"
#include "aim7/search.h"
#include "aim7/statistics.h"
#include "common/fail.h"
#include "common/metric.h"
#include "common/temporary_folder.h"
#include "common/zram_swap.h"

static void require_shell(const struct mix* mix) {
  for (size_t i = 0; i < mix->task_count; ++i) {
    if (!mix->tasks[i].test->needs_shell || access("/bin/sh", X_OK) == 0) continue;
    fail(STATUS_ENVIRONMENT, "%s of mix %s needs /bin/sh", mix->tasks[i].test->name, mix->name);
  }
}

static struct search begin_search(const struct options* options) {
  bool for_crossover = options->search == SEARCH_FOR_CROSSOVER || options->search == SEARCH_QUICKLY;
  struct search search = {.users = options->start,
                          .step = options->step,
                          .last = options->end,
                          .crossover_limit = for_crossover ? options->limit : 0,
                          .until_plateau = options->search == SEARCH_FOR_PLATEAU,
                          .adaptive = options->adaptive};
  return search;
}

static struct load_figures measure(const struct options* options, const struct plan* plan,
                                   uint64_t users, const char* folder) {
  struct load_order order = {
      .mix = &options->mix, .plan = plan, .users = users, .seed = options->seed, .folder = folder};
  // From here on it is certain that a user gets no more jobs a minute than the limit; a machine
  // that has broken down would take a hundred times as long to show how far.
  if (options->limit > 0) order.most_seconds = (double)plan->jobs * 60 / options->limit;
  struct load_times times = run_load_point(&order);
  struct load_figures figures = compute_figures(&times);
  load_point_free(&times);
  return figures;
}

static const char* describe(enum search_end end, bool fits) {
  if (!fits) return "the next load point does not fit into this machine";
  switch (end) {
    case SEARCH_CROSSOVER:
      return "the crossover is reached";
    case SEARCH_FALLING:
      return "throughput falls";
    case SEARCH_FLAT:
      return "throughput does not change any more";
    case SEARCH_LAST:
    case SEARCH_GOES_ON:
      break;
  }
  return "that was the last load point";
}

static void report(const struct load_figures* last, const struct load_figures* best,
                   enum search_end end, const struct plan* plan, uint64_t points) {
  printf("Max Jobs per Minute %.2f\n", best->jobs_per_minute);
  metric_real("max_jobs_per_minute", best->jobs_per_minute);
  metric_count("users_at_max", best->users);
  if (end == SEARCH_CROSSOVER) metric_count("crossover_users", last->users);
  metric_count("load_points", points);
  metric_count("jobs_per_user", plan->jobs);
  metric_count("last_users", last->users);
  metric_real("last_jobs_per_minute", last->jobs_per_minute);
  metric_real("last_jobs_per_minute_user", last->jobs_per_minute_user);
  metric_real("last_real_seconds", last->real_seconds);
  metric_real("last_user_seconds", last->user_seconds);
  metric_real("last_system_seconds", last->system_seconds);
  metric_real("last_std_dev_seconds", last->std_dev);
  printf("last_jti: %d\n", last->jti);
}

int main(int argc, char** argv) {
  be_executed_if_asked(argc, argv);
  struct options options = parse_options(argc, argv);
  require_shell(&options.mix);
  struct plan plan = make_plan(&options.mix, options.jobs);
  if (options.zram_bytes != 0) {
    start_zram_swap(ZRAM_DIRECTORY, ZRAM_DEVICE, options.zram_bytes);
  }
  struct search search = begin_search(&options);
  // All load points that are certain to come, before the first is begun.
  bool open_ended = options.search != SEARCH_NONE;
  require_capacity(&options.mix, &plan, open_ended ? options.start : options.end);
  const char* folder = make_temporary_folder(options.folder, "aim7");

  printf("AIM7-style mix %s: %zu tests, %zu jobs a user\n", options.mix.name,
         options.mix.task_count, plan.jobs);
  print_head(options.form);
  struct load_figures figures;
  struct load_figures best = {0};
  enum search_end end;
  bool fits;
  do {
    figures = measure(&options, &plan, search.users, folder);
    print_point(options.form, &figures);
    if (figures.jobs_per_minute > best.jobs_per_minute) best = figures;
    end = search_advance(&search, &figures);
    fits = !open_ended || end != SEARCH_GOES_ON || has_capacity(&options.mix, &plan, search.users);
  } while (end == SEARCH_GOES_ON && fits);
  printf("search ended: %s\n", describe(end, fits));
  if (figures.unfinished > 0) {
    printf("%" PRIu64 " users had not done their jobs after %.2f s and were ended\n",
           figures.unfinished, figures.real_seconds);
  }
  report(&figures, &best, end, &plan, search.points);
  return 0;
}
