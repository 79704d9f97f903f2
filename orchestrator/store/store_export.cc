// SPDX-License-Identifier: GPL-2.0-or-later
#include <utility>
#include <vector>

#include "base/error.h"
#include "store/connection.h"

namespace faultline {
namespace {

/// Removes the rows of a dictionary (long texts, names, hosts) that nothing refers to any more.
/// Who refers to it is asked of the schema, so that a table of a later version is not forgotten.
void remove_unreferenced(sqlite::Database& database, const std::string& table,
                         const std::string& key) {
  std::string users;
  sqlite::Statement references = database.prepare(
      "SELECT t.name, f.\"from\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f"
      " WHERE t.type = 'table' AND f.\"table\" = ?");
  references.query(table);
  while (references.step()) {
    const std::string from = references.text(0), column = references.text(1);
    users += (users.empty() ? "SELECT " : " UNION SELECT ") + column + " FROM " + from + " WHERE " +
             column + " IS NOT NULL";
  }
  database.execute("DELETE FROM " + table + " WHERE " + key + " NOT IN (" + users + ")");
}

/// Removes all runs but one with everything that is theirs. What refers to a run is asked of the
/// schema, as above; the rest goes with the boots. References are looked at when all is done, in
/// any order.
void keep_one_run(sqlite::Database& database, std::int64_t run_id) {
  std::vector<std::string> deletions;
  {
    sqlite::Statement references = database.prepare(
        "SELECT t.name, f.\"from\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f"
        " WHERE t.type = 'table' AND f.\"table\" = 'run'");
    references.query();
    const std::string others = " <> " + std::to_string(run_id);
    while (references.step())
      deletions.push_back("DELETE FROM " + references.text(0) + " WHERE " + references.text(1) +
                          others);
    deletions.push_back("DELETE FROM run WHERE run_id" + others);
  }
  sqlite::Transaction transaction(database);
  database.execute("PRAGMA defer_foreign_keys=ON");
  for (const std::string& deletion : deletions) database.execute(deletion);
  transaction.commit();
}

}  // namespace

void Store::export_run(std::int64_t run_id, const std::filesystem::path& file) {
  {
    sqlite::Database& database = connection_->database;
    database.doing("copying the database to " + file.string());
    // No statement may be open while SQLite copies.
    if (database.integer("SELECT count(*) FROM run WHERE run_id = " + std::to_string(run_id)) == 0)
      throw Error(ErrorKind::user_input, "exporting run " + std::to_string(run_id),
                  "there is no such run", "'faultline list' shows what there is");
    database.prepare("VACUUM INTO ?").run(file.string());
  }
  sqlite::Database copy =
      sqlite::Database::open(file, sqlite::Database::Access::read_write, default_busy_timeout);
  copy.doing("reducing " + file.string() + " to one run");
  keep_one_run(copy, run_id);
  const std::vector<std::pair<const char*, const char*>> dictionaries{
      {"kernel", "kernel_key"},
      {"host", "host_key"},
      {"step_kind", "step_kind_key"},
      {"counter_name", "counter_name_key"},
      {"text_blob", "blob_key"}};
  for (const auto& [table, key] : dictionaries) remove_unreferenced(copy, table, key);
  copy.execute("VACUUM");
}

}  // namespace faultline
