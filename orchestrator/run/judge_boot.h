// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "outcome/boot_outcome.h"
#include "outcome/oops.h"
#include "outcome/results.h"

namespace faultline {

/// How far a guest came.
enum class BootPhase { starting, booting, running, powering_off, over };

/// What was seen of a boot from outside, when it is over.
struct BootEvidence {
  BootPhase reached = BootPhase::starting;  ///< The phase it was in when it ended.
  std::string current_step;                 ///< "rmap-walk children=16" while a step ran, or "".
  bool said_hello = false;
  bool said_bye = false;
  std::string bye_reason;        ///< "done", "lifetime", "error"
  bool deadline_passed = false;  ///< A phase's deadline ended it.
  bool interrupted = false;      ///< Ctrl-C, or the run's budget.
  std::string end_kind;          ///< to_string(GuestEnd::Kind), "" if it never started.
  std::string end_detail;
  std::string infra_error;     ///< Our own failure, if that is what ended it.
  std::string protocol_error;  ///< The guest broke the event protocol.
  std::optional<Oops> oops;    ///< Found on the console.
  std::string
      workload_problem;  ///< First step that failed: "rmap-walk children=16: exit status 3".
};

/// What became of a boot. Before a silent guest is called timed out, its console is believed: an
/// oops makes it a crash (the order is that of asio-libvirt's boot monitors: crash, then our own
/// faults, then silence). Pure.
BootOutcome judge_boot(const BootEvidence& evidence);

}  // namespace faultline
