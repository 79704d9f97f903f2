// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "spec/experiment.h"

// What of an experiment's file is stored with its run, because it was fixed before the first boot.

namespace faultline {

/// What the file fixes about the arms and the analysis, in the names of docs/statistics.md. What it
/// does not say is not in it. Pure.
std::map<std::string, std::string> declared(const Experiment& experiment);

/// The machine, as JSON: nodes and distances, and what else the file gives. Two topologies with one
/// text are one machine. Pure.
std::string topology_json(const Topology& topology);

}  // namespace faultline
