// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "spec/catalogue.h"
#include "spec/experiment.h"

namespace faultline {

/// Why an experiment cannot run on the instruction clock, one error for each use of a workload or
/// collector that touches a device while it measures: the host's time would get into its figures.
/// Also for text layouts, which cannot matter there, and for the instrument on any other
/// accelerator. Nothing if the experiment may run as it is.
/// Pure.
std::vector<Diagnostic> exact_run_problems(const Experiment& experiment,
                                           const Catalogue& catalogue);

}  // namespace faultline
