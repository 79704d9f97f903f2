// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/migrations.h"

#include <array>
#include <string>

#include "base/error.h"

namespace faultline {
namespace {

// docs/database.md describes every table and column.
constexpr std::string_view version_1 = R"sql(
-- Long texts, each kept once. NULL in a column that refers here stands for the empty text.
CREATE TABLE text_blob (
  blob_key INTEGER PRIMARY KEY,
  sha256   TEXT NOT NULL UNIQUE,
  content  BLOB NOT NULL
) STRICT;

CREATE TABLE host (
  host_key    INTEGER PRIMARY KEY,
  cpu_model   TEXT NOT NULL,
  cpus        INTEGER NOT NULL,
  memory_kib  INTEGER NOT NULL,
  numa_nodes  INTEGER NOT NULL,
  kernel      TEXT NOT NULL,
  qemu        TEXT NOT NULL,
  libvirt     TEXT NOT NULL,
  connect_uri TEXT NOT NULL,
  UNIQUE (cpu_model, cpus, memory_kib, numa_nodes, kernel, qemu, libvirt, connect_uri)
) STRICT;

CREATE TABLE kernel (
  kernel_key    INTEGER PRIMARY KEY,
  build_key     TEXT NOT NULL UNIQUE,
  release       TEXT NOT NULL,
  source        TEXT NOT NULL,
  source_hash   TEXT NOT NULL,
  compiler      TEXT NOT NULL,
  config_blob   INTEGER REFERENCES text_blob,
  build_seconds REAL NOT NULL
) STRICT;

CREATE TABLE kernel_series (
  kernel_key INTEGER NOT NULL REFERENCES kernel ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  PRIMARY KEY (kernel_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  run_id          INTEGER PRIMARY KEY AUTOINCREMENT,
  experiment      TEXT NOT NULL,
  experiment_hash TEXT NOT NULL,
  experiment_blob INTEGER REFERENCES text_blob,
  question        TEXT NOT NULL,
  seed            TEXT NOT NULL,      -- decimal: 64 bits without a sign
  blocks          INTEGER NOT NULL,
  baseline        TEXT NOT NULL,
  planned_boots   INTEGER NOT NULL,
  started_at_ns   INTEGER NOT NULL,
  finished_at_ns  INTEGER             -- NULL: not finished, can be resumed
) STRICT;
CREATE INDEX run_by_hash ON run (experiment_hash);

-- One execution of the program: a run that was interrupted and resumed has several.
CREATE TABLE session (
  session_key       INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id            INTEGER NOT NULL REFERENCES run,
  host_key          INTEGER NOT NULL REFERENCES host,
  faultline_version TEXT NOT NULL,
  accel             TEXT NOT NULL,
  accel_reason      TEXT NOT NULL,
  started_at_ns     INTEGER NOT NULL
) STRICT;
CREATE INDEX session_by_run ON session (run_id);

CREATE TABLE arm (
  run_id   INTEGER NOT NULL REFERENCES run,
  position INTEGER NOT NULL,
  name     TEXT NOT NULL,
  cmdline  TEXT NOT NULL,
  PRIMARY KEY (run_id, position),
  UNIQUE (run_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE topology (
  run_id     INTEGER NOT NULL REFERENCES run,
  position   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  definition TEXT NOT NULL,           -- JSON
  PRIMARY KEY (run_id, position),
  UNIQUE (run_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric (
  metric_key INTEGER PRIMARY KEY,
  run_id     INTEGER NOT NULL REFERENCES run,
  position   INTEGER NOT NULL,
  workload   TEXT NOT NULL,
  name       TEXT NOT NULL,
  unit       TEXT NOT NULL,
  direction  TEXT NOT NULL,
  scale      TEXT NOT NULL,
  summary    TEXT NOT NULL,
  is_primary INTEGER NOT NULL,
  what       TEXT NOT NULL,
  UNIQUE (run_id, position),
  UNIQUE (run_id, workload, name)
) STRICT;

-- A workload with its parameters: what a step of any run does.
CREATE TABLE step_kind (
  step_kind_key INTEGER PRIMARY KEY,
  workload      TEXT NOT NULL,
  params        TEXT NOT NULL,
  UNIQUE (workload, params)
) STRICT;

CREATE TABLE planned_step (
  run_id        INTEGER NOT NULL REFERENCES run,
  position      INTEGER NOT NULL,
  step_kind_key INTEGER NOT NULL REFERENCES step_kind,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

-- One attempt at one boot.
CREATE TABLE boot (
  boot_key            INTEGER PRIMARY KEY,
  boot_id             TEXT NOT NULL UNIQUE,
  run_id              INTEGER NOT NULL REFERENCES run,
  session_key         INTEGER NOT NULL REFERENCES session,
  block               INTEGER NOT NULL,
  position            INTEGER NOT NULL,
  arm                 INTEGER NOT NULL,
  topology            INTEGER NOT NULL,
  attempt             INTEGER NOT NULL,
  accel               TEXT NOT NULL,
  started_at_ns       INTEGER NOT NULL,
  boot_seconds        REAL NOT NULL,
  wall_seconds        REAL NOT NULL,
  outcome             TEXT NOT NULL,
  phase               TEXT NOT NULL,
  oops_title          TEXT NOT NULL,
  detail              TEXT NOT NULL,
  kernel_key          INTEGER REFERENCES kernel,
  kernel_release      TEXT NOT NULL,
  image_hash          TEXT NOT NULL,
  artifacts_file      TEXT NOT NULL,
  cmdline_blob        INTEGER REFERENCES text_blob,
  run_sheet_blob      INTEGER REFERENCES text_blob,
  domain_xml_blob     INTEGER REFERENCES text_blob,
  console_blob        INTEGER REFERENCES text_blob,
  topology_found_blob INTEGER REFERENCES text_blob,
  FOREIGN KEY (run_id, arm) REFERENCES arm (run_id, position),
  FOREIGN KEY (run_id, topology) REFERENCES topology (run_id, position),
  UNIQUE (run_id, block, arm, topology, attempt)
) STRICT;

CREATE TABLE note (
  boot_key INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (boot_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE step (
  step_key      INTEGER PRIMARY KEY,
  boot_key      INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  step_kind_key INTEGER NOT NULL REFERENCES step_kind,
  UNIQUE (boot_key, position)
) STRICT;

CREATE TABLE iteration (
  step_key             INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  iteration            INTEGER NOT NULL,
  process_end          TEXT NOT NULL,
  code                 INTEGER NOT NULL,
  wall_ns              INTEGER NOT NULL,
  user_ns              INTEGER NOT NULL,
  system_ns            INTEGER NOT NULL,
  max_rss_kib          INTEGER NOT NULL,
  minor_faults         INTEGER NOT NULL,
  major_faults         INTEGER NOT NULL,
  voluntary_switches   INTEGER NOT NULL,
  involuntary_switches INTEGER NOT NULL,
  stdout_blob          INTEGER REFERENCES text_blob,
  stderr_blob          INTEGER REFERENCES text_blob,
  truncated            INTEGER NOT NULL,
  PRIMARY KEY (step_key, iteration)
) STRICT, WITHOUT ROWID;

CREATE TABLE counter_name (
  counter_name_key INTEGER PRIMARY KEY,
  source           TEXT NOT NULL,
  name             TEXT NOT NULL,
  UNIQUE (source, name)
) STRICT;

CREATE TABLE counter (
  step_key         INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  ordinal          INTEGER NOT NULL,
  counter_name_key INTEGER NOT NULL REFERENCES counter_name,
  before           REAL,              -- NULL: not a number
  after            REAL,
  PRIMARY KEY (step_key, ordinal)
) STRICT, WITHOUT ROWID;

-- The bulk of a database. Clustered by step, so that a run's samples are read in one sweep and need
-- no second index.
CREATE TABLE sample (
  step_key   INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  ordinal    INTEGER NOT NULL,
  metric_key INTEGER NOT NULL REFERENCES metric,
  iteration  INTEGER NOT NULL,
  value      REAL,                    -- NULL: the workload said that it is not a number
  PRIMARY KEY (step_key, ordinal)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_boot (run_id, boot_id, block, position, arm, topology, accel, started_at,
                    boot_seconds, wall_seconds, outcome, oops_title) AS
SELECT b.run_id, b.boot_id, b.block, b.position, a.name, t.name, b.accel,
       strftime('%Y-%m-%dT%H:%M:%fZ', b.started_at_ns / 1e9, 'unixepoch'),
       b.boot_seconds, b.wall_seconds, b.outcome, b.oops_title
FROM boot b
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology;

CREATE VIEW v_sample (experiment, run_id, arm, topology, workload, params, block, boot_id, attempt,
                      step, iteration, metric, unit, direction, value, accel, outcome) AS
SELECT r.experiment, b.run_id, a.name, t.name, k.workload, k.params, b.block, b.boot_id, b.attempt,
       s.position, x.iteration, m.name, m.unit, m.direction, x.value, b.accel, b.outcome
FROM boot b
JOIN run r ON r.run_id = b.run_id
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology
JOIN step s ON s.boot_key = b.boot_key
JOIN step_kind k ON k.step_kind_key = s.step_kind_key
JOIN sample x ON x.step_key = s.step_key
JOIN metric m ON m.metric_key = x.metric_key;
)sql";

// What an experiment declares before its run, how the run ended, calibrations, and what the host
// was like during a boot.
constexpr std::string_view version_2 = R"sql(
ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'experiment';   -- or 'calibration'
ALTER TABLE run ADD COLUMN stopped TEXT NOT NULL DEFAULT '';          -- why before the plan's end

CREATE TABLE run_declared (
  run_id INTEGER NOT NULL REFERENCES run,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;

ALTER TABLE boot ADD COLUMN contamination TEXT NOT NULL DEFAULT '';

CREATE TABLE boot_condition (
  boot_key INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  name     TEXT NOT NULL,
  value    REAL,                      -- NULL: not a number
  PRIMARY KEY (boot_key, name)
) STRICT, WITHOUT ROWID;

DROP VIEW v_boot;
CREATE VIEW v_boot (run_id, boot_id, block, position, arm, topology, accel, started_at,
                    boot_seconds, wall_seconds, outcome, oops_title, contamination) AS
SELECT b.run_id, b.boot_id, b.block, b.position, a.name, t.name, b.accel,
       strftime('%Y-%m-%dT%H:%M:%fZ', b.started_at_ns / 1e9, 'unixepoch'),
       b.boot_seconds, b.wall_seconds, b.outcome, b.oops_title, b.contamination
FROM boot b
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology;
)sql";

// Collectors that perturb; what images are made of; published figures (JSON).
constexpr std::string_view version_3 = R"sql(
ALTER TABLE run ADD COLUMN published_blob INTEGER REFERENCES text_blob;
ALTER TABLE run ADD COLUMN count_perturbed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE step ADD COLUMN perturbed INTEGER NOT NULL DEFAULT 0;

CREATE TABLE collector (
  boot_key INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name     TEXT NOT NULL,
  perturbs INTEGER NOT NULL,
  problem  TEXT NOT NULL,             -- empty: it worked
  PRIMARY KEY (boot_key, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE disk (
  disk_key INTEGER PRIMARY KEY,
  sha256   TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE disk_package (
  disk_key     INTEGER NOT NULL REFERENCES disk ON DELETE CASCADE,
  name         TEXT NOT NULL,
  architecture TEXT NOT NULL,
  version      TEXT NOT NULL,
  PRIMARY KEY (disk_key, name, architecture)
) STRICT, WITHOUT ROWID;

CREATE TABLE image (
  image_hash TEXT PRIMARY KEY,        -- boot.image_hash
  name       TEXT NOT NULL,
  disk_key   INTEGER REFERENCES disk  -- NULL: an initramfs is all
) STRICT, WITHOUT ROWID;

DROP VIEW v_boot;
CREATE VIEW v_boot (run_id, boot_id, block, position, arm, topology, accel, started_at,
                    boot_seconds, wall_seconds, outcome, oops_title, contamination,
                    perturbed_steps) AS
SELECT b.run_id, b.boot_id, b.block, b.position, a.name, t.name, b.accel,
       strftime('%Y-%m-%dT%H:%M:%fZ', b.started_at_ns / 1e9, 'unixepoch'),
       b.boot_seconds, b.wall_seconds, b.outcome, b.oops_title, b.contamination,
       (SELECT count(*) FROM step s WHERE s.boot_key = b.boot_key AND s.perturbed)
FROM boot b
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology;

DROP VIEW v_sample;
CREATE VIEW v_sample (experiment, run_id, arm, topology, workload, params, block, boot_id, attempt,
                      step, iteration, metric, unit, direction, value, accel, outcome, perturbed) AS
SELECT r.experiment, b.run_id, a.name, t.name, k.workload, k.params, b.block, b.boot_id, b.attempt,
       s.position, x.iteration, m.name, m.unit, m.direction, x.value, b.accel, b.outcome,
       s.perturbed
FROM boot b
JOIN run r ON r.run_id = b.run_id
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology
JOIN step s ON s.boot_key = b.boot_key
JOIN step_kind k ON k.step_kind_key = s.step_kind_key
JOIN sample x ON x.step_key = s.step_key
JOIN metric m ON m.metric_key = x.metric_key;

CREATE VIEW v_counter (run_id, boot_id, arm, topology, block, workload, params, step, perturbed,
                       source, name, before, after) AS
SELECT b.run_id, b.boot_id, a.name, t.name, b.block, k.workload, k.params, s.position, s.perturbed,
       n.source, n.name, c.before, c.after
FROM boot b
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology
JOIN step s ON s.boot_key = b.boot_key
JOIN step_kind k ON k.step_kind_key = s.step_kind_key
JOIN counter c ON c.step_key = s.step_key
JOIN counter_name n ON n.counter_name_key = c.counter_name_key;
)sql";

// What the instrument counted.
constexpr std::string_view version_4 = R"sql(
CREATE TABLE function (
  function_key INTEGER PRIMARY KEY,
  image        TEXT NOT NULL,          -- "kernel", or a program
  name         TEXT NOT NULL,          -- "": no symbols
  UNIQUE (image, name)
) STRICT;

CREATE TABLE profile_instructions (
  step_key     INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  function_key INTEGER NOT NULL REFERENCES function,
  cpu          INTEGER NOT NULL,
  instructions INTEGER NOT NULL,
  PRIMARY KEY (step_key, function_key, cpu)
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_entries (
  step_key     INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  function_key INTEGER NOT NULL REFERENCES function,
  entries      INTEGER NOT NULL,
  PRIMARY KEY (step_key, function_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_traffic (
  step_key     INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  function_key INTEGER NOT NULL REFERENCES function,
  cpu_node     INTEGER NOT NULL,
  memory_node  INTEGER NOT NULL,       -- -1: devices and firmware
  loads        INTEGER NOT NULL,
  stores       INTEGER NOT NULL,
  load_misses  INTEGER NOT NULL,
  store_misses INTEGER NOT NULL,
  PRIMARY KEY (step_key, function_key, cpu_node, memory_node)
) STRICT, WITHOUT ROWID;

CREATE TABLE profile_stacks (
  step_key    INTEGER PRIMARY KEY REFERENCES step ON DELETE CASCADE,
  folded_blob INTEGER REFERENCES text_blob
) STRICT;

CREATE VIEW v_profile (run_id, boot_id, arm, topology, workload, params, step, image, function,
                       cpu, instructions) AS
SELECT b.run_id, b.boot_id, a.name, t.name, k.workload, k.params, s.position, f.image, f.name,
       p.cpu, p.instructions
FROM profile_instructions p
JOIN function f USING (function_key)
JOIN step s USING (step_key)
JOIN step_kind k USING (step_kind_key)
JOIN boot b USING (boot_key)
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology;
)sql";

// Kernels whose text was laid out anew.
constexpr std::string_view version_5 = R"sql(
ALTER TABLE kernel ADD COLUMN layout INTEGER NOT NULL DEFAULT 0;  -- seed; 0: order of the link

DROP VIEW v_boot;
CREATE VIEW v_boot (run_id, boot_id, block, position, arm, topology, accel, started_at,
                    boot_seconds, wall_seconds, outcome, oops_title, contamination,
                    perturbed_steps, layout) AS
SELECT b.run_id, b.boot_id, b.block, b.position, a.name, t.name, b.accel,
       strftime('%Y-%m-%dT%H:%M:%fZ', b.started_at_ns / 1e9, 'unixepoch'),
       b.boot_seconds, b.wall_seconds, b.outcome, b.oops_title, b.contamination,
       (SELECT count(*) FROM step s WHERE s.boot_key = b.boot_key AND s.perturbed),
       coalesce(k.layout, 0)
FROM boot b
JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm
JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology
LEFT JOIN kernel k ON k.kernel_key = b.kernel_key;
)sql";

constexpr std::array<Migration, 5> all_migrations{
    {{version_1}, {version_2}, {version_3}, {version_4}, {version_5}}};

}  // namespace

std::span<const Migration> schema_migrations() {
  return all_migrations;
}

std::int64_t schema_version(const sqlite::Database& database) {
  return database.integer("PRAGMA user_version");
}

void migrate(sqlite::Database& database, std::span<const Migration> migrations) {
  if (schema_version(database) >= static_cast<std::int64_t>(migrations.size())) return;
  // A migration may rebuild a table that others refer to; the check below sees that they still do.
  // (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes")
  database.execute("PRAGMA foreign_keys=OFF");
  {
    sqlite::Transaction transaction(database);
    // Again, now that nobody else can write.
    const std::int64_t from = schema_version(database);
    for (std::size_t i = static_cast<std::size_t>(from); i < migrations.size(); ++i) {
      database.doing("bringing the results database from version " + std::to_string(i) + " to " +
                     std::to_string(i + 1));
      database.execute(std::string(migrations[i].sql));
    }
    if (!database.text("PRAGMA foreign_key_check").empty())
      throw Error(ErrorKind::store, "bringing the results database to a new version",
                  "its tables refer to rows that do not exist",
                  "the file was left as it is; it may have been changed by hand");
    database.execute("PRAGMA application_id=" + std::to_string(application_id));
    database.execute("PRAGMA user_version=" + std::to_string(migrations.size()));
    transaction.commit();
  }
  database.execute("PRAGMA foreign_keys=ON");
}

}  // namespace faultline
