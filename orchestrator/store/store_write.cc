// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "base/error.h"
#include "base/sha256.h"
#include "store/connection.h"
#include "store/published_json.h"

namespace faultline {

namespace {

std::string insert_samples(std::size_t rows) {
  std::string sql = "INSERT INTO sample (step_key, ordinal, metric_key, iteration, value) VALUES";
  for (std::size_t i = 0; i < rows; ++i) sql += i == 0 ? " (?,?,?,?,?)" : ",(?,?,?,?,?)";
  return sql;
}

}  // namespace

WriteStatements::WriteStatements(const sqlite::Database& database)
    : find_blob(database.prepare("SELECT blob_key FROM text_blob WHERE sha256 = ?")),
      add_blob(database.prepare("INSERT INTO text_blob (sha256, content) VALUES (?, ?)")),
      find_step_kind(database.prepare(
          "SELECT step_kind_key FROM step_kind WHERE workload = ? AND params = ?")),
      add_step_kind(database.prepare("INSERT INTO step_kind (workload, params) VALUES (?, ?)")),
      find_counter_name(database.prepare(
          "SELECT counter_name_key FROM counter_name WHERE source = ? AND name = ?")),
      add_counter_name(database.prepare("INSERT INTO counter_name (source, name) VALUES (?, ?)")),
      add_step(database.prepare(
          "INSERT INTO step (boot_key, position, step_kind_key, perturbed) VALUES (?, ?, ?, ?)")),
      add_iteration(database.prepare(
          "INSERT INTO iteration (step_key, iteration, process_end, code, wall_ns, user_ns,"
          " system_ns, max_rss_kib, minor_faults, major_faults, voluntary_switches,"
          " involuntary_switches, stdout_blob, stderr_blob, truncated)"
          " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, nullif(?13, 0),"
          " nullif(?14, 0), ?15)")),
      add_counter(database.prepare("INSERT INTO counter (step_key, ordinal, counter_name_key,"
                                   " before, after) VALUES (?, ?, ?, ?, ?)")),
      add_sample(database.prepare(insert_samples(1))),
      add_samples(database.prepare(insert_samples(samples_at_once))) {}

namespace {

using sqlite::Database;
using sqlite::Statement;

/// The row that `find` finds for the values, made by `add` if it is missing.
template <typename... Values>
std::int64_t intern(Database& database, Statement& find, Statement& add, const Values&... values) {
  find.query(values...);
  if (find.step()) {
    const std::int64_t key = find.integer(0);
    find.reset();
    return key;
  }
  add.run(values...);
  return database.last_insert_rowid();
}

/// The key of a long text; 0 stands for the empty one, which no row has.
std::int64_t blob(Database& database, WriteStatements& write, const std::string& content) {
  if (content.empty()) return 0;
  const std::string hash = sha256_hex(content);
  write.find_blob.query(hash);
  if (write.find_blob.step()) {
    const std::int64_t key = write.find_blob.integer(0);
    write.find_blob.reset();
    return key;
  }
  write.add_blob.run(hash, sqlite::Blob{content});
  return database.last_insert_rowid();
}

std::int64_t host_row(Database& database, const HostRecord& host) {
  Statement find = database.prepare(
      "SELECT host_key FROM host WHERE cpu_model = ? AND cpus = ? AND memory_kib = ? AND"
      " numa_nodes = ? AND kernel = ? AND qemu = ? AND libvirt = ? AND connect_uri = ?");
  Statement add = database.prepare(
      "INSERT INTO host (cpu_model, cpus, memory_kib, numa_nodes, kernel, qemu, libvirt,"
      " connect_uri) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  return intern(database, find, add, host.cpu_model, host.cpus, host.memory_kib, host.numa_nodes,
                host.kernel, host.qemu, host.libvirt, host.connect_uri);
}

void add_metric(Database& database, std::int64_t run_id, const MetricInfo& metric) {
  // A run that is resumed keeps what it said of a metric first.
  database
      .prepare(
          "INSERT INTO metric (run_id, position, workload, name, unit, direction, scale, summary,"
          " is_primary, what)"
          " VALUES (?1, (SELECT count(*) FROM metric WHERE run_id = ?1), ?2, ?3, ?4, ?5, ?6, ?7,"
          " ?8, ?9) ON CONFLICT (run_id, workload, name) DO NOTHING")
      .run(run_id, metric.workload, metric.name, metric.unit, metric.direction, metric.scale,
           metric.summary, metric.primary, metric.what);
}

std::int64_t metric_key(Database& database, std::int64_t run_id, const std::string& workload,
                        const std::string& name) {
  Statement find = database.prepare(
      "SELECT metric_key FROM metric WHERE run_id = ? AND workload = ? AND name = ?");
  find.query(run_id, workload, name);
  if (find.step()) return find.integer(0);
  // Nothing that was measured is thrown away: a metric that nobody announced is kept as a neutral
  // one without a unit.
  add_metric(database, run_id,
             {.workload = workload,
              .name = name,
              .unit = "",
              .direction = "neutral",
              .scale = "difference",
              .summary = "median",
              .primary = false,
              .what = ""});
  return database.last_insert_rowid();
}

std::int64_t new_run(Database& database, WriteStatements& write, const RunInfo& run) {
  database
      .prepare(
          "INSERT INTO run (experiment, experiment_hash, experiment_blob, question, seed,"
          " blocks, baseline, planned_boots, started_at_ns, finished_at_ns, kind, stopped,"
          " published_blob, count_perturbed)"
          " VALUES (?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, nullif(?, 0), ?)")
      .run(run.experiment, run.experiment_hash, blob(database, write, run.experiment_text),
           run.question, std::to_string(run.seed), run.blocks, run.baseline, run.planned_boots,
           run.started_at_ns, run.finished_at_ns, run.kind, run.stopped,
           blob(database, write, published_to_json(run.published)), run.count_perturbed);
  const std::int64_t run_id = database.last_insert_rowid();
  Statement add_arm =
      database.prepare("INSERT INTO arm (run_id, position, name, cmdline) VALUES (?, ?, ?, ?)");
  for (std::size_t i = 0; i < run.arms.size(); ++i)
    add_arm.run(run_id, i, run.arms[i],
                i < run.arm_cmdlines.size() ? run.arm_cmdlines[i] : std::string());
  Statement add_topology = database.prepare(
      "INSERT INTO topology (run_id, position, name, definition) VALUES (?, ?, ?, ?)");
  for (std::size_t i = 0; i < run.topologies.size(); ++i)
    add_topology.run(run_id, i, run.topologies[i],
                     i < run.topology_json.size() ? run.topology_json[i] : std::string());
  Statement add_declared =
      database.prepare("INSERT INTO run_declared (run_id, name, value) VALUES (?, ?, ?)");
  for (const auto& [name, value] : run.declared) add_declared.run(run_id, name, value);
  Statement add_planned = database.prepare(
      "INSERT INTO planned_step (run_id, position, step_kind_key) VALUES (?, ?, ?)");
  for (std::size_t i = 0; i < run.planned_steps.size(); ++i) {
    const std::string& step = run.planned_steps[i];
    const std::size_t tab = std::min(step.find('\t'), step.size());
    const std::string workload = step.substr(0, tab);
    const std::string params = step.substr(std::min(tab + 1, step.size()));
    add_planned.run(run_id, i,
                    intern(database, write.find_step_kind, write.add_step_kind, workload, params));
  }
  return run_id;
}

/// The session that boots of a run belong to: this process's own, else the run's last one.
std::int64_t session_of(Database& database,
                        const std::unordered_map<std::int64_t, std::int64_t>& sessions,
                        std::int64_t run_id) {
  if (const auto own = sessions.find(run_id); own != sessions.end()) return own->second;
  Statement last = database.prepare("SELECT max(session_key) FROM session WHERE run_id = ?");
  last.query(run_id);
  if (last.step() && !last.is_null(0)) return last.integer(0);
  throw Error(ErrorKind::user_input, "storing a boot", "there is no run " + std::to_string(run_id));
}

std::int64_t position_of(Database& database, const char* sql, std::int64_t run_id,
                         const std::string& name, const char* what) {
  Statement find = database.prepare(sql);
  find.query(run_id, name);
  if (find.step()) return find.integer(0);
  throw Error(ErrorKind::store, "storing a boot of run " + std::to_string(run_id),
              std::string("the run has no ") + what + " '" + name + "'");
}

/// The kernel's row; one with the key only, if its provenance is not known (yet). 0: no kernel.
std::int64_t kernel_row(Database& database, const BootRecord& boot) {
  if (boot.kernel_key.empty()) return 0;
  database
      .prepare(
          "INSERT INTO kernel (build_key, release, source, source_hash, compiler,"
          " build_seconds) VALUES (?, ?, '', '', '', 0) ON CONFLICT (build_key) DO NOTHING")
      .run(boot.kernel_key, boot.kernel_release);
  Statement find = database.prepare("SELECT kernel_key FROM kernel WHERE build_key = ?");
  find.query(boot.kernel_key);
  find.step();
  return find.integer(0);
}

void add_samples(Database& database, WriteStatements& write, std::int64_t run_id,
                 std::int64_t step_key, const StepRecord& step) {
  std::map<std::string, std::int64_t> keys;
  for (const SampleRecord& sample : step.samples)
    if (!keys.contains(sample.metric))
      keys.emplace(sample.metric, metric_key(database, run_id, step.workload, sample.metric));
  std::size_t i = 0;
  const auto add = [&](Statement& statement, std::size_t rows) {
    statement.start();
    for (const std::size_t end = i + rows; i < end; ++i) {
      const SampleRecord& sample = step.samples[i];
      statement.add(step_key, i, keys.find(sample.metric)->second, sample.iteration, sample.value);
    }
    statement.finish();
  };
  while (step.samples.size() - i >= samples_at_once) add(write.add_samples, samples_at_once);
  while (i < step.samples.size()) add(write.add_sample, 1);
}

/// Functions are many and repeat in every step: compiled once a step, not once a row.
void add_profile(Database& database, WriteStatements& write, std::int64_t step_key,
                 const StepProfile& profile) {
  if (profile.empty()) return;
  Statement find =
      database.prepare("SELECT function_key FROM function WHERE image = ? AND name = ?");
  Statement add = database.prepare("INSERT INTO function (image, name) VALUES (?, ?)");
  Statement add_instructions = database.prepare(
      "INSERT INTO profile_instructions (step_key, function_key, cpu, instructions)"
      " VALUES (?, ?, ?, ?)");
  Statement add_entries = database.prepare(
      "INSERT INTO profile_entries (step_key, function_key, entries) VALUES (?, ?, ?)");
  Statement add_traffic = database.prepare(
      "INSERT INTO profile_traffic (step_key, function_key, cpu_node, memory_node, loads, stores,"
      " load_misses, store_misses) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (const FunctionProfile& function : profile.functions) {
    const std::int64_t key = intern(database, find, add, function.image, function.function);
    for (const CpuInstructions& cpu : function.instructions)
      add_instructions.run(step_key, key, cpu.cpu, cpu.instructions);
    if (function.entries > 0) add_entries.run(step_key, key, function.entries);
    for (const NodeTraffic& traffic : function.traffic)
      add_traffic.run(step_key, key, traffic.cpu_node, traffic.memory_node, traffic.loads,
                      traffic.stores, traffic.load_misses, traffic.store_misses);
  }
  if (!profile.folded.empty())
    database.prepare("INSERT INTO profile_stacks (step_key, folded_blob) VALUES (?, ?)")
        .run(step_key, blob(database, write, profile.folded));
}

void add_step(Database& database, WriteStatements& write, std::int64_t run_id,
              std::int64_t boot_key, const StepRecord& step) {
  write.add_step.run(
      boot_key, step.position,
      intern(database, write.find_step_kind, write.add_step_kind, step.workload, step.params),
      step.perturbed);
  const std::int64_t step_key = database.last_insert_rowid();
  for (std::size_t i = 0; i < step.iterations.size(); ++i) {
    const IterationRecord& it = step.iterations[i];
    const std::int64_t output = blob(database, write, it.standard_output);
    const std::int64_t error = blob(database, write, it.standard_error);
    write.add_iteration.run(step_key, i, to_string(it.end.kind), it.end.code,
                            static_cast<std::int64_t>(it.wall.count()),
                            static_cast<std::int64_t>(it.user.count()),
                            static_cast<std::int64_t>(it.system.count()), it.max_rss_kib,
                            it.minor_faults, it.major_faults, it.voluntary_switches,
                            it.involuntary_switches, output, error, it.truncated);
  }
  for (std::size_t i = 0; i < step.counters.size(); ++i) {
    const CounterRecord& counter = step.counters[i];
    const std::int64_t name = intern(database, write.find_counter_name, write.add_counter_name,
                                     counter.source, counter.name);
    write.add_counter.run(step_key, i, name, counter.before, counter.after);
  }
  add_samples(database, write, run_id, step_key, step);
  add_profile(database, write, step_key, step.profile);
}

/// Writing needs a Store that was opened for it; anything else is our bug.
WriteStatements& writable(std::optional<WriteStatements>& write) {
  if (!write)
    throw Error(ErrorKind::store, "writing to the results database",
                "it was opened for reading only");
  return *write;
}

}  // namespace

std::int64_t Store::begin_run(const RunInfo& run) {
  WriteStatements& write = writable(connection_->write);
  Database& database = connection_->database;
  database.doing("storing a run of experiment '" + run.experiment + "'");
  sqlite::Transaction transaction(database);
  const std::optional<std::int64_t> unfinished = unfinished_run(run.experiment_hash);
  database.doing("storing a run of experiment '" + run.experiment + "'");
  const std::int64_t run_id = unfinished ? *unfinished : new_run(database, write, run);
  for (const MetricInfo& metric : run.metrics) add_metric(database, run_id, metric);
  database
      .prepare(
          "INSERT INTO session (run_id, host_key, faultline_version, accel, accel_reason,"
          " started_at_ns) VALUES (?, ?, ?, ?, ?, ?)")
      .run(run_id, host_row(database, run.host), run.faultline_version, run.accel, run.accel_reason,
           run.started_at_ns);
  const std::int64_t session = database.last_insert_rowid();
  transaction.commit();
  connection_->session_of_run[run_id] = session;
  return run_id;
}

void Store::record_kernel(const KernelRecord& kernel) {
  WriteStatements& write = writable(connection_->write);
  Database& database = connection_->database;
  database.doing("storing kernel " + kernel.key);
  sqlite::Transaction transaction(database);
  // The same key is the same build. A later record may know more (the release of a kernel that was
  // first seen failing), and one from the cache does not know how long the build took.
  database
      .prepare(
          "INSERT INTO kernel (build_key, release, source, source_hash, compiler, config_blob,"
          " build_seconds, layout) VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, ?)"
          " ON CONFLICT (build_key) DO UPDATE SET"
          " release = iif(excluded.release = '', release, excluded.release),"
          " source = excluded.source, source_hash = excluded.source_hash,"
          " compiler = excluded.compiler, config_blob = excluded.config_blob,"
          " layout = excluded.layout,"
          " build_seconds = iif(excluded.build_seconds = 0, build_seconds,"
          " excluded.build_seconds)")
      .run(kernel.key, kernel.release, kernel.source, kernel.source_hash, kernel.compiler,
           blob(database, write, kernel.config_text), kernel.build_seconds, kernel.layout);
  Statement find = database.prepare("SELECT kernel_key FROM kernel WHERE build_key = ?");
  find.query(kernel.key);
  find.step();
  const std::int64_t key = find.integer(0);
  find.reset();
  database.prepare("DELETE FROM kernel_series WHERE kernel_key = ?").run(key);
  Statement add = database.prepare(
      "INSERT INTO kernel_series (kernel_key, position, name, sha256) VALUES (?, ?, ?, ?)");
  for (std::size_t i = 0; i < kernel.series.size(); ++i)
    add.run(key, i, kernel.series[i],
            i < kernel.series_hashes.size() ? kernel.series_hashes[i] : std::string());
  transaction.commit();
}

void Store::record_image(const ImageRecord& image) {
  writable(connection_->write);
  Database& database = connection_->database;
  database.doing("storing image " + image.hash);
  sqlite::Transaction transaction(database);
  Statement known = database.prepare("SELECT 1 FROM image WHERE image_hash = ?");
  known.query(image.hash);
  if (known.step()) return;
  std::int64_t disk = 0;
  if (!image.disk_hash.empty()) {
    Statement find = database.prepare("SELECT disk_key FROM disk WHERE sha256 = ?");
    find.query(image.disk_hash);
    if (find.step()) {
      disk = find.integer(0);
    } else {
      database.prepare("INSERT INTO disk (sha256) VALUES (?)").run(image.disk_hash);
      disk = database.last_insert_rowid();
      Statement add = database.prepare(
          "INSERT INTO disk_package (disk_key, name, architecture, version) VALUES (?, ?, ?, ?)");
      for (const ImageRecord::Package& package : image.packages)
        add.run(disk, package.name, package.architecture, package.version);
    }
  }
  database.prepare("INSERT INTO image (image_hash, name, disk_key) VALUES (?, ?, nullif(?, 0))")
      .run(image.hash, image.name, disk);
  transaction.commit();
}

void Store::record_boot(std::int64_t run_id, const BootRecord& boot) {
  WriteStatements& write = writable(connection_->write);
  Database& database = connection_->database;
  database.doing("storing boot " + boot.boot_id);
  sqlite::Transaction transaction(database);
  const std::int64_t session = session_of(database, connection_->session_of_run, run_id);
  const std::int64_t arm = position_of(
      database, "SELECT position FROM arm WHERE run_id = ? AND name = ?", run_id, boot.arm, "arm");
  const std::int64_t topology =
      position_of(database, "SELECT position FROM topology WHERE run_id = ? AND name = ?", run_id,
                  boot.topology, "topology");
  const std::int64_t kernel = kernel_row(database, boot);
  const std::int64_t cmdline = blob(database, write, boot.cmdline);
  const std::int64_t run_sheet = blob(database, write, boot.run_sheet);
  const std::int64_t domain_xml = blob(database, write, boot.domain_xml);
  const std::int64_t console = blob(database, write, boot.console);
  const std::int64_t topology_found = blob(database, write, boot.topology_found);
  database
      .prepare(
          "INSERT INTO boot (boot_id, run_id, session_key, block, position, arm, topology, attempt,"
          " accel, started_at_ns, boot_seconds, wall_seconds, outcome, phase, oops_title, detail,"
          " kernel_key, kernel_release, image_hash, artifacts_file, cmdline_blob, run_sheet_blob,"
          " domain_xml_blob, console_blob, topology_found_blob, contamination) VALUES (?, ?, ?, ?, "
          "?,"
          " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, nullif(?, 0), nullif(?, 0),"
          " nullif(?, 0), nullif(?, 0), nullif(?, 0), ?)")
      .run(boot.boot_id, run_id, session, boot.block, boot.position, arm, topology, boot.attempt,
           boot.accel, boot.started_at_ns, boot.boot_seconds, boot.wall_seconds,
           to_string(boot.outcome.kind), boot.outcome.phase, boot.outcome.oops_title,
           boot.outcome.detail, kernel, boot.kernel_release, boot.image_hash, boot.artifacts_file,
           cmdline, run_sheet, domain_xml, console, topology_found, boot.contamination);
  const std::int64_t boot_key = database.last_insert_rowid();
  Statement add_note =
      database.prepare("INSERT INTO note (boot_key, position, text) VALUES (?, ?, ?)");
  for (std::size_t i = 0; i < boot.notes.size(); ++i) add_note.run(boot_key, i, boot.notes[i]);
  Statement add_condition =
      database.prepare("INSERT INTO boot_condition (boot_key, name, value) VALUES (?, ?, ?)");
  for (const auto& [name, value] : boot.conditions) add_condition.run(boot_key, name, value);
  Statement add_collector = database.prepare(
      "INSERT INTO collector (boot_key, position, name, perturbs, problem) VALUES (?, ?, ?, ?, ?)");
  for (std::size_t i = 0; i < boot.collectors.size(); ++i) {
    const CollectorRecord& collector = boot.collectors[i];
    add_collector.run(boot_key, i, collector.name, collector.perturbs, collector.problem);
  }
  for (const StepRecord& step : boot.steps) add_step(database, write, run_id, boot_key, step);
  transaction.commit();
}

void Store::finish_run(std::int64_t run_id, std::int64_t finished_at_ns,
                       const std::optional<EarlyEnd>& early) {
  writable(connection_->write);
  Database& database = connection_->database;
  database.doing("storing the end of run " + std::to_string(run_id));
  sqlite::Transaction transaction(database);
  database.prepare("UPDATE run SET finished_at_ns = ? WHERE run_id = ?")
      .run(finished_at_ns, run_id);
  if (database.changes() != 1)
    throw Error(ErrorKind::user_input, "ending run " + std::to_string(run_id),
                "there is no such run");
  if (early)
    database.prepare("UPDATE run SET stopped = ?, blocks = ?, planned_boots = ? WHERE run_id = ?")
        .run(early->stopped, early->blocks, early->boots, run_id);
  transaction.commit();
}

}  // namespace faultline
