// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/accelerator_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/test_support.h"
#include "base/files.h"
#include "virt/fake_hypervisor.h"

namespace faultline {
namespace {
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::ManualClock;
using testing::run_to_end;

const ProbeGuest guest{"/kernel", "/initramfs", "quiet", "key-1"};

AcceleratorAnswer probe(FakeHypervisor& hypervisor, Deadlines deadlines = {}) {
  return run_to_end(probe_kvm(hypervisor, guest, deadlines));
}

TEST(AcceleratorProbe, BelievesInKvmAfterAGuestSpokeAndPoweredOff) {
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript().says(GuestStream::console, "hello\n"));
  const auto answer = probe(hypervisor);
  EXPECT_TRUE(answer.usable);
  EXPECT_TRUE(answer.certain);
  ASSERT_EQ(hypervisor.machines().size(), 1u);
  EXPECT_EQ(hypervisor.machines()[0].accel, Accelerator::kvm);
  EXPECT_EQ(hypervisor.alive(), 0);
}

TEST(AcceleratorProbe, NamesKvmsInternalError) {
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript().ends(
      GuestEnd::Kind::internal_error,
      "KVM internal error. Suberror: 1\nextra data[0]: 0x0000000000000001\nRAX=00\n"));
  const auto answer = probe(hypervisor);
  EXPECT_FALSE(answer.usable);
  EXPECT_TRUE(answer.certain);
  EXPECT_EQ(
      answer.reason,
      "KVM stopped the probe guest with an internal error: it failed to emulate an instruction");
  EXPECT_EQ(hypervisor.alive(), 0);
}

TEST(AcceleratorProbe, QuotesTheLastWordsOfAGuestThatPanicked) {
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript()
                      .says(GuestStream::console, "Booting\nKernel panic - not syncing: init\n\n")
                      .ends(GuestEnd::Kind::panicked));
  EXPECT_EQ(probe(hypervisor).reason,
            "the probe guest panicked on KVM; it last said: Kernel panic - not syncing: init");
}

TEST(AcceleratorProbe, GivesUpOnASilentGuestAndIsNotSure) {
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript().hangs());
  Deadlines deadlines;
  deadlines.probe = 10ms;
  const auto answer = probe(hypervisor, deadlines);
  EXPECT_FALSE(answer.usable);
  EXPECT_FALSE(answer.certain);
  EXPECT_THAT(answer.reason, HasSubstr("said nothing"));
  EXPECT_EQ(hypervisor.alive(), 0);
}

TEST(AcceleratorProbe, ReportsARefusalToStart) {
  FakeHypervisor hypervisor;
  GuestScript refused;
  refused.start_error = Error(ErrorKind::libvirt, "starting guest", "invalid argument: no KVM");
  hypervisor.push(refused);
  EXPECT_THAT(probe(hypervisor).reason, HasSubstr("invalid argument: no KVM"));
}

TEST(AcceleratorProbe, QuotesOnlyQemusFirstErrorOfARefusal) {
  FakeHypervisor hypervisor;
  GuestScript refused;
  refused.start_error =
      Error(ErrorKind::libvirt, "starting guest",
            "internal error: qemu unexpectedly closed the monitor: 2026-11-28T14:45:18.387833Z "
            "qemu-system-x86_64: error: failed to set MSR 0x10a to 0x400000000c000069\n"
            "qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion "
            "`ret == cpu->kvm_msr_buf->nmsrs' failed.");
  hypervisor.push(refused);
  EXPECT_EQ(probe(hypervisor).reason,
            "QEMU does not start a guest on KVM: failed to set MSR 0x10a to 0x400000000c000069");
}

TEST(AcceleratorProbe, StartsNothingWithoutTheDevice) {
  FakeHypervisor hypervisor;
  hypervisor.host.kvm_device = false;
  EXPECT_THAT(probe(hypervisor).reason, HasSubstr("/dev/kvm"));
  EXPECT_TRUE(hypervisor.machines().empty());
}

