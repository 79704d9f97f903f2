// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/boot_outcome.h"

#include <array>
#include <cstdlib>
#include <utility>

#include "base/error.h"

namespace faultline {
namespace {

constexpr std::array<std::pair<OutcomeKind, const char*>, 8> outcome_names{{
    {OutcomeKind::completed, "completed"},
    {OutcomeKind::build_failed, "build_failed"},
    {OutcomeKind::boot_failed, "boot_failed"},
    {OutcomeKind::guest_crashed, "guest_crashed"},
    {OutcomeKind::workload_failed, "workload_failed"},
    {OutcomeKind::timed_out, "timed_out"},
    {OutcomeKind::infra_failed, "infra_failed"},
    {OutcomeKind::cancelled, "cancelled"},
}};

}  // namespace

std::string to_string(OutcomeKind kind) {
  for (const auto& [value, name] : outcome_names)
    if (value == kind) return name;
  std::abort();  // A value that is no enumerator: our bug.
}

OutcomeKind outcome_kind_from(const std::string& name) {
  for (const auto& [value, known] : outcome_names)
    if (name == known) return value;
  throw Error(ErrorKind::store, "reading an outcome", "unknown outcome '" + name + "'",
              "the database is from another version of Faultline, or was changed by hand");
}

bool is_guest_failure(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::build_failed:
    case OutcomeKind::boot_failed:
    case OutcomeKind::guest_crashed:
    case OutcomeKind::workload_failed:
    case OutcomeKind::timed_out:
      return true;
    case OutcomeKind::completed:
    case OutcomeKind::infra_failed:
    case OutcomeKind::cancelled:
      return false;
  }
  std::abort();
}

}  // namespace faultline
