// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/read_counters.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

namespace faultline {
namespace {

using sqlite::Database;
using sqlite::Statement;

/// The number of blocks whose counters fit; 0: all of them.
std::uint32_t blocks_that_fit(Database& database, std::int64_t run_id, std::uint64_t most) {
  Statement rows = database.prepare(
      "SELECT b.block, count(*) FROM boot b JOIN step s USING (boot_key) JOIN counter c"
      " USING (step_key) WHERE b.run_id = ? GROUP BY b.block ORDER BY b.block");
  rows.query(run_id);
  std::uint64_t total = 0;
  while (rows.step()) {
    total += static_cast<std::uint64_t>(rows.integer(1));
    if (total > most)
      return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(rows.integer(0)));
  }
  return 0;
}

/// How far a number moved; what was not there on one side counts as 0. NaN: on neither.
double moved(const Statement& row, int before, int after) {
  if (row.is_null(before) && row.is_null(after)) return NAN;
  return (row.is_null(after) ? 0 : row.real(after)) - (row.is_null(before) ? 0 : row.real(before));
}

/// Puts the names that something moved of into the results, and leaves out the rows of others; but
/// of a source of which nothing moved in a step, one row: that it was read there says something.
void keep_what_moved(std::vector<CounterName> names, Results& results) {
  std::vector<bool> moves(names.size());
  for (const ResultCounter& counter : results.counters)
    if (counter.moved != 0) moves[counter.name] = true;
  const auto place_of = [&](const ResultCounter& c) {  // A collector's rows follow each other.
    return std::tie(c.boot, c.step, c.perturbed, names[c.name].source);
  };
  const auto end = results.counters.end();
  for (auto first = results.counters.begin(); first != end;) {
    const auto next = std::find_if(
        first, end, [&](const ResultCounter& c) { return place_of(c) != place_of(*first); });
    if (std::none_of(first, next, [&](const ResultCounter& c) { return moves[c.name]; }))
      moves[first->name] = true;
    first = next;
  }
  std::vector<std::uint32_t> place(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    place[i] = static_cast<std::uint32_t>(results.counter_names.size());
    if (moves[i]) results.counter_names.push_back(std::move(names[i]));
  }
  auto& counters = results.counters;
  counters.erase(std::remove_if(counters.begin(), counters.end(),
                                [&](const ResultCounter& c) { return !moves[c.name]; }),
                 counters.end());
  for (ResultCounter& counter : counters) counter.name = place[counter.name];
  counters.shrink_to_fit();
}

}  // namespace

void read_counters(Database& database, const std::vector<std::int64_t>& boot_keys,
                   const StepPlaces& steps, Results& results, std::uint64_t most) {
  results.counted_blocks = blocks_that_fit(database, results.run.run_id, most);
  // A stack is a name of its own: looked up a row at a time, for profiles alone.
  Statement rows = database.prepare(
      "SELECT s.step_kind_key, s.perturbed, c.counter_name_key, c.before, c.after, s.step_key,"
      " n.source = 'perf' FROM step s JOIN counter c USING (step_key)"
      " JOIN counter_name n USING (counter_name_key)"
      " WHERE s.boot_key = ? ORDER BY s.position, c.ordinal");
  Statement name =
      database.prepare("SELECT source, name FROM counter_name WHERE counter_name_key = ?");
  std::unordered_map<std::int64_t, std::uint32_t> name_index;
  std::vector<CounterName> names;
  for (std::size_t i = 0; i < boot_keys.size(); ++i) {
    if (results.counted_blocks > 0 && results.boots[i].block >= results.counted_blocks) continue;
    const auto boot = static_cast<std::uint32_t>(i);
    std::optional<std::int64_t> profiled_step;
    rows.query(boot_keys[i]);
    while (rows.step()) {
      const double value = moved(rows, 3, 4);
      if (!std::isfinite(value)) continue;
      const std::uint32_t step = steps.at(rows.integer(0));
      const std::int64_t key = rows.integer(2);
      if (rows.integer(6) != 0) {
        if (profiled_step != rows.integer(5)) results.profiles.push_back({boot, step, {}});
        profiled_step = rows.integer(5);
        name.query(key);
        if (name.step()) results.profiles.back().stacks.emplace_back(name.text(1), value);
        continue;
      }
      const auto [place, is_new] =
          name_index.try_emplace(key, static_cast<std::uint32_t>(names.size()));
      if (is_new) {
        name.query(key);
        names.push_back(name.step() ? CounterName{name.text(0), name.text(1)} : CounterName{});
      }
      results.counters.push_back({boot, step, place->second, rows.integer(1) != 0, value});
    }
  }
  keep_what_moved(std::move(names), results);
}

}  // namespace faultline
