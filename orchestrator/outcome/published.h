// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace faultline {

/// One pair of figures that somebody published, with the place of ours beside it.
struct PublishedPair {
  std::string what;
  std::string unit;
  double without = 0;  ///< Without the change, as our baseline is.
  double with = 0;
  std::string workload;  ///< Of our comparison; this and the next empty: we have none.
  std::string metric;
  std::string arm;                  ///< Compared with the baseline.
  std::vector<std::string> params;  ///< "children=256", each of them part of the step's label.
  bool operator==(const PublishedPair&) const = default;
};

/// Where ours are that stand beside a published curve.
struct PublishedPlace {
  std::string workload;
  std::string metric;
  /// A parameter of the steps, or a metric of the workload: it says where `metric` was measured.
  std::string over;
  std::string arm;                  ///< The only one; empty: every arm.
  std::vector<std::string> params;  ///< As in PublishedPair.
  bool operator==(const PublishedPlace&) const = default;
};

/// What somebody published of one kernel at several values of a parameter.
struct PublishedCurve {
  std::string what;
  std::string unit;
  std::string over;                               ///< What it is along: "workers".
  std::vector<std::pair<double, double>> points;  ///< By the parameter.
  std::vector<PublishedPlace> here;               ///< Empty: we have none.
  bool operator==(const PublishedCurve&) const = default;
};

/// What others published about the question of an experiment; kept with the run, so that a report
/// can be made anywhere. An empty name stands for nothing published.
struct PublishedRecord {
  std::string name;
  std::string source;  ///< Who, where, when.
  std::string said;    ///< Their finding in a sentence.
  std::vector<PublishedPair> pairs;
  std::vector<PublishedCurve> curves;
  std::vector<std::string> may_differ;  ///< Why ours need not agree.
  bool operator==(const PublishedRecord&) const = default;
};

}  // namespace faultline
