// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

#include "cli/command.h"
#include "outcome/results.h"
#include "reports/report.h"
#include "store/store.h"

namespace faultline {

/// The report of run `run_id`, or of the newest one when it is 0, held against the calibration that
/// fits it best, if the database has one. Throws Error{user_input} if there is no such run.
Report stored_report(const Invocation& invocation, std::int64_t run_id);

/// The results of run `run_id`, or of the newest run when it is 0. Throws Error{user_input} if
/// there is none.
Results stored_results(const Invocation& invocation, std::int64_t run_id);

}  // namespace faultline
