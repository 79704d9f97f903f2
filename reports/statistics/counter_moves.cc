// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/counter_moves.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cctype>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "reports/statistics/boot_values.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sign_flip.h"

namespace faultline {
namespace {

constexpr double kLevel = 0.05;
constexpr std::size_t kMostMoves = 100;  ///< Kept of each list.

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// The least that a counter can differ by: the kernel prints these in pages, as KiB or bytes.
double resolution_of(const CounterName& name) {
  if (ends_with(name.source, "meminfo")) return 4;
  return 1;
}

/// What counts as the same thing is told by the first: a series' own counters, then vmstat.
int rank_of_source(const std::string& source) {
  if (ends_with(source, "_counters")) return 0;
  if (source == "vmstat") return 1;
  return source.starts_with("node") ? 3 : 2;
}

Estimate interval_of(const std::vector<double>& effects) {
  return pseudo_median(effects);
}

}  // namespace

struct CounterTable::Group {
  std::uint32_t name = 0;
  std::uint32_t base_boots = 0;  ///< That had the name at all, of the pairs.
  std::uint32_t arm_boots = 0;
  std::vector<double> base;  ///< By block or text layout, of complete pairs.
  std::vector<double> arm;
  std::vector<std::uint32_t> aliases;
};

std::string without_line_number(std::string_view name) {
  for (std::size_t colon = name.find(':'); colon != std::string_view::npos;
       colon = name.find(':', colon + 1)) {
    std::size_t end = colon + 1;
    while (end < name.size() && std::isdigit(static_cast<unsigned char>(name[end]))) ++end;
    if (end > colon + 1 && end < name.size() && name[end] == ' ')
      return std::string(name.substr(0, colon)) + std::string(name.substr(end));
  }
  return std::string(name);
}

double paired_t_p(const std::vector<double>& effects, double resolution) {
  const double n = double(effects.size());
  double mean = 0;
  for (const double effect : effects) mean += effect / n;
  double squares = 0;
  for (const double effect : effects) squares += (effect - mean) * (effect - mean);
  const double spread = std::max(std::sqrt(squares / (n - 1)), resolution);
  if (mean == 0) return 1;
  const double t = std::fabs(mean) / (spread / std::sqrt(n));
  if (!std::isfinite(t)) return 0;
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(n - 1), t));
}

CounterTable::CounterTable(const Results& results, const std::vector<bool>& counted)
    : results_(results), units_(results), counts_(counted) {
  std::map<std::pair<std::string, std::string>, std::uint32_t> known;
  std::map<std::string, std::uint32_t> sources;
  for (const CounterName& name : results.counter_names) {
    const std::string plain =
        name.source == "allocinfo" ? without_line_number(name.name) : name.name;
    const auto [place, is_new] =
        known.try_emplace({name.source, plain}, static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
      names_.push_back({name.source, plain});
      source_of_.push_back(
          sources.try_emplace(name.source, static_cast<std::uint32_t>(sources.size()))
              .first->second);
    }
    name_of_.push_back(place->second);
  }
  rows_.resize(results.run.topologies.size() * results.steps.size());
  for (std::uint32_t i = 0; i < results.counters.size(); ++i) {
    const ResultCounter& row = results.counters[i];
    if (row.boot >= results.boots.size() || row.step >= results.steps.size() ||
        row.name >= name_of_.size() || !counts_[row.boot] || !std::isfinite(row.moved))
      continue;
    const ResultBoot& boot = results.boots[row.boot];
    if (failed_step(results, boot) == row.step) continue;
    rows_[std::size_t{boot.topology} * results.steps.size() + row.step].push_back(i);
  }
}

