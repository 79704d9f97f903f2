// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "reports/format.h"
#include "reports/statistics/boot_values.h"
#include "reports/statistics/comparisons.h"
#include "reports/statistics/exactness.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sweep.h"

namespace faultline {
namespace {

constexpr std::size_t kNameLength = 40;  ///< Of a name in a sentence.
constexpr std::size_t kArmsInHeadline = 3;
constexpr std::size_t kMetricsBeside = 2;  ///< Further primary metrics of an arm.

/// One primary metric of one step in one arm, over all topologies.
struct Finding {
  std::vector<const Comparison*> clear;  ///< Those with the verdict of the strongest.
  double strength = 0;                   ///< Of the weakest clear topology, as |log ratio|.
  bool contradicted = false;             ///< A topology shows the opposite, or no difference.
};

struct Span {
  double low, high;
};

std::string span_text(double low, double high, int decimals) {
  const std::string from = fmt::format("{:.{}f}", low, decimals);
  const std::string to = fmt::format("{:.{}f}", high, decimals);
  return from == to ? from : from + "–" + to;
}

/// The intervals of all comparisons together.
Span hull(const std::vector<const Comparison*>& comparisons) {
  Span span{INFINITY, -INFINITY};
  for (const Comparison* c : comparisons) {
    span.low = std::min(span.low, c->effect.low.value_or(c->effect.value));
    span.high = std::max(span.high, c->effect.high.value_or(c->effect.value));
  }
  return span;
}

bool is_time(const std::string& unit) {
  return unit == "s" || unit == "ms" || unit == "us" || unit == "ns";
}

/// "two topologies", "topology one-node".
std::string topologies_text(const Report& report, const std::vector<const Comparison*>& group) {
  static const char* const kWords[] = {"no", "one", "two", "three", "four", "five", "six"};
  std::set<std::uint32_t> topologies;
  for (const Comparison* c : group) topologies.insert(c->topology);
  if (topologies.size() == 1)
    return short_name(report.results.run.topologies[*topologies.begin()], kNameLength);
  return (topologies.size() <= 6 ? kWords[topologies.size()] : std::to_string(topologies.size())) +
         std::string(" topologies");
}

std::string basis_text(const Report& report, const std::vector<const Comparison*>& group) {
  auto blocks = std::make_pair(UINT32_MAX, std::uint32_t{0});
  for (const Comparison* c : group) {
    blocks.first = std::min(blocks.first, c->effect.n);
    blocks.second = std::max(blocks.second, c->effect.n);
  }
  const std::string unit = group.front()->over_layouts ? "text layout" : "block";
  std::string text = blocks.first == blocks.second
                         ? count_of(blocks.first, unit)
                         : fmt::format("{}–{} {}s", blocks.first, blocks.second, unit);
  if (group.front()->exact) text = "exact";
  text += ", " + accelerator_name(report.results.run.accel);
  std::set<std::string> labels;
  for (const Comparison* c : group)
    if (c->time_label) labels.insert(to_string(*c->time_label));
  for (const std::string& label : labels) text += ", " + label;
  return fmt::format("({}, {})", topologies_text(report, group), text);
}

/// "rmap-walk at children=256": the parameters that differ between the workload's steps.
std::string where_text(const Report& report, std::uint32_t step) {
  const ResultStep& own = report.results.steps[step];
  std::string text = short_name(own.workload, kNameLength);
  std::string varying;
  for (const auto& [name, value] : label_parameters(own.params)) {
    bool differs = false;
    for (const ResultStep& other : report.results.steps)
      if (other.workload == own.workload)
        for (const auto& [other_name, other_value] : label_parameters(other.params))
          differs |= other_name == name && other_value != value;
    if (differs) varying += " " + name + "=" + value;
  }
  if (!varying.empty()) text += " at" + short_name(varying, 2 * kNameLength);
  return text;
}

/// The verdict's direction; only for differences.
bool is_higher(const Comparison& c) {
  return c.effect.value > no_effect(c);
}

bool agree(const Comparison& a, const Comparison& b) {
  return is_difference(a.verdict) && is_difference(b.verdict) && is_higher(a) == is_higher(b);
}

/// "shared is 61–75 × slower than chains in walk_seconds of rmap-walk at children=256".
std::string effect_text(const Report& report, const std::vector<const Comparison*>& group) {
  const Comparison& first = *group.front();
  const RunInfo& run = report.results.run;
  const MetricInfo& metric = run.metrics[first.metric];
  const std::string arm = short_name(run.arms[first.arm], kNameLength);
  const std::string base = short_name(run.baseline, kNameLength);
  const std::string name = short_name(metric.name, kNameLength);
  const std::string where = where_text(report, first.step);
  const bool higher = is_higher(first);
  const std::string judged = first.verdict == Verdict::improved    ? ", which is better"
                             : first.verdict == Verdict::regressed ? ", which is worse"
                                                                   : "";
  const Span span = hull(group);
  if (!first.is_ratio)
    return fmt::format(
        "{} of {} is {} by {} to {} in {} than in {}{}", name, where, higher ? "higher" : "lower",
        format_quantity(std::fabs(higher ? span.low : span.high), metric.unit),
        format_quantity(std::fabs(higher ? span.high : span.low), metric.unit), arm, base, judged);
  const double low = higher ? span.low : 1 / span.high;
  const double high = higher ? span.high : 1 / span.low;
  const bool timed = is_time(metric.unit) && metric.direction == "lower";
  if (low >= 2) {
    const std::string range = span_text(low, high, low < 10 ? 1 : 0);
    if (timed)
      return fmt::format("{} is {} × {} than {} in {} of {}", arm, range,
                         higher ? "slower" : "faster", base, name, where);
    return fmt::format("{} has {} × {} {} than {} in {}{}", arm, range, higher ? "more" : "less",
                       name, base, where, judged);
  }
  double from = std::fabs(span.low - 1) * 100;
  double to = std::fabs(span.high - 1) * 100;
  if (from > to) std::swap(from, to);
  const std::string range = span_text(from, to, from < 9.95 ? 1 : 0) + " %";
  if (timed)
    return fmt::format("{} needs {} {} time than {} in {} of {}", arm, range,
                       higher ? "more" : "less", base, name, where);
  return fmt::format("{} has {} {} {} than {} in {}{}", arm, range, higher ? "more" : "less", name,
                     base, where, judged);
}

double strength(const Comparison& c) {
  // Differences have no common scale: a clear one counts, after all ratios.
  return c.is_ratio && c.effect.value > 0 ? std::fabs(std::log(c.effect.value)) : 0;
}

std::optional<Finding> strongest_finding(const std::vector<const Comparison*>& of_arm) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<const Comparison*>> groups;
  for (const Comparison* c : of_arm) groups[{c->metric, c->step}].push_back(c);
  std::optional<Finding> best;
  for (const auto& [key, group] : groups) {
    const Comparison* strongest = nullptr;
    for (const Comparison* c : group)
      if (is_difference(c->verdict) &&
          (strongest == nullptr || strength(*c) > strength(*strongest)))
        strongest = c;
    if (strongest == nullptr) continue;
    Finding finding;
    finding.strength = strength(*strongest);
    for (const Comparison* c : group)
      if (agree(*c, *strongest)) {
        finding.clear.push_back(c);
        finding.strength = std::min(finding.strength, strength(*c));
      } else {
        finding.contradicted |= c->verdict != Verdict::not_comparable && c->effect.low.has_value();
      }
    if (!best || std::make_pair(!finding.contradicted, finding.strength) >
                     std::make_pair(!best->contradicted, best->strength))
      best = std::move(finding);
  }
  return best;
}

/// "+0.1 % to +3.2 %": what the intervals of one metric allow.
std::string range_text(const Report& report, const std::vector<const Comparison*>& group) {
  const Span span = hull(group);
  if (group.front()->is_ratio)
    return fmt::format("{:+.1f} % to {:+.1f} %", (span.low - 1) * 100, (span.high - 1) * 100);
  const std::string& unit = report.results.run.metrics[group.front()->metric].unit;
  return format_quantity(span.low, unit) + " to " + format_quantity(span.high, unit);
}

/// "identical", "equal within 0.2 %": of comparisons that are all equivalent.
std::string equality_text(const Report& report, const std::vector<const Comparison*>& group) {
  const Comparison& first = *group.front();
  const double none = no_effect(first);
  const Span span = hull(group);
  if (span.low == none && span.high == none) return "identical";
  if (first.is_ratio)
    return fmt::format("equal within {:.2g} %", (std::max(span.high, 1 / span.low) - 1) * 100);
  return "equal within " + format_quantity(std::max(std::fabs(span.low), std::fabs(span.high)),
                                           report.results.run.metrics[first.metric].unit);
}

/// ", but the other way round in 2 of 6 comparisons", or "": of those of the lead's metric and arm.
std::string opposite_text(const Comparison& lead, const std::vector<const Comparison*>& alike) {
  const auto opposite = std::count_if(alike.begin(), alike.end(), [&](const Comparison* c) {
    return is_difference(c->verdict) && !agree(*c, lead);
  });
  if (opposite == 0) return "";
  return fmt::format(", but the other way round in {} of {}", opposite,
                     count_of(alike.size(), "comparison"));
}

/// What to add about a further primary metric of an arm; "" if the table says it better.
std::string beside_text(const Report& report, const std::vector<const Comparison*>& of_metric) {
  if (const auto finding = strongest_finding(of_metric))
    return effect_text(report, finding->clear) + opposite_text(*finding->clear.front(), of_metric);
  const MetricInfo& metric = report.results.run.metrics[of_metric.front()->metric];
  const std::string name =
      short_name(metric.name, kNameLength) + " of " + short_name(metric.workload, kNameLength);
  const auto all = [&](auto wanted) {
    return std::all_of(of_metric.begin(), of_metric.end(), wanted);
  };
  if (all([](const Comparison* c) { return c->verdict == Verdict::equivalent; }))
    return name + " is " + equality_text(report, of_metric);
  if (all([](const Comparison* c) { return c->effect.low.has_value(); }))
    return "no clear difference in " + name + ", within " + range_text(report, of_metric);
  return "";
}

std::string clear_sentence(const Report& report, const Finding& finding,
                           const std::vector<const Comparison*>& of_arm) {
  std::string text = effect_text(report, finding.clear) + " " + basis_text(report, finding.clear);
  std::map<std::uint32_t, std::vector<const Comparison*>> by_metric;
  for (const Comparison* c : of_arm) by_metric[c->metric].push_back(c);
  const Comparison& lead = *finding.clear.front();
  text += opposite_text(lead, by_metric[lead.metric]);
  std::size_t told = 0;
  for (const auto& [metric, comparisons] : by_metric) {
    if (metric == lead.metric || !lead.primary) continue;
    const std::string beside = beside_text(report, comparisons);
    if (!beside.empty() && told++ < kMetricsBeside) text += "; " + beside;
  }
  return text;
}

/// The one value that a metric had in every boot of an arm and of the baseline, if it had one: what
/// a check that counts violations is about, however few its blocks. Not of times, which are equal
/// by their rounding alone.
std::optional<double> only_value(const Report& report, const Comparison& of) {
  if (is_time(report.results.run.metrics[of.metric].unit)) return std::nullopt;
  const auto& arms = report.results.run.arms;
  std::optional<double> value;
  for (const CellSummary& cell : report.cells) {
    const bool compared = cell.arm == of.arm || arms[cell.arm] == report.results.run.baseline;
    if (cell.metric != of.metric || !compared) continue;
    if (!cell.missing.empty()) return std::nullopt;  // A boot that failed, or is still to come.
    if (cell.min != cell.max || (value && *value != cell.min)) return std::nullopt;
    value = cell.min;
  }
  return value;
}

/// What to say about an arm in which nothing is clear.
std::string unclear_sentence(const Report& report, const std::vector<const Comparison*>& of_arm,
                             bool begins) {
  const RunInfo& run = report.results.run;
  const auto those = [&](auto wanted) {
    std::vector<const Comparison*> group;
    for (const Comparison* c : of_arm)
      if (wanted(*c) && (group.empty() || c->metric == group.front()->metric)) group.push_back(c);
    return group;
  };
  const std::string arm = short_name(run.arms[of_arm.front()->arm], kNameLength);
  const std::string base = short_name(run.baseline, kNameLength);
  const auto in_metric = [&](const std::vector<const Comparison*>& group) {
    const MetricInfo& metric = run.metrics[group.front()->metric];
    return "in " + short_name(metric.name, kNameLength) + " of " +
           short_name(metric.workload, kNameLength);
  };
  const auto open = those([](const Comparison& c) {
    return c.verdict == Verdict::inconclusive && c.effect.low.has_value();
  });
  if (!open.empty())
    return fmt::format("{} clear difference between {} and {} {}: within {} {}",
                       begins ? "No" : "no", arm, base, in_metric(open), range_text(report, open),
                       basis_text(report, open));
  const auto few = those([](const Comparison& c) { return c.verdict == Verdict::inconclusive; });
  if (!few.empty() && few.front()->reason == kNotProvenYet)
    return fmt::format("{} is proven yet of {} and {}: a second boot of each has to agree",
                       begins ? "Nothing" : "nothing", arm, base);
  if (!few.empty()) {
    std::uint32_t most = 0;
    for (const Comparison* c : few) most = std::max(most, c->effect.n);
    if (const auto value = only_value(report, *few.front())) {
      const MetricInfo& metric = run.metrics[few.front()->metric];
      return fmt::format(
          "{} of {} is {} in every boot of {} and {} ({}; a verdict needs {})",
          short_name(metric.name, kNameLength), short_name(metric.workload, kNameLength),
          format_quantity(*value, metric.unit), arm, base,
          count_of(most, few.front()->over_layouts ? "text layout" : "block"), kFewestForInterval);
    }
    return fmt::format(
        "{} few {} to tell {} from {}: {} complete, {} are needed", begins ? "Too" : "too",
        few.front()->over_layouts ? "text layouts" : "blocks", arm, base, most, kFewestForInterval);
  }
  const auto equal = those([](const Comparison& c) { return c.verdict == Verdict::equivalent; });
  if (!equal.empty())
    return fmt::format("{} and {} are {} {} {}", arm, base, equality_text(report, equal),
                       in_metric(equal), basis_text(report, equal));
  return fmt::format("{} and {} cannot be compared: {}", arm, base, of_arm.front()->reason);
}

/// Of a calibration: what the baseline against itself showed.
std::string calibration_sentence(const Report& report) {
  const Calibration& c = *report.calibration;
  if (c.comparisons == 0)
    return fmt::format("{} against itself: too few {}s to judge, {} are needed",
                       short_name(report.results.run.baseline, kNameLength), c.unit,
                       kFewestForInterval);
  std::string text = fmt::format(
      "{} against itself: {} of {} called different ({:.1f} %, 95 % interval {:.1f} to {:.1f} %)",
      short_name(report.results.run.baseline, kNameLength), c.false_positives,
      count_of(c.comparisons, "comparison"), c.rate * 100, c.rate_low * 100, c.rate_high * 100);
  if (c.visible_ratio > 0)
    text += fmt::format("; {} show effects from {} on", count_of(c.visible_blocks, c.unit),
                        size_text(c.visible_ratio));
  return text;
}

/// "shared failed in 1 of 12 boots".
std::string failures_text(const Report& report) {
  const RunInfo& run = report.results.run;
  const std::vector<bool> counted = counted_boots(report.results);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> failed_of(run.arms.size());
  for (std::size_t i = 0; i < counted.size(); ++i) {
    if (!counted[i]) continue;
    auto& [failed, boots] = failed_of[report.results.boots[i].arm];
    ++boots;
    failed += report.results.boots[i].outcome.kind != OutcomeKind::completed;
  }
  std::string text;
  for (std::size_t arm = 0; arm < failed_of.size(); ++arm)
    if (const auto& [failed, boots] = failed_of[arm]; failed > 0)
      text += fmt::format("{}{} failed in {} of {}", text.empty() ? "" : ", ",
                          short_name(run.arms[arm], kNameLength), failed, count_of(boots, "boot"));
  return text;
}

}  // namespace

