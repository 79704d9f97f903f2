// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/judge_boot.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

/// A boot in which everything went well.
BootEvidence good() {
  BootEvidence evidence;
  evidence.reached = BootPhase::powering_off;
  evidence.said_hello = true;
  evidence.said_bye = true;
  evidence.bye_reason = "done";
  evidence.end_kind = "powered_off";
  return evidence;
}

/// A guest that stopped in the middle of a step.
BootEvidence in_a_step() {
  BootEvidence evidence = good();
  evidence.reached = BootPhase::running;
  evidence.current_step = "rmap-walk children=16";
  evidence.said_bye = false;
  evidence.bye_reason.clear();
  return evidence;
}

BootEvidence before_hello() {
  BootEvidence evidence;
  evidence.reached = BootPhase::booting;
  evidence.end_kind = "powered_off";
  return evidence;
}

TEST(JudgeBoot, CallsAGuestThatDidItAllCompleted) {
  EXPECT_EQ(judge_boot(good()).kind, OutcomeKind::completed);
}

TEST(JudgeBoot, AWarningOnTheConsoleIsKeptButDoesNotSpoilACompleteBoot) {
  BootEvidence evidence = good();
  evidence.oops = Oops{"WARNING in foo", "", false};
  const BootOutcome outcome = judge_boot(evidence);
  EXPECT_EQ(outcome.kind, OutcomeKind::completed);
  EXPECT_EQ(outcome.oops_title, "WARNING in foo");
}

TEST(JudgeBoot, BelievesTheConsoleBeforeItCallsASilentGuestTimedOut) {
  BootEvidence evidence = in_a_step();
  evidence.deadline_passed = true;
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::timed_out);
  EXPECT_EQ(judge_boot(evidence).phase, "step rmap-walk children=16");
  evidence.oops = Oops{"BUG: soft lockup", "", false};
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::guest_crashed);
}

TEST(JudgeBoot, APanicBeforeTheHelloIsAFailedBoot) {
  BootEvidence evidence = before_hello();
  evidence.oops = Oops{"kernel panic: VFS: Unable to mount root fs", "", true};
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::boot_failed);
  EXPECT_EQ(judge_boot(evidence).phase, "boot");
}

TEST(JudgeBoot, ASilentHangBeforeTheHelloIsAFailedBoot) {
  BootEvidence evidence = before_hello();
  evidence.deadline_passed = true;
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::boot_failed);
}

TEST(JudgeBoot, AResetWithoutAWordIsACrash) {
  EXPECT_EQ(judge_boot(in_a_step()).kind, OutcomeKind::guest_crashed);
}

TEST(JudgeBoot, QemuKilledFromOutsideIsOurFault) {
  BootEvidence evidence = in_a_step();
  evidence.end_kind = "killed";
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::infra_failed);
}

TEST(JudgeBoot, OurOwnFailureWinsOverWhatTheGuestDid) {
  BootEvidence evidence = in_a_step();
  evidence.infra_error = "disk full";
  evidence.oops = Oops{"BUG", "", true};
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::infra_failed);
}

TEST(JudgeBoot, AnInterruptCancelsUnlessEverythingWasSaidAlready) {
  BootEvidence evidence = in_a_step();
  evidence.interrupted = true;
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::cancelled);
  evidence = good();
  evidence.interrupted = true;
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::completed);
}

TEST(JudgeBoot, AFailedWorkloadIsAnOutcomeOfItsOwn) {
  BootEvidence evidence = good();
  evidence.workload_problem = "rmap-walk children=16: exit status 3";
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::workload_failed);
  EXPECT_EQ(judge_boot(evidence).phase, "") << "the detail names the step; the guest is well";
}

TEST(JudgeBoot, AGuestThatOutlivedItsSheetTimedOut) {
  BootEvidence evidence = good();
  evidence.bye_reason = "lifetime";
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::timed_out);
}

TEST(JudgeBoot, AnInternalErrorOfTheAcceleratorIsNoticedAsSuch) {
  BootEvidence evidence = before_hello();
  evidence.end_kind = "internal_error";
  evidence.end_detail = "emulation failure";
  EXPECT_EQ(judge_boot(evidence).kind, OutcomeKind::boot_failed);
  EXPECT_NE(judge_boot(evidence).detail.find("emulation failure"), std::string::npos);
}

}  // namespace
}  // namespace faultline
