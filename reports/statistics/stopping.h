// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "outcome/results.h"

// When a run with `precision:` has seen enough. The looks are declared: they follow from the file
// alone; and a look sees widths only, never where an interval lies (docs/statistics.md).

namespace faultline {

/// After how many blocks a run looks: `blocks` (at least 6, below which there is no interval), then
/// each time half as many more, up to `max_blocks`.
std::vector<unsigned> declared_looks(unsigned blocks, unsigned max_blocks);

/// What a look saw.
struct Look {
  bool precise = false;  ///< Every primary interval is narrow enough.
  std::string widest;    ///< The widest interval in words, or what has no interval yet.
};

/// Looks at the primary metrics (all, if none is primary) in the first `blocks` blocks. Narrow
/// enough means: for ratios, both ends within a factor of 1 + `precision` of the middle; for
/// differences, half the interval at most `precision` of the baseline's median. What cannot be
/// compared does not hold a run up.
Look look_at_widths(Results results, unsigned blocks, double precision);

}  // namespace faultline
