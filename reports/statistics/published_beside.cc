// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/published_beside.h"

#include "reports/statistics/sweep.h"

namespace faultline {
namespace {

bool belongs(const Comparison& ours, const PublishedPair& pair, const Results& results) {
  const MetricInfo& metric = results.run.metrics[ours.metric];
  const ResultStep& step = results.steps[ours.step];
  return metric.workload == pair.workload && metric.name == pair.metric &&
         step.workload == pair.workload && results.run.arms[ours.arm] == pair.arm &&
         label_has(step.params, pair.params);
}

}  // namespace

std::vector<PublishedBeside> published_beside(const Report& report) {
  const std::vector<PublishedPair>& pairs = report.results.run.published.pairs;
  std::vector<PublishedBeside> all(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    all[i].pair = static_cast<std::uint32_t>(i);
    if (pairs[i].metric.empty()) continue;
    for (std::size_t c = 0; c < report.comparisons.size(); ++c)
      if (belongs(report.comparisons[c], pairs[i], report.results))
        all[i].comparisons.push_back(static_cast<std::uint32_t>(c));
  }
  return all;
}

}  // namespace faultline
