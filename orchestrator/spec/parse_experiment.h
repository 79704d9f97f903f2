// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "spec/catalogue.h"
#include "spec/experiment.h"

namespace faultline {

struct ParsedExperiment {
  std::optional<Experiment> experiment;  ///< Only when there was no error.
  std::vector<Diagnostic> diagnostics;   ///< Every mistake of the file, in file order.
};

/// Parses and fully checks an experiment. `file` is used in messages and to resolve relative
/// paths. Pure; never throws on bad input. Bounded: 1 MiB of text, 64 levels, no alias bombs,
/// and a matrix of at most 1,000,000 boots.
ParsedExperiment parse_experiment(const std::string& text, const std::string& file,
                                  const Catalogue& catalogue);

/// JSON Schema (draft-07) of the experiment file, for editors.
std::string experiment_json_schema(const Catalogue& catalogue);

}  // namespace faultline