std::vector<CounterTable::Group> CounterTable::groups_at(const Why& why, std::uint32_t baseline,
                                                         bool perturbed) const {
  struct Boots {
    std::map<std::uint32_t, double> values;  ///< By boot.
  };
  std::map<std::uint32_t, Boots> by_name;
  std::map<std::uint32_t, std::set<std::uint32_t>> read;  ///< Boots in which a source was read.
  std::map<std::uint32_t, std::pair<std::int64_t, std::int64_t>> blocks;  ///< Boots: base, arm.
  for (const std::uint32_t i :
       rows_[std::size_t{why.topology} * results_.steps.size() + why.step]) {
    const ResultCounter& row = results_.counters[i];
    const ResultBoot& boot = results_.boots[row.boot];
    if (row.perturbed != perturbed || (boot.arm != why.arm && boot.arm != baseline)) continue;
    const std::uint32_t name = name_of_[row.name];
    by_name[name].values[row.boot] += row.moved;
    read[source_of_[name]].insert(row.boot);
    auto& pair = blocks.try_emplace(boot.block, -1, -1).first->second;
    (boot.arm == baseline ? pair.first : pair.second) = row.boot;
  }
  std::vector<Group> groups;
  for (const auto& [name, boots] : by_name) {
    Group group;
    group.name = name;
    const std::set<std::uint32_t>& present = read[source_of_[name]];
    // Clang 14 captures no structured binding by itself.
    const auto value = [&boots = boots](std::int64_t boot, std::uint32_t& had) {
      const auto found = boots.values.find(static_cast<std::uint32_t>(boot));
      had += found != boots.values.end();
      return found == boots.values.end() ? 0.0 : found->second;
    };
    ByBlock base;
    ByBlock arm;
    for (const auto& [block, pair] : blocks) {
      if (pair.first < 0 || pair.second < 0 ||
          !present.contains(static_cast<std::uint32_t>(pair.first)) ||
          !present.contains(static_cast<std::uint32_t>(pair.second)))
        continue;
      base.emplace_back(block, value(pair.first, group.base_boots));
      arm.emplace_back(block, value(pair.second, group.arm_boots));
    }
    for (const auto& [unit, mean] : units_.means(base)) group.base.push_back(mean);
    for (const auto& [unit, mean] : units_.means(arm)) group.arm.push_back(mean);
    const auto moves = [](double v) { return v != 0; };
    if (std::any_of(group.base.begin(), group.base.end(), moves) ||
        std::any_of(group.arm.begin(), group.arm.end(), moves))
      groups.push_back(std::move(group));
  }
  return groups;
}

namespace {

/// Effects by block: log-ratios if all are positive, else differences.
std::vector<double> effects_of(const std::vector<double>& base, const std::vector<double>& arm,
                               bool& is_ratio, double& least) {
  is_ratio = true;
  least = INFINITY;
  for (const auto* values : {&base, &arm})
    for (const double value : *values) {
      is_ratio &= value > 0;
      least = std::min(least, value);
    }
  std::vector<double> effects;
  for (std::size_t i = 0; i < base.size(); ++i)
    effects.push_back(is_ratio ? std::log(arm[i]) - std::log(base[i]) : arm[i] - base[i]);
  return effects;
}

CounterMove measure(const CounterName& name, const std::vector<double>& base,
                    const std::vector<double>& arm) {
  CounterMove move;
  move.source = name.source;
  move.name = name.name;
  move.n = static_cast<std::uint32_t>(base.size());
  move.base.median = median_of(base);
  move.arm.median = median_of(arm);
  double least = 0;
  const std::vector<double> effects = effects_of(base, arm, move.is_ratio, least);
  const Estimate estimate = interval_of(effects);
  const auto shown = [&](double value) { return move.is_ratio ? std::exp(value) : value; };
  move.change = shown(estimate.value);
  if (!estimate.low || !estimate.high) return move;
  move.low = shown(*estimate.low);
  move.high = shown(*estimate.high);
  const double resolution = resolution_of(name);
  move.p = paired_t_p(effects, move.is_ratio ? resolution / least : resolution);
  return move;
}

bool excludes_no_change(const CounterMove& move) {
  const double none = move.is_ratio ? 1 : 0;
  return move.low && move.high && (*move.low > none || *move.high < none);
}

/// How far a counter moved for sure: the nearer end of its interval, on a logarithmic scale on
/// which a counter that stood at 0 counts as 1.
double sure_change(const CounterMove& move) {
  const double low = move.low.value_or(move.change);
  const double high = move.high.value_or(move.change);
  if (move.is_ratio) return std::min(std::fabs(std::log(low)), std::fabs(std::log(high)));
  const double least = std::min(std::fabs(low), std::fabs(high));
  return std::log1p(least /
                    (std::min(std::fabs(move.base.median), std::fabs(move.arm.median)) + 1));
}

}  // namespace

