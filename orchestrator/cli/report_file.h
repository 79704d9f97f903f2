// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "outcome/results.h"
#include "reports/report.h"

namespace faultline {

/// The formats of 'report' and 'compare', in the order of their help.
const std::vector<std::string>& report_formats();

/// The report in one of report_formats(); `color` matters to text only.
std::string rendered(const Report& report, const std::string& format, bool color = false);

/// "faultline-quickstart-3.html", with nothing in it that a file name should not have.
std::string default_report_name(const RunInfo& run, const std::string& format);

}  // namespace faultline
