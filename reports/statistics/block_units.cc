// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/block_units.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

namespace faultline {
namespace {

struct Unit {
  std::vector<double> values;
  double mean() const {
    if (values.size() == 1) return values.front();
    double mean = 0;  // Divided first: sums of values at the ends of the doubles overflow.
    for (const double value : values) mean += value / double(values.size());
    return mean;
  }
};

}  // namespace

BlockUnits::BlockUnits(const Results& results) {
  std::set<std::string> laid_out;
  for (const KernelRecord& kernel : results.kernels)
    if (kernel.layout != 0) laid_out.insert(kernel.key);
  if (laid_out.empty()) return;
  // All arms change their layout together, so each of them tells; one may have failed in a block.
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> first;
  const auto each = [&](const auto& visit) {
    for (const ResultBoot& boot : results.boots)
      if (laid_out.contains(boot.kernel_key))
        visit(first.try_emplace({boot.arm, boot.kernel_key}, boot.block).first->second, boot.block);
  };
  each([](std::uint32_t& known, std::uint32_t block) { known = std::min(known, block); });
  each([this](std::uint32_t known, std::uint32_t block) {
    std::uint32_t& unit = first_block_.try_emplace(block, known).first->second;
    unit = std::min(unit, known);
  });
}

std::uint32_t BlockUnits::unit_of(std::uint32_t block) const {
  const auto found = first_block_.find(block);
  return found == first_block_.end() ? block : found->second;
}

ByBlock BlockUnits::means(const ByBlock& values) const {
  if (!are_layouts()) return values;
  std::map<std::uint32_t, Unit> units;
  for (const auto& [block, value] : values) units[unit_of(block)].values.push_back(value);
  ByBlock means;
  for (const auto& [name, unit] : units) means.emplace_back(name, unit.mean());
  return means;
}

std::optional<double> BlockUnits::share_of_variance(const ByBlock& values) const {
  std::map<std::uint32_t, Unit> units;
  double total = 0;
  for (const auto& [block, value] : values) {
    units[unit_of(block)].values.push_back(value);
    total += value / double(values.size());
  }
  const double n = double(values.size());
  const double k = double(units.size());
  if (units.size() < 2 || values.size() == units.size()) return std::nullopt;
  double between = 0;
  double within = 0;
  double squared_sizes = 0;
  for (const auto& [name, unit] : units) {
    const double size = double(unit.values.size());
    const double mean = unit.mean();
    between += size * (mean - total) * (mean - total) / (k - 1);
    for (const double value : unit.values) within += (value - mean) * (value - mean) / (n - k);
    squared_sizes += size * size;
  }
  const double typical_size = (n - squared_sizes / n) / (k - 1);
  const double variance = std::max(0.0, (between - within) / typical_size);
  const double share = variance / (variance + within);
  if (!std::isfinite(share)) return std::nullopt;
  return share;
}

}  // namespace faultline
