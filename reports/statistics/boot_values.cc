// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/boot_values.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "reports/statistics/rank_statistics.h"

namespace faultline {
namespace {

double reduce(const std::string& summary, std::vector<double>& values) {
  if (summary == "min") return *std::min_element(values.begin(), values.end());
  if (summary == "max") return *std::max_element(values.begin(), values.end());
  if (summary == "sum") return std::accumulate(values.begin(), values.end(), 0.0);
  if (summary == "mean")
    return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
  return median_of(values);
}

/// A sample that counts, with its place in the report.
struct Placed {
  std::uint32_t topology, step, metric, arm, boot;
  double value;
  auto key() const { return std::tie(topology, step, metric, arm, boot); }
};

}  // namespace

std::vector<bool> counted_boots(const Results& results) {
  std::vector<std::uint32_t> order(results.boots.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto key = [&](std::uint32_t i) {
    const ResultBoot& boot = results.boots[i];
    return std::make_tuple(boot.block, boot.arm, boot.topology, boot.attempt, i);
  };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
  std::vector<bool> counted(results.boots.size(), false);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const ResultBoot& boot = results.boots[order[i]];
    if (i + 1 < order.size()) {
      const ResultBoot& next = results.boots[order[i + 1]];
      if (std::tie(boot.block, boot.arm, boot.topology) ==
          std::tie(next.block, next.arm, next.topology))
        continue;
    }
    counted[order[i]] =
        boot.outcome.kind != OutcomeKind::infra_failed &&
        boot.outcome.kind != OutcomeKind::cancelled &&
        !(boot.outcome.kind == OutcomeKind::completed && !boot.contamination.empty()) &&
        boot.arm < results.run.arms.size() && boot.topology < results.run.topologies.size();
  }
  return counted;
}

std::uint32_t failed_step(const Results& results, const ResultBoot& boot) {
  const auto none = static_cast<std::uint32_t>(results.steps.size());
  if (boot.outcome.kind == OutcomeKind::completed || !boot.outcome.phase.starts_with("step "))
    return none;
  const std::string name = boot.outcome.phase.substr(5);
  for (std::uint32_t i = 0; i < none; ++i) {
    const ResultStep& step = results.steps[i];
    if (name == (step.params.empty() ? step.workload : step.workload + " " + step.params)) return i;
  }
  return none;
}

std::vector<BootValue> reduce_samples(const Results& results, LeftOut& left_out) {
  const std::vector<bool> counted = counted_boots(results);
  std::vector<std::uint32_t> failed(results.boots.size());
  for (std::size_t i = 0; i < failed.size(); ++i)
    failed[i] = failed_step(results, results.boots[i]);

  std::vector<Placed> placed;
  placed.reserve(results.samples.size());
  for (const ResultSample& sample : results.samples) {
    if (sample.boot >= results.boots.size() || sample.step >= results.steps.size() ||
        sample.metric >= results.run.metrics.size()) {
      ++left_out.dangling;
      continue;
    }
    if (!counted[sample.boot]) continue;
    if (failed[sample.boot] == sample.step) {
      ++left_out.failed_steps;
      continue;
    }
    if (!std::isfinite(sample.value)) {
      ++left_out.not_finite;
      continue;
    }
    const ResultBoot& boot = results.boots[sample.boot];
    placed.push_back(
        {boot.topology, sample.step, sample.metric, boot.arm, sample.boot, sample.value});
  }
  std::sort(placed.begin(), placed.end(),
            [](const Placed& a, const Placed& b) { return a.key() < b.key(); });

  std::vector<BootValue> values;
  std::vector<double> iterations;
  for (std::size_t i = 0; i < placed.size();) {
    iterations.clear();
    std::size_t end = i;
    for (; end < placed.size() && placed[end].key() == placed[i].key(); ++end)
      iterations.push_back(placed[end].value);
    const Placed& first = placed[i];
    const auto n = static_cast<std::uint32_t>(iterations.size());
    const double value = reduce(results.run.metrics[first.metric].summary, iterations);
    if (std::isfinite(value))
      values.push_back({first.boot, first.step, first.metric, n, value});
    else
      left_out.not_finite += n;  // A sum beyond the doubles.
    i = end;
  }
  return values;
}

}  // namespace faultline
