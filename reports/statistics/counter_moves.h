// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report.h"
#include "reports/statistics/block_units.h"

// What the collectors counted, paired by block as metrics are (docs/statistics.md, "Why").

namespace faultline {

/// The results' counters, found by topology and step. Refers to the results, which outlive it.
class CounterTable {
 public:
  /// `counted` of counted_boots().
  CounterTable(const Results& results, const std::vector<bool>& counted);

  /// Fills `looked_at`, `blocks`, `moved` and `apart` of a Why whose place is set. `exact`: both
  /// arms are proven exact there. Safe to call from several threads.
  void fill(Why& why, std::uint32_t baseline, bool exact) const;

 private:
  /// A name that the report knows a counter by; several of the results' names can share it.
  struct Group;

  std::vector<Group> groups_at(const Why& why, std::uint32_t baseline, bool perturbed) const;
  void judge(Why& why, std::vector<Group> groups, bool exact) const;

  const Results& results_;
  BlockUnits units_;
  std::vector<CounterName> names_;                ///< Distinct, without line numbers.
  std::vector<std::uint32_t> name_of_;            ///< Beside results.counter_names.
  std::vector<std::uint32_t> source_of_;          ///< Beside names_.
  std::vector<std::vector<std::uint32_t>> rows_;  ///< Of results.counters, by topology and step.
  std::vector<bool> counts_;                      ///< Beside results.boots.
};

/// "mm/slub.c:2345 func:alloc_slab_page.bytes" without the line number, which patches move.
std::string without_line_number(std::string_view name);

/// Two-sided p-value of Student's t for paired effects of which a spread below `resolution` is not
/// believed; 2 effects or more.
double paired_t_p(const std::vector<double>& effects, double resolution);

}  // namespace faultline
