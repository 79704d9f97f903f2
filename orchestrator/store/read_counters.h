// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "outcome/results.h"
#include "store/sqlite.h"

// Private to store.

namespace faultline {

/// Index into Results::steps by step_kind_key.
using StepPlaces = std::unordered_map<std::int64_t, std::uint32_t>;

/// Of more rows than this only the counters of the first blocks are read.
inline constexpr std::uint64_t kMostCounters = 4'000'000;

/// Reads what the collectors counted in the steps of a run's boots, into counter_names, counters,
/// counted_blocks and profiles. `boot_keys` are beside results.boots.
void read_counters(sqlite::Database& database, const std::vector<std::int64_t>& boot_keys,
                   const StepPlaces& steps, Results& results, std::uint64_t most = kMostCounters);

}  // namespace faultline
