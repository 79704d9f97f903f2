// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "outcome/results.h"

namespace faultline {

/// "faultline-quickstart-3.html", with nothing in it that a file name should not have.
std::string default_report_name(const RunInfo& run, const std::string& format);

}  // namespace faultline
