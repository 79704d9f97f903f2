// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/libvirt_hypervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <cstdlib>

#include "async/test_support.h"
#include "base/error.h"
#include "base/files.h"
#include "virt/guest_guard.h"
#include "virt/libvirt_event_loop.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::run_to_end;
using ::testing::StartsWith;

/// The embedded driver takes one root in the life of a process, so all tests here share one. It
/// stays between runs: asking QEMU what it can do takes seconds.
std::filesystem::path state_directory() {
  return std::filesystem::path(FAULTLINE_BINARY_DIR) / "test-state";
}

GuestMachine tiny(std::string command, Accelerator accel = Accelerator::tcg) {
  GuestMachine machine;
  machine.name = "tiny-" + std::to_string(::getpid()) + "-" + command;
  machine.topology.name = "one-node";
  machine.topology.nodes = {{.cpus = 1, .memory = Bytes{64} << 20, .host_node = {}}};
  machine.topology.distances = {{10}};
  machine.accel = accel;
  machine.kernel = TINY_GUEST;
  machine.cmdline = std::move(command);
  return machine;
}

/// What came of a guest.
struct Course {
  std::string console;
  GuestEnd end;
};

asio::awaitable<std::string> read_all(VirtualMachine& machine, GuestStream stream) {
  std::string text;
  std::vector<char> buffer(std::size_t{64} << 10);
  for (;;) {
    const std::size_t got = co_await machine.read(stream, buffer);
    if (got == 0) co_return text;
    text.append(buffer.data(), got);
  }
}

/// Runs a guest to its own end.
asio::awaitable<Course> run_guest(Hypervisor& hypervisor, GuestMachine machine) {
  using namespace asio::experimental::awaitable_operators;
  const auto guest = co_await hypervisor.start(std::move(machine));
  co_await guest->resume();
  auto both = read_all(*guest, GuestStream::console) && guest->wait_end();
  auto [console, end] = co_await std::move(both);
  co_await guest->destroy();
  co_return Course{std::move(console), std::move(end)};
}

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

asio::awaitable<void> destroy(VirtualMachine& guest) {
  co_await guest.destroy();
}

/// One hypervisor a test. Each test also proves that nothing of it is left.
class Guests : public ::testing::Test {
 protected:
  Guests() { open(); }
  void open() {
    hypervisor = std::make_unique<LibvirtHypervisor>(LibvirtHypervisor::Options{
        .uri = {}, .state_directory = state_directory(), .deadlines = {}});
  }
  void TearDown() override {
    const std::string uri = run_to_end(context, hypervisor->facts()).uri;
    const std::filesystem::path root = uri.substr(uri.find('=') + 1);
    hypervisor.reset();
    EXPECT_EQ(LibvirtEventLoop::instance().counts(), LibvirtEventLoop::Counts{});
    EXPECT_TRUE(guest_processes("faultline-").empty());
    EXPECT_TRUE(std::filesystem::is_empty(root / "sockets")) << root;
    EXPECT_TRUE(std::filesystem::is_empty(root / "log" / "qemu")) << root;
  }
  Course run(GuestMachine machine) {
    return run_to_end(context, run_guest(*hypervisor, std::move(machine)));
  }
  asio::io_context context{1};
  std::unique_ptr<LibvirtHypervisor> hypervisor;
};

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
