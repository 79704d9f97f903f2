// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace faultline::bench {

/// What one piece of work cost.
struct Measurement {
  double seconds = 0;
  double max_rss_mib = 0;
};

/// Runs the work in a child process of its own, so that its peak memory is its own. The child must
/// be started before this process has threads. Throws Error{host} if the child fails.
Measurement measured(const std::function<void()>& work);

double median(std::vector<double> values);

/// One line of the table: a budget of the design and what was measured against it.
struct Row {
  std::string what;
  std::string measured;  ///< With its unit.
  std::string budget;
  bool kept = false;
};

void print_table(const std::vector<Row>& rows);

}  // namespace faultline::bench
