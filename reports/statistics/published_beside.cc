// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/published_beside.h"

#include <algorithm>
#include <string_view>

namespace faultline {
namespace {

/// True if "children=16 pages=64" has the word "pages=64".
bool has_word(std::string_view label, std::string_view word) {
  for (std::size_t at = 0; at <= label.size();) {
    const std::size_t end = std::min(label.find(' ', at), label.size());
    if (label.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

bool belongs(const Comparison& ours, const PublishedPair& pair, const Results& results) {
  const MetricInfo& metric = results.run.metrics[ours.metric];
  const ResultStep& step = results.steps[ours.step];
  return metric.workload == pair.workload && metric.name == pair.metric &&
         step.workload == pair.workload && results.run.arms[ours.arm] == pair.arm &&
         std::all_of(pair.params.begin(), pair.params.end(),
                     [&](const std::string& word) { return has_word(step.params, word); });
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
