// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "guest/event.h"
#include "outcome/results.h"

namespace faultline {

/// The snapshots of one step put together: each name with its value before and after. A name that
/// one side does not list is NaN there; in a sparse source, and where that side was read at all, 0.
class CounterTable {
 public:
  void add(const guest::Snapshot& snapshot);
  /// In the order in which the names came first.
  std::vector<CounterRecord> records() const;

 private:
  struct Side {
    std::set<std::string> sparse;  ///< Sources that were read and whose missing names are 0.
  };
  std::vector<CounterRecord> records_;
  std::map<std::pair<std::string, std::string>, std::size_t> places_;
  Side before_, after_;
};

}  // namespace faultline
