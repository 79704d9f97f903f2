// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "outcome/results.h"

// What of a run is independent of the rest. As a rule a block. Where builds were laid out in
// several text layouts, which blocks go through, all blocks of one layout share what that layout
// does: then the layouts are the sample, and their blocks repeat it (docs/statistics.md, "Text
// layouts").

namespace faultline {

/// Values by block, in the order of the blocks.
using ByBlock = std::vector<std::pair<std::uint32_t, double>>;

class BlockUnits {
 public:
  explicit BlockUnits(const Results& results);

  /// True if a unit is all blocks of one text layout, not a block.
  bool are_layouts() const { return !first_block_.empty(); }
  /// The first block of this block's unit, which names the unit.
  std::uint32_t unit_of(std::uint32_t block) const;
  /// The mean of each unit's blocks, by the unit's name. What stands alone stays bit by bit.
  ByBlock means(const ByBlock& values) const;
  /// The share of the variance between blocks that units make, from 0 to 1: the intraclass
  /// correlation of a one-way analysis of variance with random effects. Nothing unless there are
  /// two units or more and one of them has two blocks or more, or if nothing varies.
  std::optional<double> share_of_variance(const ByBlock& values) const;

 private:
  std::map<std::uint32_t, std::uint32_t> first_block_;  ///< By block; empty: blocks are units.
};

}  // namespace faultline
