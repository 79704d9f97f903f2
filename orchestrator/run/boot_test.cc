// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/boot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/test_support.h"
#include "base/files.h"
#include "run/scripted_guest.h"

namespace faultline {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ScriptedGuest;
using ::testing::StartsWith;

/// Boots of one step with four iterations, each of which prints one value.
class Boot : public ::testing::Test {
 protected:
  Boot() {
    std::filesystem::create_directories(folder_.path() / "artifacts");
    write_file_atomically(folder_.path() / "image.cpio", "image");
    order_.boot_id = "b1";
    order_.arm = "plain";
    order_.topology.name = "one";
    order_.image.path = folder_.path() / "image.cpio";
    order_.sheet.boot_id = "b1";
    guest::SheetStep step;
    step.workload = "walk";
    step.argv = {"walk"};
    step.iterations = 4;
    step.timeout_ms = 20;
    order_.sheet.steps = {step};
    MetricDefinition metric;
    metric.name = "value";
    metric.primary = true;
    metric.pattern = "^value: (\\S+)$";
    order_.steps = {{"walk", "children=2", {metric}}};
    deadlines_.hello = 50ms;
    deadlines_.step_slack = 30ms;
    deadlines_.power_off = 50ms;
    deadlines_.drain = 50ms;
  }

  BootRecord boot(GuestScript script) {
    hypervisor_.push(std::move(script));
    BootServices services{hypervisor_, clock_,         interrupt_,
                          deadlines_,  folder_.path(), folder_.path() / "artifacts"};
    const BootProgress progress = [this](const std::string& what) {
      shown_.push_back(what);
      if (what == interrupt_at_) interrupt_.raise();
    };
    BootRecord record = testing::run_to_end(io_, run_boot(services, order_, progress));
    EXPECT_EQ(hypervisor_.alive(), 0) << "a guest outlived its boot";
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "b1.cpio"));
    return record;
  }
  ScriptedGuest guest() const { return ScriptedGuest("b1"); }

  TemporaryDirectory folder_;
  asio::io_context io_{1};
  SystemClock clock_;
  Interrupt interrupt_;
  Deadlines deadlines_;
  FakeHypervisor hypervisor_;
  BootOrder order_;
  std::vector<std::string> shown_;
  std::string interrupt_at_;
};

TEST_F(Boot, RecordsEverySampleOfAGuestThatDoesItAll) {
  const BootRecord record = boot(guest()
                                     .hello()
                                     .step_begins()
                                     .prints(0, "value: 1\n")
                                     .prints(1, "value: 2\n")
                                     .prints(2, "value: 3\n")
                                     .prints(3, "noise\nvalue: 4\n")
                                     .step_ends()
                                     .bye()
                                     .ends(GuestEnd::Kind::powered_off));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::completed) << record.outcome.detail;
  EXPECT_THAT(record.notes, IsEmpty());
  EXPECT_EQ(record.kernel_release, "6.99.1-fake");
  ASSERT_EQ(record.steps.size(), 1U);
  ASSERT_EQ(record.steps[0].samples.size(), 4U);
  EXPECT_EQ(record.steps[0].samples[3].value, 4);
}

TEST_F(Boot, IsReadyByTheGuestsClockWhereEventsComeAtTheEnd) {
  order_.accel = Accelerator::icount;
  order_.sheet.events = "buffer";
  guest::Hello hello;
  hello.boot_id = "b1";
  const BootRecord record =
      boot(guest()
               .raw(guest::to_json_line({.seq = 0, .t_ns = 640'000'000, .body = hello}) + "\n")
               .hangs());
  EXPECT_EQ(record.boot_seconds, 0.64);
}

TEST_F(Boot, KeepsTheSamplesThatCameBeforeTheGuestDied) {
  const BootRecord record = boot(guest()
                                     .hello()
                                     .step_begins()
                                     .prints(0, "value: 1\n")
                                     .prints(1, "value: 2\n")
                                     .prints(2, "value: 3\n")
                                     .console("BUG: kernel NULL pointer dereference, address: 8\n")
                                     .console("RIP: 0010:rmap_walk+0x10/0x20\n")
                                     .ends(GuestEnd::Kind::reset));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::guest_crashed);
  EXPECT_EQ(record.outcome.phase, "step walk children=2");
  EXPECT_THAT(record.outcome.oops_title, HasSubstr("NULL pointer dereference"));
  ASSERT_EQ(record.steps.size(), 1U);
  EXPECT_EQ(record.steps[0].samples.size(), 3U);
}

TEST_F(Boot, GivesUpAGuestThatNeverSaysHello) {
  const BootRecord record = boot(guest().console("booting\n").hangs());
  EXPECT_EQ(record.outcome.kind, OutcomeKind::boot_failed);
  EXPECT_THAT(record.outcome.detail, HasSubstr("no hello"));
  EXPECT_EQ(record.console, "booting\n");
}

TEST_F(Boot, GivesUpAGuestThatFallsSilentInAStep) {
  const BootRecord record = boot(guest().hello().step_begins().prints(0, "value: 1\n").hangs());
  EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
  EXPECT_EQ(record.outcome.phase, "step walk children=2");
  EXPECT_EQ(record.steps.at(0).samples.size(), 1U);
}

