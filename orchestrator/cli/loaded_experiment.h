// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"
#include "spec/catalogue.h"
#include "spec/experiment.h"

namespace faultline {

struct LoadedExperiment {
  Catalogue catalogue;
  Experiment experiment;
};

/// Reads and checks an experiment file; prints every mistake to standard error. Empty, with the
/// invocation's status set, if there was an error. Throws Error{user_input} if the file cannot be
/// read at all.
std::optional<LoadedExperiment> load_experiment(Invocation& invocation, const std::string& file);

/// The catalogue alone; prints what is wrong with the installation's own files.
Catalogue load_catalogue(const Invocation& invocation);

}  // namespace faultline
