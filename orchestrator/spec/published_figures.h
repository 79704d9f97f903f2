// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

// What experiments/published/NAME.yaml says: figures that others published, and where ours that
// belong beside them are found.

namespace faultline {

/// One published pair of figures.
struct PublishedFigure {
  std::string what;  ///< "ebizzy -mTRp on a VM of 16 CPUs, v9 of the series"
  std::string unit;
  double without = 0;  ///< What they had where our experiment has its baseline.
  double with = 0;     ///< With the change.
  /// Where ours are: the comparison of `arm` with the baseline for this metric of the steps that
  /// have these parameters. Empty metric: this experiment measures nothing of the kind.
  std::string workload;
  std::string metric;
  std::string arm;
  std::map<std::string, std::string> params;
};

struct PublishedFigures {
  std::string name;    ///< The file's, without its ending.
  std::string source;  ///< Who, where, when.
  std::string said;    ///< What they found, in a sentence; also where they gave no figures.
  std::vector<PublishedFigure> figures;
  std::vector<std::string> may_differ;  ///< Why ours need not agree, a sentence each.
};

}  // namespace faultline
