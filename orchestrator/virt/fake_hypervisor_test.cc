// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/fake_hypervisor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/deadlines.h"
#include "async/test_support.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::run_to_end;

asio::awaitable<std::string> read_all(VirtualMachine& guest, GuestStream stream) {
  std::string text;
  char buffer[4];
  for (;;) {
    const std::size_t got = co_await guest.read(stream, buffer);
    if (got == 0) co_return text;
    text.append(buffer, got);
  }
}

GuestMachine named(std::string name) {
  GuestMachine machine;
  machine.name = std::move(name);
  return machine;
}

asio::awaitable<void> check_script(FakeHypervisor& hypervisor) {
  const auto guest = co_await hypervisor.start(named("a"));
  co_await guest->resume();
  EXPECT_EQ(co_await read_all(*guest, GuestStream::console), "one two");
  EXPECT_EQ(co_await read_all(*guest, GuestStream::events), "{}\n");
  EXPECT_EQ(co_await read_all(*guest, GuestStream::artifacts), "");
  EXPECT_EQ((co_await guest->wait_end()).kind, GuestEnd::Kind::panicked);
  co_await guest->destroy();
  co_await guest->destroy();
}

TEST(FakeHypervisor, PlaysAScriptOnEachStreamAndRemembers) {
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript()
                      .says(GuestStream::console, "one ")
                      .says(GuestStream::events, "{}\n")
                      .says(GuestStream::console, "two")
                      .ends(GuestEnd::Kind::panicked));
  run_to_end(check_script(hypervisor));
  EXPECT_THAT(hypervisor.history(), ElementsAre("start a", "resume a", "destroy a"));
  EXPECT_EQ(hypervisor.alive(), 0);
}

asio::awaitable<void> check_time(FakeHypervisor& hypervisor) {
  const auto guest = co_await hypervisor.start(named("a"));
  co_await guest->resume();
  EXPECT_EQ(co_await with_deadline(read_all(*guest, GuestStream::console), 5ms), std::nullopt);
  hypervisor.advance(100ms);
  char buffer[16];
  EXPECT_EQ(co_await guest->read(GuestStream::console, buffer), 4u);
  EXPECT_EQ(co_await with_deadline(guest->wait_end(), 5ms), std::nullopt);
  hypervisor.advance(50ms);
  EXPECT_EQ((co_await guest->wait_end()).kind, GuestEnd::Kind::powered_off);
  co_await guest->destroy();
}

TEST(FakeHypervisor, LetsTimePassOnlyWhenTold) {
  FakeHypervisor hypervisor;
  hypervisor.hold();
  hypervisor.push(GuestScript()
                      .says(GuestStream::console, "late", 100ms)
                      .ends(GuestEnd::Kind::powered_off, "", 50ms));
  run_to_end(check_time(hypervisor));
}

asio::awaitable<GuestEnd> destroy_hanging(FakeHypervisor& hypervisor) {
  const auto guest = co_await hypervisor.start(named("a"));
  co_await guest->resume();
  EXPECT_EQ(co_await with_deadline(guest->wait_end(), 5ms), std::nullopt);
  co_await guest->destroy();
  EXPECT_EQ(co_await read_all(*guest, GuestStream::console), "");
  co_return co_await guest->wait_end();
}

TEST(FakeHypervisor, DestroysAGuestThatHangs) {
  FakeHypervisor hypervisor;
  hypervisor.push(GuestScript().hangs());
  EXPECT_EQ(run_to_end(destroy_hanging(hypervisor)).kind, GuestEnd::Kind::destroyed);
}

}  // namespace
}  // namespace faultline
