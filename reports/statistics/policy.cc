// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/policy.h"

#include <charconv>
#include <cmath>

namespace faultline {
namespace {

constexpr std::string_view kMarginOf = "analysis.margin ";

std::optional<double> positive(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
      value <= 0)
    return std::nullopt;
  return value;
}

}  // namespace

std::optional<double> AnalysisPolicy::margin_of(const MetricInfo& metric) const {
  if (const auto own = margins.find(metric.name); own != margins.end()) return own->second;
  return metric.scale == "difference" ? std::nullopt : equivalence;
}

AnalysisPolicy policy_of(const RunInfo& run) {
  AnalysisPolicy policy;
  const auto declared = [&](const char* name) {
    const auto found = run.declared.find(name);
    return found == run.declared.end() ? std::string() : found->second;
  };
  policy.method = method_from(declared("analysis.method")).value_or(Method::hodges_lehmann);
  policy.equivalence = positive(declared("analysis.equivalence"));
  for (const auto& [name, value] : run.declared)
    if (name.starts_with(kMarginOf))
      if (const auto margin = positive(value))
        policy.margins[name.substr(kMarginOf.size())] = *margin;
  if (run.declared.contains("gate"))
    policy.gate =
        AnalysisPolicy::Gate{.inconclusive_fails = declared("gate.inconclusive") == "fail",
                             .any_times = declared("gate.times") == "any"};
  return policy;
}

}  // namespace faultline
