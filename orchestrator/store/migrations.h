// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string_view>

#include "store/sqlite.h"

// The schema, as numbered steps forward. Private to store. A released migration never changes; a
// change of the schema is a new one, with its frozen database in testdata/.

namespace faultline {

/// "Flt1" in PRAGMA application_id: tells our databases from those of other programs.
inline constexpr std::int64_t application_id = 0x466c7431;

/// Brings a database from version n-1 to version n = its place in the list, counted from 1.
struct Migration {
  std::string_view sql;
};

/// All migrations, oldest first.
std::span<const Migration> schema_migrations();

/// PRAGMA user_version. 0: no schema yet.
std::int64_t schema_version(const sqlite::Database& database);

/// Brings the database to the newest version in one transaction: all of it or nothing. Safe when
/// two processes try at once. Throws Error{store}.
void migrate(sqlite::Database& database, std::span<const Migration> migrations);

}  // namespace faultline
