// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/boot_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace faultline {
namespace {

using testing::HasSubstr;
using testing::Not;

BootRecord a_boot() {
  BootRecord boot;
  boot.boot_id = "r1-b1-a-one";
  boot.outcome.kind = OutcomeKind::completed;
  boot.arm = "a";
  boot.topology = "one";
  boot.accel = "icount";
  StepRecord step;
  step.workload = "walk";
  step.params = "children=2";
  step.iterations.resize(1);
  step.iterations[0].wall = std::chrono::nanoseconds(1000);
  step.iterations[0].standard_output = "seconds: 0.5\nsample: forged\n";
  step.counters = {{"vmstat", "pgfault", 10, 20}};
  step.samples = {{"seconds", 0, 1.0 / 3}};
  step.profile.functions = {{"kernel", "walk", 2, {{0, 5}}, {{0, 1, 3, 4, 0, 0}}}};
  step.profile.folded = "a;b 5\n";
  boot.steps = {step};
  return boot;
}

TEST(BootRows, AreEqualForBootsThatDifferInWhatIsOfTheHost) {
  BootRecord other = a_boot();
  other.boot_id = "r9-b7-a-one";
  other.run_id = 9;
  other.block = 6;
  other.position = 3;
  other.attempt = 1;
  other.started_at_ns = 77;
  other.boot_seconds = 9;
  other.wall_seconds = 99;
  other.domain_xml = "<domain/>";
  other.console = "other bytes";
  other.artifacts_file = "/elsewhere";
  other.conditions = {{"host_load", 1}};
  EXPECT_EQ(boot_rows(other), boot_rows(a_boot()));
}

TEST(BootRows, DifferInWhateverTheGuestDid) {
  const std::string rows = boot_rows(a_boot());
  for (const auto& change :
       {+[](BootRecord& b) { b.outcome.kind = OutcomeKind::timed_out; },
        +[](BootRecord& b) { b.kernel_key = "k"; }, +[](BootRecord& b) { b.run_sheet = "{}"; },
        +[](BootRecord& b) { b.topology_found = "{}"; },
        +[](BootRecord& b) { b.notes = {"a note"}; },
        +[](BootRecord& b) { b.steps[0].iterations[0].wall += std::chrono::nanoseconds(1); },
        +[](BootRecord& b) { b.steps[0].iterations[0].standard_output += "x"; },
        +[](BootRecord& b) { b.steps[0].samples[0].value = std::nextafter(1.0 / 3, 1); },
        +[](BootRecord& b) { b.steps[0].counters[0].after = 21; },
        +[](BootRecord& b) { b.steps[0].profile.functions[0].instructions[0].instructions = 6; },
        +[](BootRecord& b) { b.steps[0].profile.functions[0].traffic[0].stores = 6; },
        +[](BootRecord& b) { b.steps[0].profile.folded = "a;b 6\n"; }}) {
    BootRecord other = a_boot();
    change(other);
    EXPECT_NE(boot_rows(other), rows);
  }
}

TEST(BootRows, HaveEveryDigitAndPutTheGuestsTextBehindALabel) {
  const std::string rows = boot_rows(a_boot());
  EXPECT_THAT(rows, HasSubstr("\nsample seconds 0 0.3333333333333333\n"));
  EXPECT_THAT(rows, HasSubstr("\nstdout sample: forged\n"));
  EXPECT_THAT(rows, Not(HasSubstr("\nsample: forged")));
}

}  // namespace
}  // namespace faultline
