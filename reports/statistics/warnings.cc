// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "reports/format.h"
#include "reports/statistics/comparisons.h"
#include "reports/statistics/exactness.h"
#include "reports/statistics/function_alignment.h"
#include "reports/statistics/rank_statistics.h"

namespace faultline {
namespace {

constexpr std::size_t kNameLength = 40;       ///< Of a name in a sentence.
constexpr std::size_t kPlacesInWarning = 12;  ///< Kinds of trouble listed one by one.

void warn_of_accelerator(const Report& report, std::vector<std::string>& warnings) {
  const RunInfo& run = report.results.run;
  // The whole of it stands where the numbers come from.
  const std::string reason =
      run.accel_reason.empty() ? "" : " Why: " + short_name(run.accel_reason, 160);
  if (run.accel == "tcg")
    warnings.push_back(
        "The guests were emulated (TCG): ratios, slopes and counts mean something, "
        "absolute times do not." +
        reason);
  if (run.accel == "icount")
    warnings.push_back(
        "The guests ran on the instruction clock: times are instructions executed, "
        "not real time.");
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
    // A kernel may complain and go on: of a race, of a lock, of a warning.
    const bool completed = boot.outcome.kind == OutcomeKind::completed;
    if (!counted[i] || (completed && boot.outcome.oops_title.empty())) continue;
    const std::string& why =
        boot.outcome.oops_title.empty() ? boot.outcome.detail : boot.outcome.oops_title;
    std::string text = fmt::format("{} on {}: {}", short_name(run.arms[boot.arm], kNameLength),
                                   short_name(run.topologies[boot.topology], kNameLength),
                                   to_string(boot.outcome.kind));
    if (completed)
      text += ", but its kernel complained";
    else if (!boot.outcome.phase.empty())
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
    few += c.verdict == Verdict::inconclusive && !c.effect.low && c.reason != kNotProvenYet;
    impossible += c.verdict == Verdict::not_comparable;
  }
  if (few > 0)
    warnings.push_back(fmt::format(
        "{} of {} fewer than {} complete blocks: no interval, no verdict.", few,
        count_of(report.comparisons.size(), "comparison") + (few == 1 ? " has" : " have"),
        kFewestForInterval));
  if (impossible > 0)
    warnings.push_back(count_of(impossible, "comparison") +
                       " cannot be made; the reasons stand with them.");
  if (!run.stopped.empty()) warnings.push_back("The run ended early: " + run.stopped + ".");
}

void warn_of_alignment(const Report& report, std::vector<std::string>& warnings) {
  const RunInfo& run = report.results.run;
  const auto baseline = baseline_of(run);
  if (!baseline || all_exact(report)) return;
  std::set<std::uint32_t> told;
  for (std::uint32_t arm = 0; arm < run.arms.size(); ++arm)
    for (const std::uint32_t lacking : arms_without_alignment(report.results, arm, *baseline))
      if (told.insert(lacking).second)
        warnings.push_back(
            short_name(run.arms[lacking], kNameLength) +
            " is a build of its own and is not known to begin every function on a cache line of "
            "its own (CONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B): small differences of time may come "
            "from where its code lies.");
}

void warn_of_contamination(const Report& report, std::vector<std::string>& warnings) {
  if (report.contaminated == 0) return;
  std::map<std::string, std::uint32_t> rules;
  std::uint32_t lost = 0;
  const std::vector<bool> counted = counted_boots(report.results);
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> filled;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> spoilt;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const ResultBoot& boot = report.results.boots[i];
    if (counted[i]) filled.emplace(boot.block, boot.arm, boot.topology);
    if (boot.contamination.empty()) continue;
    spoilt.emplace(boot.block, boot.arm, boot.topology);
    // "host_load 0.71 > 0.5": the rule without its figure.
    ++rules[boot.contamination.substr(0, boot.contamination.find(' '))];
  }
  for (const auto& place : spoilt) lost += !filled.contains(place);
  std::string text;
  for (const auto& [rule, boots] : rules)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", boots, short_name(rule, 30));
  warnings.push_back(fmt::format(
      "{} contaminated by the declared limits ({}): kept, not counted; {}.",
      count_of(report.contaminated, "boot"), text,
      lost == 0 ? "all were repeated cleanly" : fmt::format("{} never repeated cleanly", lost)));
}

/// A boot beside which others worked this much of the host is slower than its neighbours, and no
/// statistics make up for it where it was chance which arm they met.
constexpr double kBusy = 0.1;

void warn_of_busy_host(const Report& report, std::vector<std::string>& warnings) {
  if (report.results.run.declared.contains("contamination.host_load") || all_exact(report)) return;
  const std::vector<bool> counted = counted_boots(report.results);
  std::size_t busy = 0;
  double most = 0;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const BootConditions& conditions = report.results.boots[i].conditions;
    const auto load = conditions.find("host_load");
    if (!counted[i] || load == conditions.end() || !(load->second > kBusy)) continue;
    ++busy;
    most = std::max(most, load->second);
  }
  if (busy == 0) return;
  warnings.push_back(fmt::format(
      "Beside {} of {} other processes used more than {:.0f} % of the host's CPU time, up to "
      "{:.0f} %: times of arms may differ by that. 'contamination: {{host_load: {:.0f}%}}' repeats "
      "such boots.",
      busy, count_of(counted.size(), "boot"), kBusy * 100, most * 100, kBusy * 100));
}

void warn_of_proofs(const Report& report, std::vector<std::string>& warnings) {
  for (const ExactnessProof& proof : report.proofs)
    if (!proof.proven)
      warnings.push_back(fmt::format(
          "{} on {} is not exact: {}", short_name(report.results.run.arms[proof.arm], kNameLength),
          short_name(report.results.run.topologies[proof.topology], kNameLength),
          short_name(proof.difference, 240)));
}

void warn_of_calibration(const Report& report, std::vector<std::string>& warnings) {
  if (!report.calibration || report.calibration->mismatches.empty()) return;
  std::string text;
  for (const std::string& mismatch : report.calibration->mismatches)
    text += (text.empty() ? "" : "; ") + mismatch;
  warnings.push_back(
      fmt::format("The calibration (run {}) is of another set-up: {}. Calibrate again.",
                  report.calibration->run_id, text));
}

}  // namespace

std::vector<std::string> make_warnings(const Report& report, const LeftOut& left_out) {
  std::vector<std::string> warnings;
  warn_of_outcomes(report, warnings);
  warn_of_blocks(report, warnings);
  warn_of_alignment(report, warnings);
  warn_of_proofs(report, warnings);
  warn_of_contamination(report, warnings);
  warn_of_busy_host(report, warnings);
  warn_of_calibration(report, warnings);
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
