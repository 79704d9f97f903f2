// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/boot_outcome.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "outcome/results.h"

namespace faultline {
namespace {

constexpr OutcomeKind every_kind[] = {OutcomeKind::completed,       OutcomeKind::build_failed,
                                      OutcomeKind::boot_failed,     OutcomeKind::guest_crashed,
                                      OutcomeKind::workload_failed, OutcomeKind::timed_out,
                                      OutcomeKind::infra_failed,    OutcomeKind::cancelled};

TEST(BootOutcome, NamesAreStableAndReadBack) {
  EXPECT_EQ(to_string(OutcomeKind::completed), "completed");
  EXPECT_EQ(to_string(OutcomeKind::guest_crashed), "guest_crashed");
  for (const OutcomeKind kind : every_kind) EXPECT_EQ(outcome_kind_from(to_string(kind)), kind);
}

TEST(BootOutcome, RefusesAnUnknownName) {
  try {
    outcome_kind_from("exploded");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::store);
    EXPECT_NE(error.cause().find("exploded"), std::string::npos) << error.cause();
  }
}

TEST(BootOutcome, OnlyTheGuestsOwnFailuresCountAgainstIt) {
  for (const OutcomeKind kind : every_kind) {
    const bool ours = kind == OutcomeKind::completed || kind == OutcomeKind::infra_failed ||
                      kind == OutcomeKind::cancelled;
    EXPECT_EQ(is_guest_failure(kind), !ours) << to_string(kind);
  }
}

TEST(ProcessEnd, NamesAreStableAndReadBack) {
  using Kind = ProcessEnd::Kind;
  EXPECT_EQ(to_string(Kind::oom_killed), "oom_killed");
  for (const Kind kind :
       {Kind::exited, Kind::signalled, Kind::timed_out, Kind::oom_killed, Kind::not_started})
    EXPECT_EQ(process_end_kind_from(to_string(kind)), kind);
  EXPECT_THROW(process_end_kind_from(""), Error);
}

}  // namespace
}  // namespace faultline
