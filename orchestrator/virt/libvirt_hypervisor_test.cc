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

asio::awaitable<Course> run_guest(Hypervisor& hypervisor, GuestMachine machine) {
  using namespace asio::experimental::awaitable_operators;
  const auto guest = co_await hypervisor.start(std::move(machine));
  co_await guest->resume();
  auto both = read_all(*guest, GuestStream::console) && guest->wait_end();
  auto [console, end] = co_await std::move(both);
  co_await guest->destroy();
  co_return Course{std::move(console), std::move(end)};
}

class Guests : public ::testing::Test {
 protected:
  Guests()
      : context(1),
        hypervisor({.uri = {}, .state_directory = state_directory(), .deadlines = {}}) {}
  asio::io_context context;
  LibvirtHypervisor hypervisor;
};

TEST_F(Guests, PowerOffByThemselves) {
  const Course course = run_to_end(context, run_guest(hypervisor, tiny("poweroff")));
  EXPECT_EQ(course.console, "hello poweroff\n");
  EXPECT_EQ(course.end.kind, GuestEnd::Kind::powered_off) << to_string(course.end.kind);
}

}  // namespace
}  // namespace faultline
