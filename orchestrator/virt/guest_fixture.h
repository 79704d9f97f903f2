// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "async/test_support.h"
#include "virt/guest_guard.h"
#include "virt/libvirt_event_loop.h"
#include "virt/libvirt_hypervisor.h"

// For tests that start real guests, with QEMU's emulation and libvirt's embedded driver.

namespace faultline::testing {

/// The embedded driver takes one root in the life of a process, so all tests here share one. It
/// stays between runs: asking QEMU what it can do takes seconds.
inline std::filesystem::path state_directory() {
  return std::filesystem::path(FAULTLINE_BINARY_DIR) / "test-state";
}

inline GuestMachine tiny(std::string command, Accelerator accel = Accelerator::tcg) {
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

inline boost::asio::awaitable<std::string> read_all(VirtualMachine& machine, GuestStream stream) {
  std::string text;
  std::vector<char> buffer(std::size_t{64} << 10);
  for (;;) {
    const std::size_t got = co_await machine.read(stream, buffer);
    if (got == 0) co_return text;
    text.append(buffer.data(), got);
  }
}

/// Runs a guest to its own end.
inline boost::asio::awaitable<Course> run_guest(Hypervisor& hypervisor, GuestMachine machine) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto guest = co_await hypervisor.start(std::move(machine));
  co_await guest->resume();
  auto both = read_all(*guest, GuestStream::console) && guest->wait_end();
  auto [console, end] = co_await std::move(both);
  co_await guest->destroy();
  co_return Course{std::move(console), std::move(end)};
}

inline bool soon(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

/// libvirt can open the embedded driver only a few times in the life of a process, so all tests
/// share one hypervisor. Each test proves that nothing of its guests is left, and the last one that
/// nothing of the connection is.
class Guests : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_context = std::make_unique<boost::asio::io_context>(1);
    shared_hypervisor = std::make_unique<LibvirtHypervisor>(LibvirtHypervisor::Options{
        .uri = {}, .state_directory = state_directory(), .deadlines = {}});
  }
  static void TearDownTestSuite() {
    shared_hypervisor.reset();
    shared_context.reset();
    EXPECT_FALSE(std::filesystem::exists(embedded_root)) << "left behind in memory";
    EXPECT_EQ(LibvirtEventLoop::instance().counts(), LibvirtEventLoop::Counts{});
  }
  void TearDown() override {
    const std::string uri = run_to_end(context, hypervisor->facts()).uri;
    const std::filesystem::path root = uri.substr(uri.find('=') + 1);
    embedded_root = root;
    EXPECT_TRUE(soon([&] { return std::filesystem::is_empty(root / "sockets"); })) << root;
    EXPECT_TRUE(soon([&] { return std::filesystem::is_empty(root / "log" / "qemu"); })) << root;
    const auto is_ours = root.filename().string() + "-";
    EXPECT_TRUE(soon([&] { return guest_processes(is_ours).empty(); }));
  }
  Course run(GuestMachine machine) {
    return run_to_end(context, run_guest(*hypervisor, std::move(machine)));
  }
  boost::asio::io_context& context = *shared_context;
  LibvirtHypervisor* hypervisor = shared_hypervisor.get();

 private:
  static inline std::unique_ptr<boost::asio::io_context> shared_context;
  static inline std::unique_ptr<LibvirtHypervisor> shared_hypervisor;
  static inline std::filesystem::path embedded_root;
};

}  // namespace faultline::testing
