// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>
#include <vector>

#include "reports/report.h"

namespace faultline {

/// Comparison::reason on the instruction clock when an arm has booted only once.
inline constexpr std::string_view kNotProvenYet =
    "not proven exact: a second boot of each arm has to agree";

/// Holds the counted, completed boots on the instruction clock of each arm and topology against the
/// first of them, digit for digit: every sample of every step. By arm and topology; boots on other
/// accelerators prove nothing and are not in it. `counted` is counted_boots().
std::vector<ExactnessProof> prove_exactness(const Results& results,
                                            const std::vector<bool>& counted);

/// True if the arm's figures on this topology are proven.
bool is_exact(const std::vector<ExactnessProof>& proofs, std::uint32_t arm, std::uint32_t topology);

/// True if nothing is known of the arm there for want of a second boot.
bool has_one_boot(const std::vector<ExactnessProof>& proofs, std::uint32_t arm,
                  std::uint32_t topology);

}  // namespace faultline