void CounterTable::judge(Why& why, std::vector<Group> groups, bool exact) const {
  // One number under several names is one finding.
  std::stable_sort(groups.begin(), groups.end(), [&](const Group& a, const Group& b) {
    return rank_of_source(names_[a.name].source) < rank_of_source(names_[b.name].source);
  });
  std::map<std::pair<std::vector<double>, std::vector<double>>, std::size_t> seen;
  std::vector<Group> distinct;
  for (Group& group : groups) {
    const auto [place, is_new] = seen.try_emplace({group.base, group.arm}, distinct.size());
    if (is_new)
      distinct.push_back(std::move(group));
    else
      distinct[place->second].aliases.push_back(group.name);
  }
  why.looked_at = static_cast<std::uint32_t>(distinct.size());
  std::vector<CounterMove> moves;
  std::vector<double> p;
  for (const Group& group : distinct) {
    if (group.base.empty()) continue;
    why.blocks = std::max(why.blocks, static_cast<std::uint32_t>(group.base.size()));
    CounterMove move = measure(names_[group.name], group.base, group.arm);
    move.base.boots = group.base_boots;
    move.arm.boots = group.arm_boots;
    for (const std::uint32_t alias : group.aliases)
      move.aliases.push_back(names_[alias].source + " " + names_[alias].name);
    if (exact) {
      const auto alike = [](const std::vector<double>& values) {
        return std::all_of(values.begin(), values.end(),
                           [&](double value) { return value == values[0]; });
      };
      if (!alike(group.base) || !alike(group.arm) || group.base[0] == group.arm[0]) continue;
      move.exact = true;
      move.low = move.high = move.change;
      move.p.reset();
    } else if (!move.p) {
      continue;
    } else {
      p.push_back(*move.p);
    }
    moves.push_back(std::move(move));
  }
  if (!exact) {
    const std::vector<double> adjusted = benjamini_hochberg(p);
    for (std::size_t i = 0; i < moves.size(); ++i) moves[i].adjusted_p = adjusted[i];
  }
  for (CounterMove& move : moves)
    if (move.exact || (move.adjusted_p && *move.adjusted_p <= kLevel && excludes_no_change(move)))
      why.moved.push_back(std::move(move));
  std::stable_sort(why.moved.begin(), why.moved.end(),
                   [](const auto& a, const auto& b) { return sure_change(a) > sure_change(b); });
}

void CounterTable::fill(Why& why, std::uint32_t baseline, bool exact) const {
  const bool count_perturbed = results_.run.count_perturbed;
  judge(why, groups_at(why, baseline, count_perturbed), exact);
  if (why.moved.size() > kMostMoves) why.moved.resize(kMostMoves);
  if (count_perturbed) return;
  for (const Group& group : groups_at(why, baseline, true)) {
    // What was counted undisturbed as well says the same in a worse place.
    const CounterName& name = names_[group.name];
    if (group.base.empty() || (name.source != "contention" && name.source != "functions")) continue;
    CounterMove move = measure(name, group.base, group.arm);
    move.base.boots = group.base_boots;
    move.arm.boots = group.arm_boots;
    move.p.reset();
    why.apart.push_back(std::move(move));
  }
  const auto key = [](const CounterMove& move) {
    return std::make_tuple(move.source, move.name.substr(move.name.rfind('.') + 1) != "wait_ns",
                           -std::fabs(move.arm.median - move.base.median));
  };
  std::stable_sort(why.apart.begin(), why.apart.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  if (why.apart.size() > kMostMoves) why.apart.resize(kMostMoves);
}

}  // namespace faultline