TEST(AcceleratorProbe, AsksOnceAndRemembers) {
  TemporaryDirectory folder;
  ManualClock clock;
  const auto file = folder.path() / "probe" / "kvm.json";
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript().ends(GuestEnd::Kind::internal_error, "KVM internal error.\nwhy\n"));
  const auto first = run_to_end(kvm_answer(hypervisor, guest, file, {}, clock));
  const auto second = run_to_end(kvm_answer(hypervisor, guest, file, {}, clock));
  EXPECT_EQ(first, second);
  EXPECT_EQ(hypervisor.machines().size(), 1u);
}

TEST(AcceleratorProbe, AsksAgainForAnotherKernelOrQemu) {
  TemporaryDirectory folder;
  ManualClock clock;
  const auto file = folder.path() / "kvm.json";
  FakeHypervisor hypervisor;
  for (int i = 0; i < 3; ++i) hypervisor.push(GuestScript().says(GuestStream::events, "{}\n"));
  run_to_end(kvm_answer(hypervisor, guest, file, {}, clock));
  ProbeGuest other = guest;
  other.kernel_key = "key-2";
  run_to_end(kvm_answer(hypervisor, other, file, {}, clock));
  hypervisor.host.qemu_version = "8.0.0";
  run_to_end(kvm_answer(hypervisor, guest, file, {}, clock));
  EXPECT_EQ(hypervisor.machines().size(), 3u);
}

TEST(AcceleratorProbe, RemembersForADayWhatMayPass) {
  TemporaryDirectory folder;
  ManualClock clock;
  const auto file = folder.path() / "kvm.json";
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript().ends(GuestEnd::Kind::killed));
  hypervisor.push(GuestScript().says(GuestStream::console, "hello\n"));
  EXPECT_FALSE(run_to_end(kvm_answer(hypervisor, guest, file, {}, clock)).usable);
  clock.advance(23h);
  EXPECT_FALSE(run_to_end(kvm_answer(hypervisor, guest, file, {}, clock)).usable);
  clock.advance(2h);
  EXPECT_TRUE(run_to_end(kvm_answer(hypervisor, guest, file, {}, clock)).usable);
  clock.advance(1000h);
  EXPECT_TRUE(run_to_end(kvm_answer(hypervisor, guest, file, {}, clock)).usable);
  EXPECT_EQ(hypervisor.machines().size(), 2u);
}

TEST(AcceleratorProbe, SeesADeviceThatBecomesAccessible) {
  TemporaryDirectory folder;
  ManualClock clock;
  FakeHypervisor hypervisor;
  hypervisor.host.kvm_device = false;
  const auto file = folder.path() / "kvm.json";
  EXPECT_FALSE(run_to_end(kvm_answer(hypervisor, guest, file, {}, clock)).usable);
  hypervisor.host.kvm_device = true;
  hypervisor.push(GuestScript().says(GuestStream::console, "hello\n"));
  EXPECT_TRUE(run_to_end(kvm_answer(hypervisor, guest, file, {}, clock)).usable);
}

TEST(AcceleratorProbe, TakesADamagedCacheForNone) {
  TemporaryDirectory folder;
  ManualClock clock;
  const auto file = folder.path() / "kvm.json";
  const ProbeKey key{"6.1", "cpu", "7.2", "9.0", "k"};
  for (const char* text : {"", "{", "[]", R"({"version":1,"answers":[1,{"key":2}]})",
                           R"({"version":9,"answers":[]})", R"({"version":1,"answers":{}})"}) {
    write_file_atomically(file, text);
    EXPECT_EQ(remembered_answer(file, key, clock), std::nullopt) << text;
  }
  const AcceleratorAnswer answer{true, "ran", true};
  remember_answer(file, key, answer, clock);
  EXPECT_EQ(remembered_answer(file, key, clock), answer);
}

}  // namespace
}  // namespace faultline
