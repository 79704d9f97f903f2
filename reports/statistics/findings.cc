// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "reports/format.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sweep.h"

namespace faultline {
namespace {

constexpr std::size_t kNameLength = 40;  ///< Of a name in a sentence.
constexpr std::size_t kArmsInHeadline = 3;
constexpr std::size_t kPlacesInWarning = 12;  ///< Kinds of trouble listed one by one.

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
  const std::string count = blocks.first == blocks.second
                                ? count_of(blocks.first, "block")
                                : fmt::format("{}–{} blocks", blocks.first, blocks.second);
  return fmt::format("({}, {}, {})", topologies_text(report, group), count,
                     accelerator_name(report.results.run.accel));
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

/// "shared is 61–75 × slower than chains in walk_seconds of rmap-walk at children=256".
std::string effect_text(const Report& report, const std::vector<const Comparison*>& group) {
  const Comparison& first = *group.front();
  const RunInfo& run = report.results.run;
  const MetricInfo& metric = run.metrics[first.metric];
  const std::string arm = short_name(run.arms[first.arm], kNameLength);
  const std::string base = short_name(run.baseline, kNameLength);
  const std::string name = short_name(metric.name, kNameLength);
  const std::string where = where_text(report, first.step);
  const bool higher = first.verdict == "higher";
  const std::string judged = first.better  ? ", which is better"
                             : first.worse ? ", which is worse"
                                           : "";
  const Span span = hull(group);
  if (!first.is_ratio)
    return fmt::format("{} of {} is {} by {} to {} in {} than in {}{}", name, where, first.verdict,
                       format_quantity(std::fabs(higher ? span.low : span.high), metric.unit),
                       format_quantity(std::fabs(higher ? span.high : span.low), metric.unit), arm,
                       base, judged);
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

bool is_clear(const Comparison& c) {
  return c.verdict == "higher" || c.verdict == "lower";
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
      if (is_clear(*c) && (strongest == nullptr || strength(*c) > strength(*strongest)))
        strongest = c;
    if (strongest == nullptr) continue;
    Finding finding;
    finding.strength = strength(*strongest);
    for (const Comparison* c : group)
      if (c->verdict == strongest->verdict) {
        finding.clear.push_back(c);
        finding.strength = std::min(finding.strength, strength(*c));
      } else {
        finding.contradicted |= is_clear(*c) || c->verdict == "no clear difference";
      }
    if (!best || std::make_pair(!finding.contradicted, finding.strength) >
                     std::make_pair(!best->contradicted, best->strength))
      best = std::move(finding);
  }
  return best;
}

std::string clear_sentence(const Report& report, const Finding& finding,
                           const std::vector<const Comparison*>& of_arm) {
  std::string text = effect_text(report, finding.clear) + " " + basis_text(report, finding.clear);
  const std::size_t opposite = static_cast<std::size_t>(
      std::count_if(of_arm.begin(), of_arm.end(), [&](const Comparison* c) {
        return is_clear(*c) && c->metric == finding.clear.front()->metric &&
               c->verdict != finding.clear.front()->verdict;
      }));
  if (opposite > 0)
    text += fmt::format(", but the other way round in {} of {}", opposite,
                        count_of(of_arm.size(), "primary comparison"));
  return text;
}

/// What to say about an arm in which nothing is clear.
std::string unclear_sentence(const Report& report, const std::vector<const Comparison*>& of_arm) {
  const RunInfo& run = report.results.run;
  const auto with_verdict = [&](const char* verdict) {
    std::vector<const Comparison*> group;
    for (const Comparison* c : of_arm)
      if (c->verdict == verdict && (group.empty() || c->metric == group.front()->metric))
        group.push_back(c);
    return group;
  };
  const std::string arm = short_name(run.arms[of_arm.front()->arm], kNameLength);
  const std::string base = short_name(run.baseline, kNameLength);
  if (const auto group = with_verdict("no clear difference"); !group.empty()) {
    const MetricInfo& metric = run.metrics[group.front()->metric];
    const Span span = hull(group);
    std::string range;
    if (group.front()->is_ratio)
      range = fmt::format("{:+.1f} % to {:+.1f} %", (span.low - 1) * 100, (span.high - 1) * 100);
    else
      range =
          format_quantity(span.low, metric.unit) + " to " + format_quantity(span.high, metric.unit);
    return fmt::format("No clear difference between {} and {} in {} of {}: within {} {}", arm, base,
                       short_name(metric.name, kNameLength),
                       short_name(metric.workload, kNameLength), range, basis_text(report, group));
  }
  if (const auto group = with_verdict("too few blocks"); !group.empty()) {
    std::uint32_t most = 0;
    for (const Comparison* c : group) most = std::max(most, c->effect.n);
    return fmt::format("Too few blocks to tell {} from {}: {} complete, {} are needed", arm, base,
                       most, kFewestForInterval);
  }
  return fmt::format("{} and {} cannot be compared: {}", arm, base, of_arm.front()->note);
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

void warn_of_accelerator(const Report& report, std::vector<std::string>& warnings) {
  const RunInfo& run = report.results.run;
  const std::string reason = run.accel_reason.empty() ? "" : " Why: " + run.accel_reason;
  if (run.accel == "tcg")
    warnings.push_back(
        "The guests were emulated (TCG): ratios, slopes and counts mean something, "
        "absolute times do not." +
        reason);
  if (run.accel == "icount")
    warnings.push_back(
        "The guests ran on the instruction clock: times are instructions executed, "
        "not real time." +
        reason);
  std::set<std::string> used;
  for (const ResultBoot& boot : report.results.boots)
    if (!boot.accel.empty()) used.insert(accelerator_name(boot.accel));
  if (used.size() > 1) {
    std::string names;
    for (const std::string& name : used) names += (names.empty() ? "" : ", ") + name;
    warnings.push_back("Boots of this run used different accelerators (" + names +
                       "): blocks that mix them compare nothing.");
  }
}

void warn_of_outcomes(const Report& report, std::vector<std::string>& warnings) {
  const RunInfo& run = report.results.run;
  const std::vector<bool> counted = counted_boots(report.results);
  std::map<std::string, std::pair<std::uint32_t, std::uint32_t>> kinds;  // Count, first block.
  std::uint32_t ours = 0;
  std::uint32_t cancelled = 0;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const ResultBoot& boot = report.results.boots[i];
    ours += boot.outcome.kind == OutcomeKind::infra_failed;
    cancelled += boot.outcome.kind == OutcomeKind::cancelled;
    if (!counted[i] || boot.outcome.kind == OutcomeKind::completed) continue;
    const std::string& why =
        boot.outcome.oops_title.empty() ? boot.outcome.detail : boot.outcome.oops_title;
    std::string text = fmt::format("{} on {}: {}", short_name(run.arms[boot.arm], kNameLength),
                                   short_name(run.topologies[boot.topology], kNameLength),
                                   to_string(boot.outcome.kind));
    if (!boot.outcome.phase.empty())
      text += " in " + short_name(boot.outcome.phase, 2 * kNameLength);
    if (!why.empty()) text += ": " + short_name(why, 160);
    auto [at, is_new] = kinds.try_emplace(text, 0u, boot.block);
    ++at->second.first;
  }
  std::size_t listed = 0;
  for (const auto& [text, seen] : kinds) {
    if (++listed > kPlacesInWarning) {
      warnings.push_back(fmt::format("And {} more kinds of failure, listed with the outcomes.",
                                     kinds.size() - kPlacesInWarning));
      break;
    }
    warnings.push_back(fmt::format("{} ({}, first in block {})", text, count_of(seen.first, "boot"),
                                   seen.second + 1));
  }
  if (ours > 0)
    warnings.push_back(
        fmt::format("{} failed through the host, not the guest, and count{} for nothing.",
                    count_of(ours, "attempt"), ours == 1 ? "s" : ""));
  if (cancelled > 0) warnings.push_back(count_of(cancelled, "boot") + " cancelled before the end.");
}

void warn_of_notes(const Report& report, std::vector<std::string>& warnings) {
  std::map<std::string, std::uint32_t> notes;
  for (const ResultBoot& boot : report.results.boots)
    for (const std::string& note : boot.notes) ++notes[note];
  std::size_t listed = 0;
  for (const auto& [note, boots] : notes) {
    if (++listed > kPlacesInWarning) {
      warnings.push_back(fmt::format("And {} further notes.", notes.size() - kPlacesInWarning));
      break;
    }
    warnings.push_back(short_name(note, 240) + " (" + count_of(boots, "boot") + ")");
  }
}

void warn_of_blocks(const Report& report, std::vector<std::string>& warnings) {
  const RunInfo& run = report.results.run;
  if (run.finished_at_ns == 0 && run.planned_boots > 0) {
    const std::vector<bool> counted = counted_boots(report.results);
    warnings.push_back(fmt::format("The run is not finished: {} of {} done.",
                                   std::count(counted.begin(), counted.end(), true),
                                   count_of(run.planned_boots, "boot")));
  }
  if (run.arms.size() > 1 &&
      std::find(run.arms.begin(), run.arms.end(), run.baseline) == run.arms.end())
    warnings.push_back("The baseline '" + short_name(run.baseline, kNameLength) +
                       "' is none of the arms: nothing is compared.");
  std::size_t few = 0;
  std::size_t impossible = 0;
  for (const Comparison& c : report.comparisons) {
    few += c.verdict == "too few blocks";
    impossible += c.verdict == "not comparable";
  }
  if (few > 0)
    warnings.push_back(fmt::format(
        "{} of {} fewer than {} complete blocks: no interval, no verdict.", few,
        count_of(report.comparisons.size(), "comparison") + (few == 1 ? " has" : " have"),
        kFewestForInterval));
  if (impossible > 0)
    warnings.push_back(fmt::format("{} as a ratio: zero or negative values.",
                                   count_of(impossible, "comparison") + " cannot be made"));
}

}  // namespace

std::string make_headline(const Report& report) {
  const RunInfo& run = report.results.run;
  const bool any_primary =
      std::any_of(report.comparisons.begin(), report.comparisons.end(),
                  [&](const Comparison& c) { return run.metrics[c.metric].primary; });
  std::map<std::uint32_t, std::vector<const Comparison*>> by_arm;
  for (const Comparison& c : report.comparisons)
    if (!any_primary || run.metrics[c.metric].primary) by_arm[c.arm].push_back(&c);

  std::string text;
  std::size_t told = 0;
  for (const auto& [arm, of_arm] : by_arm) {
    if (told == kArmsInHeadline) {
      text += fmt::format("; {} in the table", count_of(by_arm.size() - told, "further arm"));
      break;
    }
    const auto finding = strongest_finding(of_arm);
    text += (told++ > 0 ? "; " : "") +
            (finding ? clear_sentence(report, *finding, of_arm) : unclear_sentence(report, of_arm));
  }
  if (text.empty())
    text = report.results.boots.empty() ? "No result: nothing has been booted"
           : run.arms.size() < 2        ? "Nothing to compare: the experiment has one arm"
                                        : "No result: there is nothing to compare";
  const std::string failures = failures_text(report);
  if (!failures.empty()) text += "; " + failures;
  return text + ".";
}

std::vector<std::string> make_warnings(const Report& report, const LeftOut& left_out) {
  std::vector<std::string> warnings;
  warn_of_outcomes(report, warnings);
  warn_of_blocks(report, warnings);
  warn_of_notes(report, warnings);
  if (report.results.perturbed_samples > 0)
    warnings.push_back(count_of(report.results.perturbed_samples, "sample") +
                       " left out: measured while a collector that perturbs ran along.");
  if (left_out.not_finite > 0)
    warnings.push_back(count_of(left_out.not_finite, "sample") + " left out: not a finite number.");
  if (left_out.failed_steps > 0)
    warnings.push_back(count_of(left_out.failed_steps, "sample") +
                       " left out: from steps that did not finish.");
  if (left_out.dangling > 0)
    warnings.push_back(count_of(left_out.dangling, "sample") +
                       " left out: of no known boot, step or metric.");
  warn_of_accelerator(report, warnings);
  return warnings;
}

}  // namespace faultline
