// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "outcome/results.h"

namespace faultline {

/// NUMA distances of a topology, from RunInfo::topology_json; empty if it does not say.
std::vector<std::vector<unsigned>> distances_of(const std::string& topology_json);

/// The profiles of a boot's steps for a terminal: functions with their instructions, calls and
/// memory accesses, the busiest first; with `all`, every function, else the first thirty. The cost
/// by `distances` is a model and labelled as one.
std::string profile_text(const BootRecord& boot,
                         const std::vector<std::vector<unsigned>>& distances, bool all);

/// Two arms' boots step by step: functions, the largest change first.
std::string difference_text(const BootRecord& before, const BootRecord& after, bool all);

/// The same as JSON (docs/instrument.md).
std::string difference_json(const BootRecord& before, const BootRecord& after);

}  // namespace faultline
