// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/stored_run.h"

#include <algorithm>

#include "base/error.h"
#include "cli/series_texts.h"
#include "reports/statistics/calibration.h"

namespace faultline {
namespace {

bool share_a_cell(const RunInfo& a, const RunInfo& b) {
  const auto any_common = [](const std::vector<std::string>& x, const std::vector<std::string>& y) {
    return std::find_first_of(x.begin(), x.end(), y.begin(), y.end()) != x.end();
  };
  return any_common(a.topologies, b.topologies) && any_common(a.planned_steps, b.planned_steps);
}

/// Of the finished calibrations with a cell in common the one with the fewest differences, the
/// newest of equals; 0: none.
std::int64_t fitting_calibration(const std::vector<RunInfo>& runs, const RunInfo& run) {
  std::int64_t best = 0;
  std::size_t least = SIZE_MAX;
  for (const RunInfo& candidate : runs) {
    if (candidate.kind != "calibration" || candidate.finished_at_ns == 0 ||
        !share_a_cell(candidate, run))
      continue;
    if (const std::size_t distance = calibration_distance(candidate, run); distance <= least) {
      least = distance;
      best = candidate.run_id;
    }
  }
  return best;
}

}  // namespace

Report stored_report(const Invocation& invocation, std::int64_t run_id) {
  Results results = stored_results(invocation, run_id);
  add_series_texts(invocation.locations.root, results.kernels);
  if (results.run.kind == "calibration") return make_report(std::move(results));
  Store store = Store::open(invocation.database, Store::Mode::read_only);
  const std::int64_t fitting = fitting_calibration(store.runs(), results.run);
  if (fitting == 0) return make_report(std::move(results));
  const Results calibration = store.results(fitting);
  return make_report(std::move(results), &calibration);
}

Results stored_results(const Invocation& invocation, std::int64_t run_id) {
  const std::string what = "looking for results in " + invocation.database.string();
  const char* hint = "start a run with 'faultline run FILE', or name another database with --db";
  if (!std::filesystem::exists(invocation.database))
    throw Error(ErrorKind::user_input, what, "no such file", hint);
  Store store = Store::open(invocation.database, Store::Mode::read_only);
  if (run_id == 0) {
    for (const RunInfo& run : store.runs()) run_id = std::max(run_id, run.run_id);
    if (run_id == 0) throw Error(ErrorKind::user_input, what, "it holds no run", hint);
  }
  return store.results(run_id);
}

}  // namespace faultline
