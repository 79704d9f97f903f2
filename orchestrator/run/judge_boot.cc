// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/judge_boot.h"

namespace faultline {
namespace {

std::string phase_name(const BootEvidence& evidence) {
  switch (evidence.reached) {
    case BootPhase::starting:
      return "start";
    case BootPhase::booting:
      return "boot";
    case BootPhase::running:
      return evidence.current_step.empty() ? "run" : "step " + evidence.current_step;
    case BootPhase::powering_off:
      return "power-off";
    case BootPhase::over:
      return "";
  }
  return "";
}

std::string sentence(const BootEvidence& evidence) {
  std::string text = "guest ended: " + evidence.end_kind;
  if (!evidence.end_detail.empty()) text += " (" + evidence.end_detail + ")";
  return text;
}

}  // namespace

BootOutcome judge_boot(const BootEvidence& evidence) {
  BootOutcome outcome;
  outcome.phase = phase_name(evidence);
  if (evidence.oops) outcome.oops_title = evidence.oops->title;

  // Our own broken host comes first: nothing that a guest did explains it.
  if (!evidence.infra_error.empty()) {
    outcome.kind = OutcomeKind::infra_failed;
    outcome.detail = evidence.infra_error;
    return outcome;
  }
  const bool finished = evidence.said_bye && evidence.bye_reason == "done";
  if (evidence.interrupted && !finished) {
    outcome.kind = OutcomeKind::cancelled;
    outcome.detail = "interrupted";
    return outcome;
  }
  const bool fatal_oops = evidence.oops && evidence.oops->fatal;
  if (fatal_oops || (evidence.oops && !finished) || evidence.end_kind == "panicked") {
    outcome.kind = evidence.said_hello ? OutcomeKind::guest_crashed : OutcomeKind::boot_failed;
    outcome.detail = evidence.oops ? evidence.oops->title : "the guest's kernel panicked";
    return outcome;
  }
  if (evidence.end_kind == "killed") {
    outcome.kind = OutcomeKind::infra_failed;
    outcome.detail = "QEMU died or was killed from outside";
    if (!evidence.end_detail.empty()) outcome.detail += ": " + evidence.end_detail;
    return outcome;
  }
  if (evidence.end_kind == "internal_error") {
    outcome.kind = evidence.said_hello ? OutcomeKind::guest_crashed : OutcomeKind::boot_failed;
    outcome.detail = sentence(evidence);
    return outcome;
  }
  if (evidence.deadline_passed) {
    outcome.kind = evidence.said_hello ? OutcomeKind::timed_out : OutcomeKind::boot_failed;
    outcome.detail = evidence.said_hello
                         ? "no sign of life until the deadline, and nothing on the console says why"
                         : "no hello from the guest's agent until the deadline";
    return outcome;
  }
  if (!evidence.said_hello) {
    outcome.kind = OutcomeKind::boot_failed;
    outcome.detail = sentence(evidence) + " before its agent said hello";
    return outcome;
  }
  if (!evidence.protocol_error.empty()) {
    outcome.kind = OutcomeKind::guest_crashed;
    outcome.detail = "the guest broke the event protocol: " + evidence.protocol_error;
    return outcome;
  }
  if (!finished) {
    const bool lifetime = evidence.bye_reason == "lifetime";
    outcome.kind = lifetime ? OutcomeKind::timed_out : OutcomeKind::guest_crashed;
    if (lifetime)
      outcome.detail = "the run sheet's lifetime was over before its steps";
    else if (evidence.said_bye)
      outcome.detail = "the guest's agent gave up; its notes say why";
    else
      outcome.detail = sentence(evidence) + " without a word from its agent";
    return outcome;
  }
  if (!evidence.workload_problem.empty()) {
    outcome.kind = OutcomeKind::workload_failed;
    outcome.phase.clear();
    outcome.detail = evidence.workload_problem;
    return outcome;
  }
  outcome.kind = OutcomeKind::completed;
  outcome.phase.clear();
  return outcome;
}

}  // namespace faultline
