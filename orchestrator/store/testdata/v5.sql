-- SPDX-License-Identifier: GPL-2.0-or-later
-- A database as schema version 5 wrote it (sqlite3 FILE .dump, and the two PRAGMAs). Never to be changed.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE arm (
  run_id   INTEGER NOT NULL REFERENCES run,
  position INTEGER NOT NULL,
  name     TEXT NOT NULL,
  cmdline  TEXT NOT NULL,
  PRIMARY KEY (run_id, position),
  UNIQUE (run_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO arm VALUES(1,0,'chains','');
INSERT INTO arm VALUES(1,1,'shared','rmap.fork_share=1');
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
  topology_found_blob INTEGER REFERENCES text_blob, contamination TEXT NOT NULL DEFAULT '',
  FOREIGN KEY (run_id, arm) REFERENCES arm (run_id, position),
  FOREIGN KEY (run_id, topology) REFERENCES topology (run_id, position),
  UNIQUE (run_id, block, arm, topology, attempt)
) STRICT;
INSERT INTO boot VALUES(1,'boot-a',1,1,0,1,0,1,0,'tcg',1700000000123000000,1.25,7.5,'guest_crashed','step rmap-walk children=64','WARNING in foo (mm/rmap.c:1)','The kernel oopsed.',1,'6.12.1-faultline','image-1','/var/lib/faultline/a.tar',3,4,5,6,7,'host_load 71 % > 50 %');
INSERT INTO boot VALUES(2,'boot-b',1,1,1,1,1,0,0,'tcg',1700000000123000000,1.25,7.5,'completed','','','',1,'6.12.1-faultline','image-1','/var/lib/faultline/a.tar',3,4,5,6,7,'');
CREATE TABLE boot_condition (
  boot_key INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  name     TEXT NOT NULL,
  value    REAL,                      -- NULL: not a number
  PRIMARY KEY (boot_key, name)
) STRICT, WITHOUT ROWID;
INSERT INTO boot_condition VALUES(1,'host_load',0.70999999999999996447);
CREATE TABLE collector (
  boot_key INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name     TEXT NOT NULL,
  perturbs INTEGER NOT NULL,
  problem  TEXT NOT NULL,             -- empty: it worked
  PRIMARY KEY (boot_key, position)
) STRICT, WITHOUT ROWID;
INSERT INTO collector VALUES(1,0,'vmstat',0,'');
INSERT INTO collector VALUES(1,1,'pressure',0,'this kernel has no /proc/pressure');
CREATE TABLE counter (
  step_key         INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  ordinal          INTEGER NOT NULL,
  counter_name_key INTEGER NOT NULL REFERENCES counter_name,
  before           REAL,              -- NULL: not a number
  after            REAL,
  PRIMARY KEY (step_key, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO counter VALUES(1,0,1,10.0,25.0);
INSERT INTO counter VALUES(1,1,2,0.0,1.0);
INSERT INTO counter VALUES(2,0,1,10.0,25.0);
INSERT INTO counter VALUES(2,1,2,0.0,1.0);
CREATE TABLE counter_name (
  counter_name_key INTEGER PRIMARY KEY,
  source           TEXT NOT NULL,
  name             TEXT NOT NULL,
  UNIQUE (source, name)
) STRICT;
INSERT INTO counter_name VALUES(1,'vmstat','pgfault');
INSERT INTO counter_name VALUES(2,'node0/numastat','numa_hit');
CREATE TABLE disk (
  disk_key INTEGER PRIMARY KEY,
  sha256   TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO disk VALUES(1,'d1');
CREATE TABLE disk_package (
  disk_key     INTEGER NOT NULL REFERENCES disk ON DELETE CASCADE,
  name         TEXT NOT NULL,
  architecture TEXT NOT NULL,
  version      TEXT NOT NULL,
  PRIMARY KEY (disk_key, name, architecture)
) STRICT, WITHOUT ROWID;
INSERT INTO disk_package VALUES(1,'make','amd64','4.3-4.1');
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
INSERT INTO host VALUES(1,'A CPU',2,1048576,1,'6.1.0','7.2','9.0','qemu:///embed');
CREATE TABLE image (
  image_hash TEXT PRIMARY KEY,        -- boot.image_hash
  name       TEXT NOT NULL,
  disk_key   INTEGER REFERENCES disk  -- NULL: an initramfs is all
) STRICT, WITHOUT ROWID;
INSERT INTO image VALUES('image-1','debian',1);
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
INSERT INTO iteration VALUES(1,0,'signalled',11,5,3,2,100,7,1,4,2,8,9,1);
INSERT INTO iteration VALUES(1,1,'exited',0,0,0,0,0,0,0,0,0,NULL,NULL,0);
INSERT INTO iteration VALUES(2,0,'signalled',11,5,3,2,100,7,1,4,2,8,9,1);
INSERT INTO iteration VALUES(2,1,'exited',0,0,0,0,0,0,0,0,0,NULL,NULL,0);
CREATE TABLE kernel (
  kernel_key    INTEGER PRIMARY KEY,
  build_key     TEXT NOT NULL UNIQUE,
  release       TEXT NOT NULL,
  source        TEXT NOT NULL,
  source_hash   TEXT NOT NULL,
  compiler      TEXT NOT NULL,
  config_blob   INTEGER REFERENCES text_blob,
  build_seconds REAL NOT NULL
, layout INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO kernel VALUES(1,'k1','6.12.1-faultline','debian:linux-source-6.12','source-1','gcc 12.2',2,88.500000000000000003,2743185906);
CREATE TABLE kernel_series (
  kernel_key INTEGER NOT NULL REFERENCES kernel ON DELETE CASCADE,
  position   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  PRIMARY KEY (kernel_key, position)
) STRICT, WITHOUT ROWID;
INSERT INTO kernel_series VALUES(1,0,'anon-vma-shared','s1');
INSERT INTO kernel_series VALUES(1,1,'second','s2');
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
INSERT INTO metric VALUES(1,1,0,'rmap-walk','walk_ns','ns','lower','ratio','median',1,'One walk.');
INSERT INTO metric VALUES(2,1,1,'rmap-walk','vmas','','neutral','difference','max',0,'VMAs seen.');
CREATE TABLE note (
  boot_key INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text     TEXT NOT NULL,
  PRIMARY KEY (boot_key, position)
) STRICT, WITHOUT ROWID;
INSERT INTO note VALUES(1,0,'sysctl vm.foo did not take');
INSERT INTO note VALUES(1,1,'second note');
INSERT INTO note VALUES(2,0,'sysctl vm.foo did not take');
INSERT INTO note VALUES(2,1,'second note');
CREATE TABLE planned_step (
  run_id        INTEGER NOT NULL REFERENCES run,
  position      INTEGER NOT NULL,
  step_kind_key INTEGER NOT NULL REFERENCES step_kind,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO planned_step VALUES(1,0,1);
INSERT INTO planned_step VALUES(1,1,2);
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
, kind TEXT NOT NULL DEFAULT 'experiment', stopped TEXT NOT NULL DEFAULT '', published_blob INTEGER REFERENCES text_blob, count_perturbed INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO run VALUES(1,'anon-vma-rmap','hash-1',1,'Does it help?','18446744073709551612',6,'shared',24,1700000000123000000,1700000100000000000,'experiment','the budget of 60 s was used up in block 2 of 6',10,1);
CREATE TABLE run_declared (
  run_id INTEGER NOT NULL REFERENCES run,
  name   TEXT NOT NULL,
  value  TEXT NOT NULL,
  PRIMARY KEY (run_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO run_declared VALUES(1,'analysis.equivalence','0.02');
INSERT INTO run_declared VALUES(1,'gate','');
CREATE TABLE sample (
  step_key   INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  ordinal    INTEGER NOT NULL,
  metric_key INTEGER NOT NULL REFERENCES metric,
  iteration  INTEGER NOT NULL,
  value      REAL,                    -- NULL: the workload said that it is not a number
  PRIMARY KEY (step_key, ordinal)
) STRICT, WITHOUT ROWID;
INSERT INTO sample VALUES(1,0,1,0,12.5);
INSERT INTO sample VALUES(1,1,1,1,13.5);
INSERT INTO sample VALUES(1,2,2,1,65.0);
INSERT INTO sample VALUES(2,0,1,0,0.33333333333333331482);
INSERT INTO sample VALUES(2,1,1,1,13.5);
INSERT INTO sample VALUES(2,2,2,1,65.0);
CREATE TABLE session (
  session_key       INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id            INTEGER NOT NULL REFERENCES run,
  host_key          INTEGER NOT NULL REFERENCES host,
  faultline_version TEXT NOT NULL,
  accel             TEXT NOT NULL,
  accel_reason      TEXT NOT NULL,
  started_at_ns     INTEGER NOT NULL
) STRICT;
INSERT INTO session VALUES(1,1,1,'0.1.0','tcg','no /dev/kvm',1700000000123000000);
CREATE TABLE step (
  step_key      INTEGER PRIMARY KEY,
  boot_key      INTEGER NOT NULL REFERENCES boot ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  step_kind_key INTEGER NOT NULL REFERENCES step_kind, perturbed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (boot_key, position)
) STRICT;
INSERT INTO step VALUES(1,1,0,2,0);
INSERT INTO step VALUES(2,2,0,2,0);
CREATE TABLE step_kind (
  step_kind_key INTEGER PRIMARY KEY,
  workload      TEXT NOT NULL,
  params        TEXT NOT NULL,
  UNIQUE (workload, params)
) STRICT;
INSERT INTO step_kind VALUES(1,'rmap-walk','children=16 pages=64');
INSERT INTO step_kind VALUES(2,'rmap-walk','children=64 pages=64');
CREATE TABLE text_blob (
  blob_key INTEGER PRIMARY KEY,
  sha256   TEXT NOT NULL UNIQUE,
  content  BLOB NOT NULL
) STRICT;
INSERT INTO text_blob VALUES(1,'eff11fc07c6249d5f54394df828d540af1f9cf80ab0aa3aef40ff7b34addeb3e',X'6661756c746c696e653a20310a6e616d653a20616e6f6e2d766d612d726d61700a');
INSERT INTO text_blob VALUES(2,'1df15a0408190c9b6ec0b695579191be6ba91b465eb4f8662b368a3a8e6f82a8',X'434f4e4649475f4e554d413d790a');
INSERT INTO text_blob VALUES(3,'2b5f12a14ed6961493930520e78e4ec5be4d6c93d59d7d719ac027080e7d8d2e',X'636f6e736f6c653d7474795330207175696574');
INSERT INTO text_blob VALUES(4,'6d76d6a408f17555266c5a2f6d163bf5188aeb7e60f114d5883ebe3946f75bb8',X'7b2270726f746f636f6c223a317d');
INSERT INTO text_blob VALUES(5,'060eb14b1cfbd78cd57ce08dc3f07d35a2c066d19958814db8dfd8bef7b14a54',X'3c646f6d61696e2f3e');
INSERT INTO text_blob VALUES(6,'ad658fb765a29e56b896a178ed97d4963ba34db9342037b92416a36f33168dab',X'5b20202020302e3030303030305d204c696e75782076657273696f6e20362e31322e310a');
INSERT INTO text_blob VALUES(7,'4062edaf750fb8074e7e83e0c9028c94e32468a8b6f1614774328ef045150f93',X'7b226f6b223a747275657d');
INSERT INTO text_blob VALUES(8,'227149735fc55d36b73b0c2d476b6517f339a259dd239e62295d55efbfdca665',X'77616c6b5f6e732031320a');
INSERT INTO text_blob VALUES(9,'fe802256de45cde7a2cb7c6bbecadc6b1738ca4d9531e6c8266817c27304f830',X'6f680a');
INSERT INTO text_blob VALUES(10,'ad4fbe49f30a073ecfee972371712deb1c7b8472bf46cd6e0d62f78ca95fa5e5',X'7b226e616d65223a2277616c6b732d32303130222c22736f75726365223a226120746872656164222c2273616964223a2249742068656c70732e222c227061697273223a5b5d2c226d61795f646966666572223a5b5d7d');
INSERT INTO text_blob VALUES(11,'d141d1444162ee5c626f79a433888d1941fd401a8e86394e1a4e38a73f3d63a4',X'656e7472795f53595343414c4c5f36343b646f5f73797363616c6c5f36342037300a');
CREATE TABLE topology (
  run_id     INTEGER NOT NULL REFERENCES run,
  position   INTEGER NOT NULL,
  name       TEXT NOT NULL,
  definition TEXT NOT NULL,           -- JSON
  PRIMARY KEY (run_id, position),
  UNIQUE (run_id, name)
) STRICT, WITHOUT ROWID;
INSERT INTO topology VALUES(1,0,'one-node','{"nodes":1}');
INSERT INTO topology VALUES(1,1,'two-node','{"nodes":2}');
CREATE TABLE function (
  function_key INTEGER PRIMARY KEY,
  image        TEXT NOT NULL,          -- "kernel", or a program
  name         TEXT NOT NULL,          -- "": no symbols
  UNIQUE (image, name)
) STRICT;
INSERT INTO function VALUES(1,'kernel','do_syscall_64');
INSERT INTO function VALUES(2,'rmap-walk','main');
CREATE TABLE profile_instructions (
  step_key     INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  function_key INTEGER NOT NULL REFERENCES function,
  cpu          INTEGER NOT NULL,
  instructions INTEGER NOT NULL,
  PRIMARY KEY (step_key, function_key, cpu)
) STRICT, WITHOUT ROWID;
INSERT INTO profile_instructions VALUES(1,1,0,70);
INSERT INTO profile_instructions VALUES(1,1,1,5);
INSERT INTO profile_instructions VALUES(1,2,0,30);
CREATE TABLE profile_entries (
  step_key     INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
  function_key INTEGER NOT NULL REFERENCES function,
  entries      INTEGER NOT NULL,
  PRIMARY KEY (step_key, function_key)
) STRICT, WITHOUT ROWID;
INSERT INTO profile_entries VALUES(1,1,3);
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
INSERT INTO profile_traffic VALUES(1,1,0,-1,1,0,0,0);
INSERT INTO profile_traffic VALUES(1,1,0,1,10,4,2,1);
CREATE TABLE profile_stacks (
  step_key    INTEGER PRIMARY KEY REFERENCES step ON DELETE CASCADE,
  folded_blob INTEGER REFERENCES text_blob
) STRICT;
INSERT INTO profile_stacks VALUES(1,11);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('run',1);
INSERT INTO sqlite_sequence VALUES('session',1);
CREATE INDEX run_by_hash ON run (experiment_hash);
CREATE INDEX session_by_run ON session (run_id);
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
COMMIT;
PRAGMA application_id=1181512753;
PRAGMA user_version=5;