std::string make_headline(const Report& report) {
  const RunInfo& run = report.results.run;
  if (run.kind == "calibration" && report.calibration && !report.results.boots.empty())
    return calibration_sentence(report) + ".";
  const bool any_primary = std::any_of(report.comparisons.begin(), report.comparisons.end(),
                                       [&](const Comparison& c) { return c.primary; });
  std::map<std::uint32_t, std::vector<const Comparison*>> by_arm;
  for (const Comparison& c : report.comparisons)
    if (!any_primary || c.primary) by_arm[c.arm].push_back(&c);

  std::string text;
  std::size_t told = 0;
  for (const auto& [arm, of_arm] : by_arm) {
    if (told == kArmsInHeadline) {
      text += fmt::format("; {} in the table", count_of(by_arm.size() - told, "further arm"));
      break;
    }
    const auto finding = strongest_finding(of_arm);
    if (told++ > 0) text += "; ";
    text += finding ? clear_sentence(report, *finding, of_arm)
                    : unclear_sentence(report, of_arm, text.empty());
  }
  if (text.empty())
    text = report.results.boots.empty() ? "No result: nothing has been booted"
           : run.arms.size() < 2        ? "Nothing to compare: the experiment has one arm"
                                        : "No result: there is nothing to compare";
  const std::string failures = failures_text(report);
  if (!failures.empty()) text += "; " + failures;
  return text + ".";
}

}  // namespace faultline
