// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/store.h"

#include "base/error.h"
#include "store/connection.h"

namespace faultline {

Store::Store(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

std::optional<std::int64_t> Store::unfinished_run(const std::string& experiment_hash) {
  sqlite::Database& database = connection_->database;
  database.doing("looking for an unfinished run");
  sqlite::Statement query = database.prepare(
      "SELECT run_id FROM run WHERE experiment_hash = ? AND finished_at_ns IS NULL"
      " ORDER BY run_id DESC LIMIT 1");
  query.query(experiment_hash);
  if (!query.step()) return std::nullopt;
  return query.integer(0);
}

FinishedBoots Store::finished_boots(std::int64_t run_id, unsigned reruns) {
  sqlite::Database& database = connection_->database;
  database.doing("reading which boots are finished");
  // With max(), SQLite takes the other columns from the row that has it
  // (https://www.sqlite.org/lang_select.html#bareagg).
  sqlite::Statement query = database.prepare(
      "SELECT block, arm, topology, outcome FROM ("
      "  SELECT b.block AS block, a.name AS arm, t.name AS topology, b.outcome AS outcome,"
      "         b.contamination AS contamination, sum(b.contamination <> '') AS spoilt,"
      "         max(b.attempt)"
      "  FROM boot b"
      "  JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm"
      "  JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology"
      "  WHERE b.run_id = ? GROUP BY b.block, b.arm, b.topology)"
      " WHERE outcome NOT IN (?, ?) AND (contamination = '' OR spoilt > ?)");
  const std::string ours = to_string(OutcomeKind::infra_failed);
  const std::string stopped = to_string(OutcomeKind::cancelled);
  query.query(run_id, ours, stopped, reruns);
  FinishedBoots finished;
  while (query.step())
    finished.emplace(static_cast<std::uint32_t>(query.integer(0)), query.text(1), query.text(2));
  return finished;
}

std::uint32_t Store::attempts(std::int64_t run_id, std::uint32_t block, const std::string& arm,
                              const std::string& topology) {
  sqlite::Database& database = connection_->database;
  database.doing("reading how often a boot was tried");
  sqlite::Statement query = database.prepare(
      "SELECT coalesce(max(b.attempt) + 1, 0) FROM boot b"
      " JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm"
      " JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology"
      " WHERE b.run_id = ? AND b.block = ? AND a.name = ? AND t.name = ?");
  query.query(run_id, block, arm, topology);
  return query.step() ? static_cast<std::uint32_t>(query.integer(0)) : 0;
}

double Store::mean_boot_seconds(const std::string& experiment, const std::string& arm,
                                const std::string& topology, const std::string& accel) {
  sqlite::Database& database = connection_->database;
  database.doing("reading how long boots take");
  const std::string completed = to_string(OutcomeKind::completed);
  sqlite::Statement query = database.prepare(
      "SELECT avg(b.wall_seconds) FROM boot b JOIN run r ON r.run_id = b.run_id"
      " JOIN arm a ON a.run_id = b.run_id AND a.position = b.arm"
      " JOIN topology t ON t.run_id = b.run_id AND t.position = b.topology"
      " WHERE r.experiment = ? AND a.name = ? AND t.name = ? AND b.accel = ? AND b.outcome = ?");
  query.query(experiment, arm, topology, accel, completed);
  return query.step() ? query.real(0) : 0;
}

double Store::spent_seconds(std::int64_t run_id) {
  sqlite::Database& database = connection_->database;
  database.doing("reading how long a run has taken");
  sqlite::Statement query =
      database.prepare("SELECT total(wall_seconds) FROM boot WHERE run_id = ?");
  query.query(run_id);
  return query.step() ? query.real(0) : 0;
}

}  // namespace faultline
