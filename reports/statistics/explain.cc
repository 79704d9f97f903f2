// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/explain.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "reports/format.h"
#include "reports/statistics/comparisons.h"
#include "reports/statistics/counter_moves.h"
#include "reports/statistics/exactness.h"
#include "reports/statistics/parallel.h"
#include "reports/statistics/profile_difference.h"

namespace faultline {
namespace {

constexpr std::size_t kMostPlaces = 40;

using Place = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;  // Topology, step, arm.

double strength(const Comparison& c) {
  return c.is_ratio && c.effect.value > 0 ? std::fabs(std::log(c.effect.value)) : 0;
}

/// The strongest first: primary metrics before others.
std::pair<bool, double> weight(const Comparison& c) {
  return {c.primary, strength(c)};
}

/// What was executed, of places where both arms are exact. (Where a boot of an arm differs from
/// another, one boot's count is not the arm's.)
void add_executions(Report& report, std::uint32_t baseline) {
  const Results& results = report.results;
  std::map<Place, const StepProfile*> executed;
  for (const ResultExecution& one : results.executions) {
    if (one.boot >= results.boots.size() || one.step >= results.steps.size()) continue;
    const ResultBoot& boot = results.boots[one.boot];
    if (is_exact(report.proofs, boot.arm, boot.topology))
      executed[{boot.topology, one.step, boot.arm}] = &one.profile;
  }
  for (Why& why : report.why) {
    const auto base = executed.find({why.topology, why.step, baseline});
    const auto arm = executed.find({why.topology, why.step, why.arm});
    if (base == executed.end() || arm == executed.end()) continue;
    why.executed = difference_of_executions(*base->second, *arm->second);
    auto stacks = difference_of_stacks(*base->second, *arm->second);
    if (!stacks || why.profile) continue;
    why.profile = static_cast<std::uint32_t>(report.profiles.size());
    stacks->arm = why.arm;
    stacks->topology = why.topology;
    stacks->step = why.step;
    report.profiles.push_back(std::move(*stacks));
  }
}

}  // namespace

void explain(Report& report, const std::vector<bool>& counted, unsigned threads) {
  const Results& results = report.results;
  const auto baseline = baseline_of(results.run);
  if (!baseline ||
      (results.counters.empty() && results.profiles.empty() && results.executions.empty()))
    return;
  report.profiles = difference_of_profiles(results, counted, *baseline);

  std::map<Place, Why> places;
  const auto place_of = [&](std::uint32_t topology, std::uint32_t step, std::uint32_t arm) -> Why& {
    Why& why = places[{topology, step, arm}];
    why.arm = arm;
    why.topology = topology;
    why.step = step;
    return why;
  };
  std::optional<std::uint32_t> open;
  const auto at = [&](std::uint32_t i) -> const Comparison& { return report.comparisons[i]; };
  for (std::uint32_t i = 0; i < report.comparisons.size(); ++i) {
    const Comparison& c = at(i);
    if (is_difference(c.verdict)) {
      Why& why = place_of(c.topology, c.step, c.arm);
      why.confirmed = true;
      why.comparisons.push_back(i);
    } else if (c.verdict == Verdict::inconclusive && has_effect(c) &&
               (!open || weight(at(*open)) < weight(c))) {
      open = i;
    }
  }
  for (std::uint32_t i = 0; i < report.profiles.size(); ++i) {
    const ProfileDifference& profile = report.profiles[i];
    Why& why = place_of(profile.topology, profile.step, profile.arm);
    why.profile = i;
    if (why.confirmed) continue;
    for (std::uint32_t k = 0; k < report.comparisons.size(); ++k)
      if (const Comparison& c = at(k); c.topology == why.topology && c.step == why.step &&
                                       c.arm == why.arm && c.primary && has_effect(c))
        why.comparisons.push_back(k);
  }
  if (open) {
    Why& why = place_of(at(*open).topology, at(*open).step, at(*open).arm);
    if (why.comparisons.empty()) why.comparisons.push_back(*open);
  }
  for (auto& [place, why] : places) {
    std::stable_sort(why.comparisons.begin(), why.comparisons.end(),
                     [&](auto a, auto b) { return weight(at(a)) > weight(at(b)); });
    report.why.push_back(std::move(why));
  }
  const auto order = [&](const Why& why) {
    return std::make_pair(why.confirmed, why.comparisons.empty() ? std::make_pair(false, 0.0)
                                                                 : weight(at(why.comparisons[0])));
  };
  std::stable_sort(report.why.begin(), report.why.end(),
                   [&](const Why& a, const Why& b) { return order(a) > order(b); });
  if (report.why.size() > kMostPlaces) {
    report.why_left_out = static_cast<std::uint32_t>(report.why.size() - kMostPlaces);
    report.why.resize(kMostPlaces);
  }
  add_executions(report, *baseline);
  const CounterTable table(results, counted);
  parallel_for(report.why.size(), threads, [&](std::size_t i) {
    Why& why = report.why[i];
    const bool exact = is_exact(report.proofs, why.arm, why.topology) &&
                       is_exact(report.proofs, *baseline, why.topology);
    table.fill(why, *baseline, exact);
  });
}

}  // namespace faultline