TEST_F(Boot, GivesUpAGuestThatDoesNotPowerOffButKeepsItsResults) {
  const BootRecord record =
      boot(guest().hello().step_begins().prints(0, "value: 1\n").step_ends().bye().hangs());
  EXPECT_EQ(record.outcome.kind, OutcomeKind::timed_out);
  EXPECT_EQ(record.outcome.phase, "power-off");
  EXPECT_EQ(record.steps.at(0).samples.size(), 1U);
}

TEST_F(Boot, AnInternalErrorOfQemuEndsTheBootAtOnce) {
  deadlines_.hello = 40s;
  const auto before = clock_.steady();
  const BootRecord record =
      boot(guest().ends(GuestEnd::Kind::internal_error, "KVM internal error"));
  EXPECT_LT(clock_.steady() - before, 20s);
  EXPECT_EQ(record.outcome.kind, OutcomeKind::boot_failed);
  EXPECT_THAT(record.outcome.detail, HasSubstr("KVM internal error"));
}

TEST_F(Boot, AKilledQemuIsOurFault) {
  const BootRecord record =
      boot(guest().hello().step_begins().ends(GuestEnd::Kind::killed, "terminating on signal 15"));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::infra_failed);
  EXPECT_THAT(record.outcome.detail, HasSubstr("terminating on signal 15"));
}

TEST_F(Boot, LibvirtsRefusalIsOurFaultAndInItsOwnWords) {
  GuestScript script;
  script.start_error = Error(ErrorKind::libvirt, "starting guest b1", "unsupported configuration");
  const BootRecord record = boot(std::move(script));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::infra_failed);
  EXPECT_EQ(record.outcome.phase, "start");
  EXPECT_THAT(record.outcome.detail, HasSubstr("unsupported configuration"));
}

TEST_F(Boot, AnInitramfsThatCannotBeWrittenIsOurFault) {
  order_.image.path = folder_.path() / "nowhere";
  const BootRecord record = boot({});
  EXPECT_EQ(record.outcome.kind, OutcomeKind::infra_failed);
  EXPECT_THAT(hypervisor_.history(), IsEmpty());
}

TEST_F(Boot, AStreamThatCannotBeReadIsOurFaultAndNamed) {
  GuestScript script = guest().hello().hangs();
  script.read_error = Error(ErrorKind::libvirt, "reading a stream of guest b1", "it is broken");
  const BootRecord record = boot(std::move(script));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::infra_failed);
  EXPECT_THAT(record.outcome.detail, HasSubstr("it is broken"));
}

TEST_F(Boot, GarbageAmongTheEventsIsABreachAndNotACrashOfOurs) {
  const BootRecord record = boot(guest()
                                     .hello()
                                     .raw("\xff\xfe{not json at all\n")
                                     .step_begins()
                                     .prints(0, "value: 1\n")
                                     .step_ends()
                                     .bye()
                                     .ends(GuestEnd::Kind::powered_off));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::guest_crashed);
  EXPECT_THAT(record.outcome.detail, StartsWith("the guest broke the event protocol"));
  EXPECT_EQ(record.steps.at(0).samples.size(), 1U);
}

TEST_F(Boot, EventsThatMakeNoSenseAreBreachesToo) {
  for (const auto& nonsense :
       {guest::to_json_line({1, 1, guest::StepBegin{7}}),
        guest::to_json_line({1, 1, guest::StepEnd{4000000000}}),
        guest::to_json_line({1, 1, guest::Hello{1, "b1", "x", ""}}),
        guest::to_json_line({1, 1, guest::Snapshot{99, true, "vmstat", {}}})}) {
    const BootRecord record =
        boot(guest().hello().raw(nonsense + "\n").ends(GuestEnd::Kind::powered_off));
    EXPECT_THAT(record.outcome.detail, StartsWith("the guest broke the event protocol"))
        << nonsense;
  }
}

TEST_F(Boot, AStepBeforeTheHelloIsNotBelieved) {
  const BootRecord record =
      boot(guest().step_begins().prints(0, "value: 1\n").ends(GuestEnd::Kind::powered_off));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::boot_failed);
  EXPECT_THAT(record.steps, IsEmpty());
}

TEST_F(Boot, AnIterationOutOfTurnIsABreach) {
  const BootRecord record =
      boot(guest().hello().step_begins().prints(2, "value: 1\n").ends(GuestEnd::Kind::powered_off));
  EXPECT_THAT(record.outcome.detail, HasSubstr("iteration 2 out of turn"));
}

TEST_F(Boot, AFailingIterationFailsTheBootAndIsNoted) {
  const BootRecord record = boot(guest()
                                     .hello()
                                     .step_begins()
                                     .prints(0, "value: 1\n")
                                     .fails(1, "oom_killed", 9, "last words\nmore\n")
                                     .step_ends()
                                     .bye()
                                     .ends(GuestEnd::Kind::powered_off));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::workload_failed);
  EXPECT_EQ(record.outcome.detail, "walk children=2: out of memory: last words");
  EXPECT_EQ(record.steps.at(0).samples.size(), 1U);
}

