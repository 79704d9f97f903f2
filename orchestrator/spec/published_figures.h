// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"

// What experiments/published/NAME.yaml says: figures that others published, and where ours that
// belong beside them are found.

namespace faultline {

/// Where ours that belong beside a figure are.
struct PlaceOfOurs {
  std::string workload;
  std::string metric;
  /// Of a curve: the numeric parameter of the workload along which ours are, or a metric that says
  /// where the workload measured (crossover_users). Empty for a pair.
  std::string over;
  std::string arm;  ///< Of a pair: compared with the baseline. Of a curve: this one only, or empty.
  std::map<std::string, std::string> params;  ///< That the step has.
  SourcePosition position;
};

/// Published figures of one quantity: a pair, without and with the change, or the curve of one
/// kernel.
struct PublishedFigure {
  std::string what;  ///< "ebizzy -mTRp on a VM of 16 CPUs, v9 of the series"
  std::string unit;
  double without = 0;               ///< What they had where our experiment has its baseline.
  double with = 0;                  ///< With the change.
  std::string over;                 ///< Of a curve, what it is along: "workers". Empty for a pair.
  std::map<double, double> points;  ///< Of a curve: the figure at each value of `over`.
  /// Empty: this experiment measures nothing of the kind. A pair has at most one.
  std::vector<PlaceOfOurs> here;
};

struct PublishedFigures {
  std::string name;    ///< The file's, without its ending.
  std::string source;  ///< Who, where, when.
  std::string said;    ///< What they found, in a sentence; also where they gave no figures.
  std::vector<PublishedFigure> figures;
  std::vector<std::string> may_differ;  ///< Why ours need not agree, a sentence each.
};

}  // namespace faultline
