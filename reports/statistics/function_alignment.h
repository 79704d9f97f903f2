// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "outcome/results.h"

namespace faultline {

/// Of an arm and the baseline, if they boot separate builds, those of them whose kernel is not
/// known to begin every function on a cache line of its own: its configuration lacks the forced
/// alignment, or it is a finished image. Empty if there is nothing to say.
std::vector<std::uint32_t> arms_without_alignment(const Results& results, std::uint32_t arm,
                                                  std::uint32_t baseline);

}  // namespace faultline
