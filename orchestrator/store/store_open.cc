// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"
#include "store/connection.h"
#include "store/migrations.h"

namespace faultline {
namespace fs = std::filesystem;
namespace {

using Access = sqlite::Database::Access;

[[noreturn]] void refuse(const fs::path& file, std::string cause, std::string hint) {
  throw Error(ErrorKind::store, "opening the results database (" + file.string() + ")",
              std::move(cause), std::move(hint));
}

std::int64_t newest_version() {
  return static_cast<std::int64_t>(schema_migrations().size());
}

fs::path beside(const fs::path& file, const char* suffix) {
  fs::path other = file;
  other += suffix;
  return other;
}

/// access(2) with the rights that open() will have.
bool may(const fs::path& file, int mode) {
  return ::faccessat(AT_FDCWD, file.c_str(), mode, AT_EACCESS) == 0;
}

/// Refuses what is not a database of ours, before anything is changed.
void check_identity(const sqlite::Database& database, const fs::path& file) {
  const std::int64_t id = database.integer("PRAGMA application_id");
  const std::int64_t version = schema_version(database);
  const std::int64_t objects = database.integer("SELECT count(*) FROM sqlite_schema");
  if (id == 0 && version == 0 && objects == 0) return;  // Empty: to be filled.
  if (id != application_id)
    refuse(file, "the database belongs to another program",
           "it was left as it is; name another file");
  if (version > newest_version())
    refuse(file,
           "its schema has version " + std::to_string(version) + ", this program knows " +
               std::to_string(newest_version()) + " and older",
           "use the Faultline that wrote it, or a newer one");
}

FileLock take_writer_lock(const fs::path& file) {
  const fs::path lock_file = beside(file, "-writer");
  FileLock lock;
  try {
    lock = FileLock::try_lock(lock_file);
  } catch (const Error& error) {
    refuse(file, error.doing() + ": " + error.cause(),
           "check that you may write to the folder " + fs::absolute(file).parent_path().string() +
               ", or name another file");
  }
  if (!lock)
    refuse(file, "another faultline process is writing to it",
           "wait until it has ended, or name another file for this run");
  return lock;
}

/// WAL: readers never wait for the writer. FULL: a commit is on the disk when it returns, so that
/// also a power cut loses no boot that was said to be stored.
void set_journal(sqlite::Database& database, const fs::path& file) {
  if (database.text("PRAGMA journal_mode=WAL") != "wal")
    refuse(file, "the file system does not support SQLite's write-ahead log",
           "put the database on a local disk");
  database.execute("PRAGMA synchronous=FULL");
}

sqlite::Database open_for_writing(const fs::path& file, FileLock& writer_lock,
                                  std::chrono::milliseconds busy_timeout) {
  std::error_code ignored;
  if (fs::is_directory(file, ignored)) refuse(file, "it is a folder", "name a file");
  // Before the lock: taking it must not leave a lock file beside somebody else's database.
  if (fs::exists(file, ignored)) {
    if (!may(file, W_OK))
      refuse(file, "the file is read-only", "make it writable, or name another file for this run");
    check_identity(sqlite::Database::open(file, Access::read_write, busy_timeout), file);
  }
  writer_lock = take_writer_lock(file);
  sqlite::Database database = sqlite::Database::open(file, Access::create, busy_timeout);
  if (database.is_read_only())
    refuse(file, "the file is read-only", "make it writable, or name another file for this run");
  check_identity(database, file);
  set_journal(database, file);
  migrate(database, schema_migrations());
  database.doing("using the results database");
  return database;
}

sqlite::Database open_for_reading(const fs::path& file, std::chrono::milliseconds busy_timeout) {
  std::error_code ignored;
  if (!fs::exists(file, ignored))
    refuse(file, "there is no such file", "'faultline run' makes it; or name another file");
  if (fs::is_directory(file, ignored)) refuse(file, "it is a folder", "name a file");
  if (!may(file, R_OK)) refuse(file, "permission denied", "check the permissions of the file");
  // Reading a WAL database needs its -wal and -shm beside it. In a folder that cannot be written to
  // they cannot be made; without a -wal nobody is writing, and the file can be read as it is.
  const fs::path folder = fs::absolute(file).parent_path();
  const bool still = !may(folder, W_OK) && !fs::exists(beside(file, "-wal"), ignored);
  sqlite::Database database =
      sqlite::Database::open(file, still ? Access::immutable : Access::read_only, busy_timeout);
  check_identity(database, file);
  return database;
}

}  // namespace

sqlite::Database open_database(const fs::path& file, Store::Mode mode, FileLock& writer_lock,
                               std::chrono::milliseconds busy_timeout) {
  if (mode == Store::Mode::read_write) return open_for_writing(file, writer_lock, busy_timeout);
  {
    sqlite::Database database = open_for_reading(file, busy_timeout);
    const std::int64_t version = schema_version(database);
    if (version == newest_version()) {
      database.doing("reading the results database");
      return database;
    }
    if (version == 0) refuse(file, "the database is empty", "'faultline run' fills it");
  }
  // An older version: bring it forward first, which needs the right to write.
  if (!may(file, W_OK) || !may(fs::absolute(file).parent_path(), W_OK))
    refuse(file,
           "it is from an older Faultline and must be brought to version " +
               std::to_string(newest_version()) + ", but it is read-only",
           "make it and its folder writable, or copy it to where you may write");
  {
    FileLock lock;
    open_for_writing(file, lock, busy_timeout);
  }
  return open_for_reading(file, busy_timeout);
}

Store Store::open(const fs::path& file, Mode mode) {
  FileLock lock;
  sqlite::Database database = open_database(file, mode, lock, default_busy_timeout);
  auto connection = std::make_unique<Connection>(
      Connection{std::move(lock), std::move(database), std::nullopt, {}});
  if (mode == Mode::read_write) connection->write.emplace(connection->database);
  return Store(std::move(connection));
}

}  // namespace faultline
