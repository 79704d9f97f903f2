// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/counter_table.h"

#include <cmath>
#include <limits>

namespace faultline {

void CounterTable::add(const guest::Snapshot& snapshot) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  if (snapshot.sparse) {
    (snapshot.before ? before_ : after_).sparse.insert(snapshot.source);
    // What ran along with the program only is read once, after it, and began at nothing.
    if (!snapshot.before) before_.sparse.insert(snapshot.source);
  }
  for (const auto& [name, value] : snapshot.values) {
    const auto [place, added] = places_.try_emplace({snapshot.source, name}, records_.size());
    if (added) records_.push_back({snapshot.source, name, unknown, unknown});
    CounterRecord& record = records_[place->second];
    (snapshot.before ? record.before : record.after) = value;
  }
}

std::vector<CounterRecord> CounterTable::records() const {
  std::vector<CounterRecord> records = records_;
  for (CounterRecord& record : records) {
    if (std::isnan(record.before) && before_.sparse.contains(record.source)) record.before = 0;
    if (std::isnan(record.after) && after_.sparse.contains(record.source)) record.after = 0;
  }
  return records;
}

}  // namespace faultline
