// SPDX-License-Identifier: GPL-2.0-or-later
#include "store/read_executions.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace faultline {

using sqlite::Database;
using sqlite::Statement;

namespace {

template <typename Integer>
Integer whole(const Statement& row, int column) {
  return static_cast<Integer>(row.integer(column));
}

}  // namespace

StepProfile read_profile(Database& database, std::int64_t step_key) {
  std::map<std::pair<std::string, std::string>, FunctionProfile> functions;
  const auto row = [&](const Statement& at) -> FunctionProfile& {
    FunctionProfile& function = functions[{at.text(0), at.text(1)}];
    function.image = at.text(0);
    function.function = at.text(1);
    return function;
  };
  Statement instructions = database.prepare(
      "SELECT f.image, f.name, p.cpu, p.instructions FROM profile_instructions p"
      " JOIN function f USING (function_key) WHERE p.step_key = ? ORDER BY p.function_key, p.cpu");
  instructions.query(step_key);
  while (instructions.step())
    row(instructions)
        .instructions.push_back(
            {whole<std::uint32_t>(instructions, 2), whole<std::uint64_t>(instructions, 3)});
  Statement entries = database.prepare(
      "SELECT f.image, f.name, p.entries FROM profile_entries p"
      " JOIN function f USING (function_key) WHERE p.step_key = ?");
  entries.query(step_key);
  while (entries.step()) row(entries).entries = whole<std::uint64_t>(entries, 2);
  Statement traffic = database.prepare(
      "SELECT f.image, f.name, p.cpu_node, p.memory_node, p.loads, p.stores, p.load_misses,"
      " p.store_misses FROM profile_traffic p JOIN function f USING (function_key)"
      " WHERE p.step_key = ? ORDER BY p.function_key, p.cpu_node, p.memory_node");
  traffic.query(step_key);
  while (traffic.step())
    row(traffic).traffic.push_back(
        {whole<std::uint32_t>(traffic, 2), whole<std::int32_t>(traffic, 3),
         whole<std::uint64_t>(traffic, 4), whole<std::uint64_t>(traffic, 5),
         whole<std::uint64_t>(traffic, 6), whole<std::uint64_t>(traffic, 7)});
  StepProfile profile;
  for (auto& [name, function] : functions) profile.functions.push_back(std::move(function));
  Statement stacks = database.prepare(
      "SELECT t.content FROM profile_stacks p JOIN text_blob t ON t.blob_key = p.folded_blob"
      " WHERE p.step_key = ?");
  stacks.query(step_key);
  if (stacks.step()) profile.folded = stacks.text(0);
  return profile;
}

void read_executions(Database& database, const std::vector<std::int64_t>& boot_keys,
                     const StepPlaces& steps, Results& results) {
  Statement rows = database.prepare(
      "SELECT step_key, step_kind_key FROM step WHERE boot_key = ? AND NOT perturbed"
      " ORDER BY position");
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;  // Arm, topology.
  for (std::size_t i = 0; i < boot_keys.size(); ++i) {
    const ResultBoot& boot = results.boots[i];
    if (boot.accel != "icount" || boot.outcome.kind != OutcomeKind::completed ||
        !seen.emplace(boot.arm, boot.topology).second)
      continue;
    rows.query(boot_keys[i]);
    while (rows.step()) {
      StepProfile profile = read_profile(database, rows.integer(0));
      if (!profile.empty())
        results.executions.push_back(
            {static_cast<std::uint32_t>(i), steps.at(rows.integer(1)), std::move(profile)});
    }
  }
}

}  // namespace faultline
