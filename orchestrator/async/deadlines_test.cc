// SPDX-License-Identifier: GPL-2.0-or-later
#include "async/deadlines.h"

#include <gtest/gtest.h>

#include "async/test_support.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::run_to_end;

asio::awaitable<int> number_after(std::chrono::milliseconds delay, int number) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(asio::use_awaitable);
  co_return number;
}

asio::awaitable<void> nothing_after(std::chrono::milliseconds delay, bool& done) {
  asio::steady_timer timer(co_await asio::this_coro::executor, delay);
  co_await timer.async_wait(asio::use_awaitable);
  done = true;
}

asio::awaitable<int> failure() {
  throw std::runtime_error("broken");
  co_return 0;
}

TEST(Deadlines, GiveTheResultOfAnOperationThatIsInTime) {
  EXPECT_EQ(run_to_end(with_deadline(number_after(0ms, 7), 10s)), 7);
}

TEST(Deadlines, EndAnOperationThatIsLate) {
  EXPECT_EQ(run_to_end(with_deadline(number_after(1h, 7), 1ms)), std::nullopt);
}

TEST(Deadlines, SayWhetherAnOperationWithoutResultWasInTime) {
  bool done = false;
  EXPECT_FALSE(run_to_end(with_deadline(nothing_after(1h, done), 1ms)));
  EXPECT_FALSE(done);
  EXPECT_TRUE(run_to_end(with_deadline(nothing_after(0ms, done), 10s)));
  EXPECT_TRUE(done);
}

TEST(Deadlines, LetExceptionsThrough) {
  EXPECT_THROW(run_to_end(with_deadline(failure(), 10s)), std::runtime_error);
}

TEST(Deadlines, StretchOnlyWhatTheGuestSpends) {
  const Deadlines normal;
  const Deadlines emulated = normal.for_emulation();
  EXPECT_EQ(emulated.guest(emulated.hello), 10 * normal.guest(normal.hello));
  EXPECT_EQ(emulated.destroy, normal.destroy);
}

}  // namespace
}  // namespace faultline
