// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/files.h"
#include "store/sqlite.h"
#include "store/store.h"

// What a Store is made of. Private to store.

namespace faultline {

/// How long a statement waits for another program's lock before it gives up.
inline constexpr std::chrono::milliseconds default_busy_timeout{10'000};

inline constexpr std::size_t samples_at_once = 64;

/// The statements that run once a row; compiled once.
struct WriteStatements {
  explicit WriteStatements(const sqlite::Database& database);
  sqlite::Statement find_blob;
  sqlite::Statement add_blob;
  sqlite::Statement find_step_kind;
  sqlite::Statement add_step_kind;
  sqlite::Statement find_counter_name;
  sqlite::Statement add_counter_name;
  sqlite::Statement add_step;
  sqlite::Statement add_iteration;
  sqlite::Statement add_counter;
  sqlite::Statement add_sample;
  sqlite::Statement add_samples;  ///< samples_at_once of them: half the time of single ones.
};

struct Store::Connection {
  /// Held by the one writer for as long as it lives; SQLite's own lock lasts a transaction only,
  /// and two writers of one run would both boot the same guests.
  FileLock writer_lock;
  sqlite::Database database;
  std::optional<WriteStatements> write;  ///< read_write only. After `database`: dies before it.
  std::unordered_map<std::int64_t, std::int64_t> session_of_run;  ///< Of this process.
};

/// Opens, checks that the file is ours, migrates: see Store::open().
sqlite::Database open_database(const std::filesystem::path& file, Store::Mode mode,
                               FileLock& writer_lock, std::chrono::milliseconds busy_timeout);

}  // namespace faultline
