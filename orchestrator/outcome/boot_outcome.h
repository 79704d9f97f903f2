// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace faultline {

/// What became of a boot. All but infra_failed and cancelled are results of the experiment: they
/// are stored and reported, never retried. infra_failed is our fault (host, libvirt, disk) and is
/// retried, each attempt stored.
enum class OutcomeKind {
  completed,
  build_failed,     ///< The kernel did not build: series, config or compiler.
  boot_failed,      ///< The guest ended or stuck before its agent said hello.
  guest_crashed,    ///< Oops, panic or unexpected reset after the hello.
  workload_failed,  ///< A step exited non-zero, died by a signal, or printed no metric.
  timed_out,        ///< A phase passed its deadline while the guest was silent.
  infra_failed,
  cancelled,  ///< Ctrl-C, or a budget that ran out.
};

struct BootOutcome {
  OutcomeKind kind = OutcomeKind::completed;
  std::string phase;  ///< Where: "build", "boot", "step rmap-walk children=16", "power-off". Empty
                      ///< where the guest came to its end.
  std::string oops_title;  ///< "BUG: kernel NULL pointer dereference in foo", if one was seen.
  std::string detail;      ///< A sentence for people.
  bool operator==(const BootOutcome&) const = default;
};

/// Stable names used in the database and in --json: "completed", "build_failed", …
std::string to_string(OutcomeKind kind);
/// Inverse of to_string; throws Error{store} on an unknown name.
OutcomeKind outcome_kind_from(const std::string& name);

/// True for outcomes that make `faultline run` exit with 1 (the guest under test is at fault).
bool is_guest_failure(OutcomeKind kind);

}  // namespace faultline
