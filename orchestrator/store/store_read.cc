// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/error.h"
#include "store/connection.h"
#include "store/published_json.h"
#include "store/read_counters.h"
#include "store/read_executions.h"

namespace faultline {
namespace {

using sqlite::Database;
using sqlite::Statement;

/// SQLite has no NaN and keeps NULL in its place (sqlite3_bind_double).
double number(const Statement& row, int column) {
  return row.is_null(column) ? std::numeric_limits<double>::quiet_NaN() : row.real(column);
}

template <typename Integer>
Integer whole(const Statement& row, int column) {
  return static_cast<Integer>(row.integer(column));
}

std::vector<RunInfo> read_runs(Database& database, std::optional<std::int64_t> only) {
  Statement runs = database.prepare(
      "SELECT r.run_id, r.experiment, e.content, r.experiment_hash, r.question, r.seed, r.blocks,"
      " r.baseline, r.started_at_ns, coalesce(r.finished_at_ns, 0), r.planned_boots,"
      " s.faultline_version, s.accel, s.accel_reason, h.cpu_model, h.cpus, h.memory_kib,"
      " h.numa_nodes, h.kernel, h.qemu, h.libvirt, h.connect_uri, r.kind, r.stopped, p.content,"
      " r.count_perturbed"
      " FROM run r LEFT JOIN text_blob e ON e.blob_key = r.experiment_blob"
      " LEFT JOIN text_blob p ON p.blob_key = r.published_blob"
      " LEFT JOIN session s ON s.session_key ="
      "  (SELECT min(session_key) FROM session WHERE run_id = r.run_id)"
      " LEFT JOIN host h ON h.host_key = s.host_key"
      " WHERE ?1 = 0 OR r.run_id = ?1 ORDER BY r.run_id");
  Statement arms =
      database.prepare("SELECT name, cmdline FROM arm WHERE run_id = ? ORDER BY position");
  Statement topologies =
      database.prepare("SELECT name, definition FROM topology WHERE run_id = ? ORDER BY position");
  Statement metrics = database.prepare(
      "SELECT workload, name, unit, direction, scale, summary, is_primary, what FROM metric"
      " WHERE run_id = ? ORDER BY position");
  Statement planned = database.prepare(
      "SELECT k.workload, k.params FROM planned_step p JOIN step_kind k USING (step_kind_key)"
      " WHERE p.run_id = ? ORDER BY p.position");
  Statement declared =
      database.prepare("SELECT name, value FROM run_declared WHERE run_id = ? ORDER BY name");
  std::vector<RunInfo> found;
  runs.query(only.value_or(0));
  while (runs.step()) {
    RunInfo run;
    int c = 0;
    run.run_id = runs.integer(c++);
    run.experiment = runs.text(c++);
    run.experiment_text = runs.text(c++);
    run.experiment_hash = runs.text(c++);
    run.question = runs.text(c++);
    run.seed = std::strtoull(runs.text(c++).c_str(), nullptr, 10);
    run.blocks = whole<unsigned>(runs, c++);
    run.baseline = runs.text(c++);
    run.started_at_ns = runs.integer(c++);
    run.finished_at_ns = runs.integer(c++);
    run.planned_boots = whole<std::uint64_t>(runs, c++);
    run.faultline_version = runs.text(c++);
    run.accel = runs.text(c++);
    run.accel_reason = runs.text(c++);
    run.host.cpu_model = runs.text(c++);
    run.host.cpus = whole<unsigned>(runs, c++);
    run.host.memory_kib = whole<std::uint64_t>(runs, c++);
    run.host.numa_nodes = whole<unsigned>(runs, c++);
    run.host.kernel = runs.text(c++);
    run.host.qemu = runs.text(c++);
    run.host.libvirt = runs.text(c++);
    run.host.connect_uri = runs.text(c++);
    run.kind = runs.text(c++);
    run.stopped = runs.text(c++);
    run.published = published_from_json(runs.text(c++));
    declared.query(run.run_id);
    while (declared.step()) run.declared.emplace(declared.text(0), declared.text(1));
    run.count_perturbed = runs.integer(c++) != 0;
    arms.query(run.run_id);
    while (arms.step()) {
      run.arms.push_back(arms.text(0));
      run.arm_cmdlines.push_back(arms.text(1));
    }
    topologies.query(run.run_id);
    while (topologies.step()) {
      run.topologies.push_back(topologies.text(0));
      run.topology_json.push_back(topologies.text(1));
    }
    metrics.query(run.run_id);
    while (metrics.step())
      run.metrics.push_back({.workload = metrics.text(0),
                             .name = metrics.text(1),
                             .unit = metrics.text(2),
                             .direction = metrics.text(3),
                             .scale = metrics.text(4),
                             .summary = metrics.text(5),
                             .primary = metrics.integer(6) != 0,
                             .what = metrics.text(7)});
    planned.query(run.run_id);
    while (planned.step()) run.planned_steps.push_back(planned.text(0) + '\t' + planned.text(1));
    found.push_back(std::move(run));
  }
  return found;
}

std::vector<KernelRecord> read_kernels(Database& database, std::int64_t run_id) {
  Statement kernels = database.prepare(
      "SELECT k.kernel_key, k.build_key, k.release, k.source, k.source_hash, k.compiler, c.content,"
      " k.build_seconds, k.layout FROM kernel k LEFT JOIN text_blob c ON c.blob_key = k.config_blob"
      " WHERE k.kernel_key IN (SELECT kernel_key FROM boot WHERE run_id = ?)"
      " ORDER BY k.kernel_key");
  Statement series = database.prepare(
      "SELECT name, sha256 FROM kernel_series WHERE kernel_key = ? ORDER BY position");
  std::vector<KernelRecord> found;
  kernels.query(run_id);
  while (kernels.step()) {
    KernelRecord kernel;
    kernel.key = kernels.text(1);
    kernel.release = kernels.text(2);
    kernel.source = kernels.text(3);
    kernel.source_hash = kernels.text(4);
    kernel.compiler = kernels.text(5);
    kernel.config_text = kernels.text(6);
    kernel.build_seconds = kernels.real(7);
    kernel.layout = whole<std::uint32_t>(kernels, 8);
    series.query(kernels.integer(0));
    while (series.step()) {
      kernel.series.push_back(series.text(0));
      kernel.series_hashes.push_back(series.text(1));
    }
    found.push_back(std::move(kernel));
  }
  return found;
}

std::vector<std::string> read_notes(Database& database, std::int64_t boot_key) {
  Statement notes = database.prepare("SELECT text FROM note WHERE boot_key = ? ORDER BY position");
  std::vector<std::string> found;
  notes.query(boot_key);
  while (notes.step()) found.push_back(notes.text(0));
  return found;
}

BootConditions read_conditions(Database& database, std::int64_t boot_key) {
  Statement rows =
      database.prepare("SELECT name, value FROM boot_condition WHERE boot_key = ? ORDER BY name");
  BootConditions found;
  rows.query(boot_key);
  while (rows.step()) found.emplace(rows.text(0), number(rows, 1));
  return found;
}

/// The last whole lines of a console.
constexpr int console_tail_bytes = 4096;
std::string tail_lines(std::string_view end_of_console) {
  if (end_of_console.size() < console_tail_bytes) return std::string(end_of_console);
  const std::size_t line_end = end_of_console.find('\n');
  return std::string(line_end == std::string_view::npos ? end_of_console
                                                        : end_of_console.substr(line_end + 1));
}

/// Reads the boots of a run in run order; returns their keys beside them.
std::vector<std::int64_t> read_boots(Database& database, Results& results) {
  Statement boots = database.prepare(
      "SELECT b.boot_key, b.boot_id, b.block, b.position, b.attempt, b.arm, b.topology, b.accel,"
      " b.started_at_ns, b.boot_seconds, b.wall_seconds, b.outcome, b.phase, b.oops_title,"
      " b.detail, coalesce(k.build_key, ''), b.kernel_release,"
      " CASE WHEN b.outcome = ?2 THEN NULL ELSE substr(c.content, ?3) END, b.contamination"
      " FROM boot b LEFT JOIN kernel k ON k.kernel_key = b.kernel_key"
      " LEFT JOIN text_blob c ON c.blob_key = b.console_blob"
      " WHERE b.run_id = ?1 ORDER BY b.block, b.position, b.attempt");
  const std::string completed = to_string(OutcomeKind::completed);
  boots.query(results.run.run_id, completed, -console_tail_bytes);
  std::vector<std::int64_t> keys;
  while (boots.step()) {
    ResultBoot boot;
    keys.push_back(boots.integer(0));
    boot.boot_id = boots.text(1);
    boot.block = whole<std::uint32_t>(boots, 2);
    boot.position = whole<std::uint32_t>(boots, 3);
    boot.attempt = whole<std::uint32_t>(boots, 4);
    boot.arm = whole<std::uint32_t>(boots, 5);
    boot.topology = whole<std::uint32_t>(boots, 6);
    boot.accel = boots.text(7);
    boot.started_at_ns = boots.integer(8);
    boot.boot_seconds = boots.real(9);
    boot.wall_seconds = boots.real(10);
    boot.outcome = {.kind = outcome_kind_from(boots.text(11)),
                    .phase = boots.text(12),
                    .oops_title = boots.text(13),
                    .detail = boots.text(14)};
    boot.kernel_key = boots.text(15);
    boot.kernel_release = boots.text(16);
    boot.console_tail = tail_lines(boots.view(17));
    boot.contamination = boots.text(18);
    boot.notes = read_notes(database, keys.back());
    boot.conditions = read_conditions(database, keys.back());
    results.boots.push_back(std::move(boot));
  }
  return keys;
}

/// Reads steps and samples, boot by boot. Returns the steps' places by their keys.
StepPlaces read_samples(Database& database, const std::vector<std::int64_t>& boot_keys,
                        Results& results) {
  const std::int64_t run_id = results.run.run_id;
  std::unordered_map<std::int64_t, std::uint32_t> metric_index;
  Statement metrics =
      database.prepare("SELECT metric_key FROM metric WHERE run_id = ? ORDER BY position");
  metrics.query(run_id);
  while (metrics.step())
    metric_index.emplace(metrics.integer(0), static_cast<std::uint32_t>(metric_index.size()));

  // Planned steps first, in the order of the plan; then what ran besides.
  StepPlaces step_index;
  Statement kinds = database.prepare(
      "SELECT k.step_kind_key, k.workload, k.params FROM step_kind k"
      " LEFT JOIN planned_step p ON p.step_kind_key = k.step_kind_key AND p.run_id = ?1"
      " WHERE p.run_id IS NOT NULL OR k.step_kind_key IN"
      " (SELECT s.step_kind_key FROM step s JOIN boot b USING (boot_key) WHERE b.run_id = ?1)"
      " ORDER BY p.position IS NULL, p.position, k.step_kind_key");
  kinds.query(run_id);
  while (kinds.step()) {
    const auto [place, added] =
        step_index.emplace(kinds.integer(0), static_cast<std::uint32_t>(results.steps.size()));
    if (added) results.steps.push_back({.workload = kinds.text(1), .params = kinds.text(2)});
  }

  Statement steps = database.prepare(
      "SELECT step_key, step_kind_key, perturbed FROM step WHERE boot_key = ? ORDER BY position");
  Statement count = database.prepare("SELECT count(*) FROM sample WHERE step_key = ?");
  Statement samples = database.prepare(
      "SELECT metric_key, iteration, value FROM sample WHERE step_key = ? ORDER BY ordinal");
  for (std::size_t boot = 0; boot < boot_keys.size(); ++boot) {
    steps.query(boot_keys[boot]);
    while (steps.step()) {
      if (steps.integer(2) != 0 && !results.run.count_perturbed) {
        count.query(steps.integer(0));
        if (count.step()) results.perturbed_samples += whole<std::uint64_t>(count, 0);
        continue;
      }
      const std::uint32_t step = step_index.at(steps.integer(1));
      samples.query(steps.integer(0));
      // Neighbours nearly always share the metric.
      std::int64_t last_metric = -1;
      std::uint32_t last_index = 0;
      while (samples.step()) {
        if (samples.integer(0) != last_metric) {
          last_metric = samples.integer(0);
          last_index = metric_index.at(last_metric);
        }
        results.samples.push_back({.boot = static_cast<std::uint32_t>(boot),
                                   .step = step,
                                   .metric = last_index,
                                   .iteration = whole<std::uint32_t>(samples, 1),
                                   .value = number(samples, 2)});
      }
    }
  }
  results.samples.shrink_to_fit();
  return step_index;
}

/// Resolves a boot's id or a beginning of it.
std::int64_t find_boot(Database& database, const std::string& boot_id) {
  const auto refuse = [&](std::string cause, std::string hint) {
    throw Error(ErrorKind::user_input, "looking for boot '" + boot_id + "'", std::move(cause),
                std::move(hint));
  };
  if (boot_id.empty()) refuse("the id is empty", "'faultline list' prints the boots");
  Statement exact = database.prepare("SELECT boot_key FROM boot WHERE boot_id = ?");
  exact.query(boot_id);
  if (exact.step()) return exact.integer(0);

  constexpr std::size_t shown = 8;
  Statement beginning = database.prepare(
      "SELECT boot_key, boot_id FROM boot WHERE substr(boot_id, 1, length(?1)) = ?1"
      " ORDER BY boot_id LIMIT ?2");
  beginning.query(boot_id, shown + 1);
  std::vector<std::string> candidates;
  std::int64_t key = 0;
  while (beginning.step()) {
    key = beginning.integer(0);
    candidates.push_back(beginning.text(1));
  }
  if (candidates.empty()) refuse("there is no such boot", "'faultline list' prints the boots");
  if (candidates.size() == 1) return key;
  std::string list;
  for (std::size_t i = 0; i < std::min(candidates.size(), shown); ++i)
    list += (i > 0 ? ", " : "") + candidates[i];
  if (candidates.size() > shown) list += ", …";
  refuse("more than one boot begins so: " + list, "give more of the id");
  return 0;
}

std::vector<IterationRecord> read_iterations(Database& database, std::int64_t step_key) {
  Statement rows = database.prepare(
      "SELECT i.process_end, i.code, i.wall_ns, i.user_ns, i.system_ns, i.max_rss_kib,"
      " i.minor_faults, i.major_faults, i.voluntary_switches, i.involuntary_switches, o.content,"
      " e.content, i.truncated FROM iteration i"
      " LEFT JOIN text_blob o ON o.blob_key = i.stdout_blob"
      " LEFT JOIN text_blob e ON e.blob_key = i.stderr_blob"
      " WHERE i.step_key = ? ORDER BY i.iteration");
  std::vector<IterationRecord> found;
  rows.query(step_key);
  while (rows.step())
    found.push_back(
        {.end = {.kind = process_end_kind_from(rows.text(0)), .code = whole<int>(rows, 1)},
         .wall = std::chrono::nanoseconds(rows.integer(2)),
         .user = std::chrono::nanoseconds(rows.integer(3)),
         .system = std::chrono::nanoseconds(rows.integer(4)),
         .max_rss_kib = rows.integer(5),
         .minor_faults = rows.integer(6),
         .major_faults = rows.integer(7),
         .voluntary_switches = rows.integer(8),
         .involuntary_switches = rows.integer(9),
         .standard_output = rows.text(10),
         .standard_error = rows.text(11),
         .truncated = rows.integer(12) != 0});
  return found;
}

std::vector<CollectorRecord> read_collectors(Database& database, std::int64_t boot_key) {
  Statement rows = database.prepare(
      "SELECT name, perturbs, problem FROM collector WHERE boot_key = ? ORDER BY position");
  std::vector<CollectorRecord> found;
  rows.query(boot_key);
  while (rows.step()) found.push_back({rows.text(0), rows.integer(1) != 0, rows.text(2)});
  return found;
}

std::vector<StepRecord> read_steps(Database& database, std::int64_t boot_key) {
  Statement steps = database.prepare(
      "SELECT s.step_key, k.workload, k.params, s.position, s.perturbed FROM step s"
      " JOIN step_kind k USING (step_kind_key) WHERE s.boot_key = ? ORDER BY s.position");
  Statement counters = database.prepare(
      "SELECT n.source, n.name, c.before, c.after FROM counter c"
      " JOIN counter_name n USING (counter_name_key) WHERE c.step_key = ? ORDER BY c.ordinal");
  Statement samples = database.prepare(
      "SELECT m.name, x.iteration, x.value FROM sample x JOIN metric m USING (metric_key)"
      " WHERE x.step_key = ? ORDER BY x.ordinal");
  std::vector<StepRecord> found;
  steps.query(boot_key);
  while (steps.step()) {
    const std::int64_t step_key = steps.integer(0);
    StepRecord step;
    step.workload = steps.text(1);
    step.params = steps.text(2);
    step.position = whole<std::uint32_t>(steps, 3);
    step.perturbed = steps.integer(4) != 0;
    step.iterations = read_iterations(database, step_key);
    counters.query(step_key);
    while (counters.step())
      step.counters.push_back({.source = counters.text(0),
                               .name = counters.text(1),
                               .before = number(counters, 2),
                               .after = number(counters, 3)});
    samples.query(step_key);
    while (samples.step())
      step.samples.push_back({.metric = samples.text(0),
                              .iteration = whole<std::uint32_t>(samples, 1),
                              .value = number(samples, 2)});
    step.profile = read_profile(database, step_key);
    found.push_back(std::move(step));
  }
  return found;
}

}  // namespace

std::vector<RunInfo> Store::runs() {
  Database& database = connection_->database;
  database.doing("reading the list of runs");
  const sqlite::Snapshot snapshot(database);
  return read_runs(database, std::nullopt);
}

Results Store::results(std::int64_t run_id) {
  Database& database = connection_->database;
  database.doing("reading the results of run " + std::to_string(run_id));
  const sqlite::Snapshot snapshot(database);
  std::vector<RunInfo> runs;
  if (run_id > 0) runs = read_runs(database, run_id);
  if (runs.empty())
    throw Error(ErrorKind::user_input, "reading the results of run " + std::to_string(run_id),
                "there is no such run", "'faultline list' prints the runs");
  Results results;
  results.run = std::move(runs.front());
  results.kernels = read_kernels(database, run_id);
  const std::vector<std::int64_t> boot_keys = read_boots(database, results);
  const StepPlaces steps = read_samples(database, boot_keys, results);
  read_counters(database, boot_keys, steps, results);
  read_executions(database, boot_keys, steps, results);
  return results;
}

std::optional<ImageRecord> Store::image(const std::string& hash) {
  Database& database = connection_->database;
  database.doing("reading image " + hash);
  const sqlite::Snapshot snapshot(database);
  Statement row = database.prepare(
      "SELECT i.name, coalesce(d.sha256, ''), coalesce(i.disk_key, 0) FROM image i"
      " LEFT JOIN disk d USING (disk_key) WHERE i.image_hash = ?");
  row.query(hash);
  if (!row.step()) return std::nullopt;
  ImageRecord image;
  image.hash = hash;
  image.name = row.text(0);
  image.disk_hash = row.text(1);
  Statement packages = database.prepare(
      "SELECT name, version, architecture FROM disk_package WHERE disk_key = ?"
      " ORDER BY name, architecture");
  packages.query(row.integer(2));
  while (packages.step())
    image.packages.push_back({packages.text(0), packages.text(1), packages.text(2)});
  return image;
}

BootRecord Store::boot(const std::string& boot_id) {
  Database& database = connection_->database;
  database.doing("reading boot " + boot_id);
  const sqlite::Snapshot snapshot(database);
  const std::int64_t key = find_boot(database, boot_id);
  Statement row = database.prepare(
      "SELECT b.boot_id, b.block, b.position, b.attempt, a.name, t.name, b.accel, b.started_at_ns,"
      " b.boot_seconds, b.wall_seconds, b.outcome, b.phase, b.oops_title, b.detail,"
      " coalesce(k.build_key, ''), b.kernel_release, b.image_hash, cmd.content, sheet.content,"
      " xml.content, con.content, top.content, b.artifacts_file, b.run_id, b.contamination"
      " FROM boot b"
      " JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm"
      " JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology"
      " LEFT JOIN kernel k ON k.kernel_key = b.kernel_key"
      " LEFT JOIN text_blob cmd ON cmd.blob_key = b.cmdline_blob"
      " LEFT JOIN text_blob sheet ON sheet.blob_key = b.run_sheet_blob"
      " LEFT JOIN text_blob xml ON xml.blob_key = b.domain_xml_blob"
      " LEFT JOIN text_blob con ON con.blob_key = b.console_blob"
      " LEFT JOIN text_blob top ON top.blob_key = b.topology_found_blob"
      " WHERE b.boot_key = ?");
  row.query(key);
  if (!row.step())
    throw Error(ErrorKind::store, "reading boot " + boot_id, "its arm or topology is missing",
                "the database was changed by hand");
  BootRecord boot;
  int c = 0;
  boot.boot_id = row.text(c++);
  boot.block = whole<std::uint32_t>(row, c++);
  boot.position = whole<std::uint32_t>(row, c++);
  boot.attempt = whole<std::uint32_t>(row, c++);
  boot.arm = row.text(c++);
  boot.topology = row.text(c++);
  boot.accel = row.text(c++);
  boot.started_at_ns = row.integer(c++);
  boot.boot_seconds = row.real(c++);
  boot.wall_seconds = row.real(c++);
  boot.outcome.kind = outcome_kind_from(row.text(c++));
  boot.outcome.phase = row.text(c++);
  boot.outcome.oops_title = row.text(c++);
  boot.outcome.detail = row.text(c++);
  boot.kernel_key = row.text(c++);
  boot.kernel_release = row.text(c++);
  boot.image_hash = row.text(c++);
  boot.cmdline = row.text(c++);
  boot.run_sheet = row.text(c++);
  boot.domain_xml = row.text(c++);
  boot.console = row.text(c++);
  boot.topology_found = row.text(c++);
  boot.artifacts_file = row.text(c++);
  boot.run_id = row.integer(c++);
  boot.contamination = row.text(c++);
  boot.conditions = read_conditions(database, key);
  boot.notes = read_notes(database, key);
  boot.collectors = read_collectors(database, key);
  boot.steps = read_steps(database, key);
  return boot;
}

}  // namespace faultline
