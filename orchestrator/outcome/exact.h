// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "outcome/results.h"

// Runs on the instruction clock prove themselves: two boots of one arm must agree in every digit.

namespace faultline {

/// The first place where two boots that should be equal are not.
struct ExactDifference {
  std::string step;    ///< "rmap-walk children=16 pages=64"; "" if the boots as a whole differ.
  std::string sample;  ///< "walk_seconds"; else what differs: "number of samples", "outcome".
  std::uint32_t iteration = 0;
  double first = 0;   ///< Value in the first boot; NaN if it has none.
  double second = 0;  ///< In the second.
  /// How far: |second - first| / |first|; infinite where that does not exist.
  double relative() const;
  /// "rmap-walk children=16 pages=64, walk_seconds of iteration 1: 0.5 in the first boot, 0.5000001
  /// in the second (2e-07 apart)", every digit of the values.
  std::string sentence() const;
  bool operator==(const ExactDifference&) const = default;
};

/// Compares two boots in full, step by step: samples, counters, profiles, the times and counts of
/// processes and what they printed. Nothing if they are equal to the last bit; NaN equals NaN. What
/// is only of the host (times, names, the console's bytes) is not compared. Pure. What verdicts
/// ask, whether all samples of a run's boots agree, is reports/statistics/exactness.h.
std::optional<ExactDifference> first_difference(const BootRecord& first, const BootRecord& second);

}  // namespace faultline
