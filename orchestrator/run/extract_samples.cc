// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/extract_samples.h"

#include <re2/re2.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.h"

namespace faultline {
namespace {

/// The last line's first group that matches, or nothing.
std::optional<std::string> last_match(const RE2& pattern, const std::string& output) {
  re2::StringPiece rest(output);
  re2::StringPiece group;
  std::optional<std::string> found;
  while (RE2::FindAndConsume(&rest, pattern, &group)) {
    found = group.as_string();
    if (rest.empty()) break;
    // A pattern that can match nothing would be found at the same place for ever.
    if (group.empty() && !rest.empty()) rest.remove_prefix(1);
  }
  return found;
}

std::optional<double> finite_number(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

ExtractedSamples extract_samples(const std::vector<MetricDefinition>& metrics,
                                 const std::vector<IterationRecord>& iterations) {
  ExtractedSamples result;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_nl(false);
  for (const MetricDefinition& metric : metrics) {
    if (!metric.per_call.empty()) continue;  // nobody prints these
    const RE2 pattern("(?m)" + metric.pattern, options);
    bool any = false;
    for (std::uint32_t i = 0; i < iterations.size(); ++i) {
      const IterationRecord& iteration = iterations[i];
      if (iteration.end != ProcessEnd{}) continue;
      const auto text = last_match(pattern, iteration.standard_output);
      if (!text) continue;
      if (const auto value = finite_number(*text)) {
        result.samples.push_back({metric.name, i, *value});
        any = true;
      } else {
        result.problems.push_back("metric " + metric.name + ": '" + printable(*text, 40) +
                                  "' is not a finite number");
      }
    }
    if (!any && metric.primary)
      result.problems.push_back("no value of the primary metric " + metric.name + " was printed");
  }
  return result;
}

}  // namespace faultline
