// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "reports/report.h"

namespace faultline {

/// What the numbers say, in one sentence about the primary metrics; of a calibration, its rate of
/// false alarms. The rules are in docs/reports.md.
std::string make_headline(const Report& report);

}  // namespace faultline
