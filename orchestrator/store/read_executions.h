// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "outcome/results.h"
#include "store/read_counters.h"
#include "store/sqlite.h"

// Private to store.

namespace faultline {

/// What the instrument counted in one step; empty if it did not run.
StepProfile read_profile(sqlite::Database& database, std::int64_t step_key);

/// Fills Results::executions. `boot_keys` are beside results.boots.
void read_executions(sqlite::Database& database, const std::vector<std::int64_t>& boot_keys,
                     const StepPlaces& steps, Results& results);

}  // namespace faultline