TEST_F(Boot, AnAgentThatGivesUpSaysWhyInItsNotes) {
  const BootRecord record =
      boot(guest()
               .hello()
               .raw(guest::to_json_line({1, 1, guest::Note{"the image: mounting /dev/vda"}}) +
                    "\n" + guest::to_json_line({2, 1, guest::Bye{"error"}}) + "\n")
               .ends(GuestEnd::Kind::powered_off));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::guest_crashed);
  EXPECT_EQ(record.outcome.detail, "the guest's agent gave up; its notes say why");
  EXPECT_THAT(record.notes, Contains("the image: mounting /dev/vda"));
}

TEST_F(Boot, KeepsWhatCollectorsReadAndWhichDidNotWork) {
  const BootRecord record = boot(
      guest()
          .hello()
          .raw(guest::to_json_line({1, 1, guest::CollectorState{"perf", true, "no perf"}}) + "\n" +
               guest::to_json_line({2, 1, guest::StepBegin{0}}) + "\n" +
               guest::to_json_line({3, 1, guest::Snapshot{0, true, "vmstat", {{"pgfault", 1}}}}) +
               "\n" +
               guest::to_json_line({4, 1, guest::Snapshot{0, false, "vmstat", {{"pgfault", 9}}}}) +
               "\n")
          .ends(GuestEnd::Kind::powered_off));
  EXPECT_THAT(record.collectors, ::testing::ElementsAre(CollectorRecord{"perf", true, "no perf"}));
  ASSERT_EQ(record.steps.at(0).counters.size(), 1U);
  EXPECT_EQ(record.steps[0].counters[0].before, 1);
  EXPECT_EQ(record.steps[0].counters[0].after, 9);
}

TEST_F(Boot, AFailureInAPerturbedStepIsOnlyNoted) {
  order_.steps[0].perturbed = true;
  order_.steps[0].counts = false;
  const BootRecord record = boot(guest()
                                     .hello()
                                     .step_begins()
                                     .fails(0, "timed_out", 15)
                                     .step_ends()
                                     .bye()
                                     .ends(GuestEnd::Kind::powered_off));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::completed) << record.outcome.detail;
  EXPECT_TRUE(record.steps.at(0).perturbed);
  EXPECT_THAT(record.notes, Contains("walk children=2 (perturbed): timed out"));
}

TEST_F(Boot, ADeathInAPerturbedStepIsNotOneOfTheMeasuredStep) {
  order_.steps[0].counts = false;
  const BootRecord record = boot(guest().hello().step_begins().ends(GuestEnd::Kind::reset));
  EXPECT_EQ(record.outcome.phase, "step walk children=2 (perturbed)");
}

TEST_F(Boot, AStepThatPrintsNoPrimaryMetricFailsTheBoot) {
  const BootRecord record = boot(guest()
                                     .hello()
                                     .step_begins()
                                     .prints(0, "rubbish\n")
                                     .step_ends()
                                     .bye()
                                     .ends(GuestEnd::Kind::powered_off));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::workload_failed);
  EXPECT_THAT(record.outcome.detail, HasSubstr("no value of the primary metric value"));
}

TEST_F(Boot, AnAgentThatLeavesWithoutItsStepsCrashedTheGuest) {
  EXPECT_EQ(boot(guest().hello().ends(GuestEnd::Kind::powered_off)).outcome.kind,
            OutcomeKind::guest_crashed);
  EXPECT_EQ(boot(guest().hello().bye("lifetime").ends(GuestEnd::Kind::powered_off)).outcome.kind,
            OutcomeKind::timed_out);
}

TEST_F(Boot, AnInterruptEndsTheGuestAndKeepsWhatItSaid) {
  interrupt_at_ = "walk children=2";
  deadlines_.step_slack = 40s;
  const BootRecord record = boot(guest().hello().step_begins().prints(0, "value: 1\n").hangs());
  EXPECT_EQ(record.outcome.kind, OutcomeKind::cancelled);
  EXPECT_EQ(record.steps.at(0).samples.size(), 1U);
  EXPECT_THAT(shown_, Contains("walk children=2"));
}

TEST_F(Boot, ArtifactsThatCannotBeWrittenAreOurFaultAndDoNotHoldUpTheGuest) {
  // A guest whose port nobody reads would block in its write: everything is still read.
  std::filesystem::remove_all(folder_.path() / "artifacts");
  GuestScript script = ScriptedGuest("b1")
                           .hello()
                           .step_begins()
                           .prints(0, "value: 1\n")
                           .ends(GuestEnd::Kind::powered_off);
  for (int i = 0; i < 3; ++i) script.says(GuestStream::artifacts, std::string(100000, 'x'));
  const BootRecord record = boot(std::move(script));
  EXPECT_EQ(record.outcome.kind, OutcomeKind::infra_failed);
  EXPECT_THAT(record.outcome.detail, HasSubstr("b1.tar"));
  EXPECT_EQ(record.artifacts_file, "");
}

}  // namespace
}  // namespace faultline
