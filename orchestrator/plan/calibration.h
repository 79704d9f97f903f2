// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "spec/experiment.h"

namespace faultline {

/// The experiment that calibrates another one: its baseline against itself, on the same topologies
/// and workloads. The second arm is the first in everything but its name, which ends in "-twin",
/// and its text layouts, if there are any: those are drawn apart. Pure.
Experiment calibration_of(const Experiment& experiment);

}  // namespace faultline
