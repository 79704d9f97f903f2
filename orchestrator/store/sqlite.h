// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

// A thin owner of SQLite's handles. Private to store. Not thread-safe: one thread at a time. Every
// call throws Error{store} with what the database was doing, SQLite's own words and a hint.

struct sqlite3;
struct sqlite3_stmt;

namespace faultline::sqlite {

/// Bytes that need not be text: stored as BLOB.
struct Blob {
  std::string_view bytes;
};
/// SQL's NULL.
struct Null {};

class Statement;

/// One connection, with foreign keys enforced and hostile files held at arm's length
/// (https://www.sqlite.org/security.html).
class Database {
 public:
  enum class Access {
    read_only,
    immutable,  ///< read_only, and nobody can be writing: needs no -wal and -shm beside the file.
    read_write,
    create,  ///< read_write; a missing file is made.
  };
  /// Opens without reading: a file that is no database is found out by the first statement.
  static Database open(const std::filesystem::path& file, Access access,
                       std::chrono::milliseconds busy_timeout);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// What to say was being done when an error is thrown from here on: "storing boot 3f".
  void doing(std::string what);
  /// Compiles one statement. The statement must not outlive the database.
  Statement prepare(std::string_view sql) const;
  /// Runs any number of statements without parameters.
  void execute(const std::string& sql);
  /// The first column of the first row; 0 or "" if there is none.
  std::int64_t integer(std::string_view sql) const;
  std::string text(std::string_view sql) const;
  std::int64_t last_insert_rowid() const;
  /// How many rows the last INSERT, UPDATE or DELETE changed.
  std::int64_t changes() const;
  /// SQLite falls back to reading when a file cannot be written; this tells.
  bool is_read_only() const;

 private:
  friend class Statement;
  friend class Transaction;
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  /// On the heap, so that statements can point to it while the Database moves.
  struct State {
    std::unique_ptr<sqlite3, Close> handle;
    std::string file;
    std::string doing;
    [[noreturn]] void fail(int code) const;
  };
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A compiled statement. Parameters are numbered from 1, columns from 0.
class Statement {
 public:
  /// Binds all parameters, runs to the end, and is ready for the next call. Text and blobs are not
  /// copied: they need only live as long as the call.
  template <typename... Values>
  void run(const Values&... values) {
    start();
    add(values...);
    finish();
  }

  /// The same in pieces, for statements of many rows: start(), add() each parameter, finish().
  void start() {
    reset();
    next_ = 0;
  }
  template <typename... Values>
  void add(const Values&... values) {
    (bind(++next_, values), ...);
  }
  void finish() {
    while (step()) {
    }
    reset();
  }

  /// Starts a query: fetch rows with step(). Text and blobs must live until the last step().
  template <typename... Values>
  Statement& query(const Values&... values) {
    start();
    add(values...);
    return *this;
  }
  /// False after the last row; the statement is then ready for the next call.
  bool step();
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;
  /// Text or blob, "" for NULL; the view is valid until the next step().
  std::string_view view(int column) const;
  std::string text(int column) const { return std::string(view(column)); }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  Statement(const Database::State* state, sqlite3_stmt* handle);
  void bind(int index, std::int64_t value);
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, std::uint32_t value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, int value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, bool value) { bind(index, static_cast<std::int64_t>(value)); }
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }
  void bind(int index, Blob value);
  void bind(int index, Null value);
  void check(int code) const;

  const Database::State* state_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int next_ = 0;  ///< The parameter that was bound last.
};

/// A write transaction: takes SQLite's write lock at once, rolls back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  /// Durable when it returns. If it throws, the destructor rolls back.
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// All reads while it lives see one state of the database.
class Snapshot {
 public:
  explicit Snapshot(Database& database);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

 private:
  Database& database_;
};

}  // namespace faultline::sqlite
