// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "base/error.h"

namespace faultline::sqlite {
namespace {

/// What the user can do about an error of SQLite. Extended codes:
/// https://www.sqlite.org/rescode.html
std::string hint_for(int code) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      return "the file is no SQLite database and was left as it is; name another file";
    case SQLITE_CORRUPT:
      return "the file is damaged and was left as it is; copy it aside, then "
             "'sqlite3 COPY .recover | sqlite3 NEW' saves what is readable";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds a lock on it; close it (for instance an sqlite3 shell with an "
             "open transaction) and try again";
    case SQLITE_READONLY:
      return "check the permissions of the file and of its folder, or name another file";
    case SQLITE_FULL:
      return "the disk is full: free some space, for instance with 'faultline gc'; what was stored "
             "before is safe";
    case SQLITE_CANTOPEN:
      return "check that the folder exists and that you may read it and write to it";
    case SQLITE_IOERR:
      return "check the disk and the kernel's log; what was stored before is safe";
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "check the permissions of the file";
    default:
      return {};
  }
}

/// "file:" URI of a path, for the parameters that only a URI can carry.
std::string immutable_uri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '?' || c == '#' || c == '%') {
      static constexpr char digits[] = "0123456789abcdef";
      uri += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}
void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

void Database::State::fail(int code) const {
  const std::string words = handle ? sqlite3_errmsg(handle.get()) : sqlite3_errstr(code);
  throw Error(ErrorKind::store, doing + " (" + file + ")", words, hint_for(code));
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::open(const std::filesystem::path& file, Access access,
                        std::chrono::milliseconds busy_timeout) {
  auto state = std::make_unique<State>();
  state->file = file.string();
  state->doing = "opening the results database";
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  std::string name = file.string();
  switch (access) {
    case Access::immutable:
      name = immutable_uri(file);
      flags |= SQLITE_OPEN_URI | SQLITE_OPEN_READONLY;
      break;
    case Access::read_only:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case Access::read_write:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Access::create:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
  }
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  state->handle.reset(handle);
  if (code != SQLITE_OK) state->fail(code);
  sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  return Database(std::move(state));
}

void Database::doing(std::string what) {
  state_->doing = std::move(what);
}

Statement Database::prepare(std::string_view sql) const {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v2(state_->handle.get(), sql.data(),
                                      static_cast<int>(sql.size()), &handle, nullptr);
  if (code != SQLITE_OK) state_->fail(code);
  return Statement(state_.get(), handle);
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(state_->handle.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) state_->fail(code);
}

std::int64_t Database::integer(std::string_view sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::string Database::text(std::string_view sql) const {
  Statement statement = prepare(sql);
  return statement.step() ? statement.text(0) : std::string();
}

std::int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(state_->handle.get());
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(state_->handle.get());
}

bool Database::is_read_only() const {
  return sqlite3_db_readonly(state_->handle.get(), "main") == 1;
}

Statement::Statement(const Database::State* state, sqlite3_stmt* handle)
    : state_(state), handle_(handle) {}

void Statement::check(int code) const {
  if (code != SQLITE_OK) state_->fail(code);
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) state_->fail(code);
  sqlite3_reset(handle_.get());
  return false;
}

void Statement::reset() {
  // The result repeats an error that step() has reported already.
  sqlite3_reset(handle_.get());
}

void Statement::bind(int index, std::int64_t value) {
  check(sqlite3_bind_int64(handle_.get(), index, value));
}
void Statement::bind(int index, double value) {
  check(sqlite3_bind_double(handle_.get(), index, value));
}
void Statement::bind(int index, std::string_view value) {
  // A null pointer would bind NULL, which is not the empty text.
  check(sqlite3_bind_text64(handle_.get(), index, value.empty() ? "" : value.data(), value.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
}
void Statement::bind(int index, Blob value) {
  check(sqlite3_bind_blob64(handle_.get(), index, value.bytes.empty() ? "" : value.bytes.data(),
                            value.bytes.size(), SQLITE_STATIC));
}
void Statement::bind(int index, Null) {
  check(sqlite3_bind_null(handle_.get(), index));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}
double Statement::real(int column) const {
  return sqlite3_column_double(handle_.get(), column);
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}
std::string_view Statement::view(int column) const {
  // sqlite3_column_blob() gives text as it is stored; sqlite3_column_bytes() must come after it.
  const void* data = sqlite3_column_blob(handle_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}
Transaction::~Transaction() {
  // Some errors have rolled back already; then this one fails, and nothing is lost by it.
  if (open_) sqlite3_exec(database_.state_->handle.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}
void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

Snapshot::Snapshot(Database& database) : database_(database) {
  database_.execute("BEGIN");
}
Snapshot::~Snapshot() {
  try {
    database_.execute("COMMIT");
  } catch (...) {  // It only read: nothing can be lost.
  }
}

}  // namespace faultline::sqlite
