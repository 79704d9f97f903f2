// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "outcome/results.h"
#include "spec/experiment.h"

namespace faultline {

/// The limits that the conditions passed, as "host_load 71.4 % > 50 %, …"; "" if none. What was not
/// measured passes nothing; a clock that is 20 % off always does, unless a limit allows it. Pure.
std::string contamination(const BootConditions& conditions, const ContaminationLimits& limits);

}  // namespace faultline
