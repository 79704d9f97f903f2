// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_hypervisor.h"

#include "async/deadlines.h"
#include "base/error.h"
#include "virt/guest_fixture.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using namespace testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Reads the console until `text` has come.
asio::awaitable<void> read_until(VirtualMachine& machine, std::string text) {
  std::string seen;
  std::vector<char> buffer(4096);
  while (seen.find(text) == std::string::npos) {
    const std::size_t got = co_await machine.read(GuestStream::console, buffer);
    if (got == 0) throw std::runtime_error("the console ended after: " + seen);
    seen.append(buffer.data(), got);
  }
}

/// Runs a guest until it says hello, then does something to it.
template <typename Action>
asio::awaitable<GuestEnd> end_guest(LibvirtHypervisor& hypervisor, GuestMachine machine,
                                    Action action) {
  const auto guest = co_await hypervisor.start(std::move(machine));
  co_await guest->resume();
  co_await read_until(*guest, "hello");
  co_await action(*guest);
  const auto end = co_await guest->wait_end();
  co_await guest->destroy();
  co_return end;
}

asio::awaitable<void> kill_qemu(VirtualMachine& guest) {
  const std::string xml = guest.xml();
  const auto from = xml.find("<name>") + 6;
  const auto found = guest_processes(xml.substr(from, xml.find("</name>") - from));
  if (found.size() != 1) throw std::runtime_error("not one QEMU");
  kill_guest_process(found.front());
  co_return;
}

asio::awaitable<void> nothing(VirtualMachine&) {
  co_return;
}
asio::awaitable<void> destroy(VirtualMachine& guest) {
  co_await guest.destroy();
}

TEST_F(Guests, PowerOffByThemselves) {
  const Course course = run(tiny("poweroff"));
  EXPECT_EQ(course.console, "hello poweroff\n");
  EXPECT_EQ(course.end.kind, GuestEnd::Kind::powered_off) << to_string(course.end.kind);
}

TEST_F(Guests, EndWhenTheyReboot) {
  const Course course = run(tiny("reboot"));
  EXPECT_EQ(course.console, "hello reboot\n");
  EXPECT_EQ(course.end.kind, GuestEnd::Kind::reset) << to_string(course.end.kind);
}

TEST_F(Guests, EndWhenTheyPanic) {
  const Course course = run(tiny("panic"));
  EXPECT_EQ(course.end.kind, GuestEnd::Kind::panicked) << to_string(course.end.kind);
}

TEST_F(Guests, LoseNothingOfMuchOutput) {
  const Course course = run(tiny("flood"));
  EXPECT_EQ(course.console.size(), std::string("hello flood\n").size() + (std::size_t{128} << 10));
}

TEST_F(Guests, RunOnTheInstructionClock) {
  const Course course = run(tiny("poweroff", Accelerator::icount));
  EXPECT_EQ(course.console, "hello poweroff\n");
  EXPECT_EQ(course.end.kind, GuestEnd::Kind::powered_off) << to_string(course.end.kind);
}

TEST_F(Guests, AreNoticedWhenQemuIsKilled) {
  const auto end = run_to_end(context, end_guest(*hypervisor, tiny("hang"), kill_qemu));
  EXPECT_EQ(end.kind, GuestEnd::Kind::killed) << to_string(end.kind);
}

TEST_F(Guests, AreNoticedAtOnceWhenKvmPausesThem) {
  if (!run_to_end(context, hypervisor->facts()).kvm_device) GTEST_SKIP() << "no /dev/kvm";
  // No deadline is involved: the guest stands still without an end, so waiting shows the notice.
  GuestEnd end;
  try {
    end =
        run_to_end(context, end_guest(*hypervisor, tiny("jump", Accelerator::kvm), nothing), 200s);
  } catch (const Error& error) {
    GTEST_SKIP() << "KVM starts no guest here: " << error.what();
  }
  EXPECT_EQ(end.kind, GuestEnd::Kind::internal_error) << to_string(end.kind);
  EXPECT_THAT(end.detail, HasSubstr("KVM internal error"));
}

TEST_F(Guests, AreDestroyedByUs) {
  const auto end = run_to_end(context, end_guest(*hypervisor, tiny("hang"), destroy));
  EXPECT_EQ(end.kind, GuestEnd::Kind::destroyed) << to_string(end.kind);
}

asio::awaitable<std::string> converse(Hypervisor& hypervisor) {
  const auto guest = co_await hypervisor.start(tiny("echo"));
  co_await guest->resume();
  co_await read_until(*guest, "hello echo\n");
  const std::string typed = "abcq";
  co_await guest->write_console(typed);
  auto heard = co_await read_all(*guest, GuestStream::console);
  co_await guest->destroy();
  co_return heard;
}

TEST_F(Guests, HearWhatIsTypedAtTheConsole) {
  EXPECT_EQ(run_to_end(context, converse(*hypervisor)), "abc");
}

asio::awaitable<std::string> read_after_end(Hypervisor& hypervisor) {
  const auto guest = co_await hypervisor.start(tiny("poweroff"));
  co_await guest->resume();
  co_await guest->wait_end();
  auto text = co_await read_all(*guest, GuestStream::console);
  co_await guest->destroy();
  co_return text;
}

TEST_F(Guests, AreReadToTheLastByteAfterTheirEnd) {
  EXPECT_EQ(run_to_end(context, read_after_end(*hypervisor)), "hello poweroff\n");
}

asio::awaitable<void> be_refused(Hypervisor& hypervisor) {
  auto machine = tiny("poweroff");
  machine.kernel = "/nowhere/kernel";
  co_await hypervisor.start(machine);
}

TEST_F(Guests, ThatLibvirtRefusesGiveItsReason) {
  try {
    run_to_end(context, be_refused(*hypervisor));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::libvirt);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/kernel"));
  }
}

asio::awaitable<void> wait_for_ever(Hypervisor& hypervisor, bool& destroyed) {
  const auto guest = co_await hypervisor.start(tiny("hang"));
  try {
    co_await guest->resume();
    co_await guest->wait_end();
  } catch (const boost::system::system_error&) {
  }
  co_await asio::this_coro::reset_cancellation_state();
  co_await guest->destroy();
  destroyed = true;
}

TEST_F(Guests, AreDestroyedWhenTheirOwnerIsCancelled) {
  bool destroyed = false;
  run_to_end(context, with_deadline(wait_for_ever(*hypervisor, destroyed), 1500ms));
  EXPECT_TRUE(destroyed);
}

TEST_F(Guests, ThatNobodyWaitsForAnyMoreAreDestroyed) {
  run_to_end(context, hypervisor->facts());
  for (const auto patience : {1ms, 30ms, 100ms, 200ms, 300ms}) {
    const auto guest =
        run_to_end(context, with_deadline(hypervisor->start(tiny("hang")), patience));
    if (guest) run_to_end(context, (*guest)->destroy());
  }
}

TEST_F(Guests, TellFactsOfTheHost) {
  const auto facts = run_to_end(context, hypervisor->facts());
  EXPECT_THAT(facts.uri, StartsWith("qemu:///embed?root="));
  EXPECT_THAT(facts.libvirt_version, ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(facts.qemu_version, ::testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_TRUE(std::filesystem::exists(facts.qemu_binary)) << facts.qemu_binary;
}

}  // namespace
}  // namespace faultline
