// SPDX-License-Identifier: GPL-2.0-or-later
#include "async/thread_pool.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "async/deadlines.h"
#include "async/test_support.h"

namespace faultline {
namespace {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::run_to_end;

asio::awaitable<std::thread::id> thread_of_the_pool(asio::thread_pool& pool) {
  co_return co_await on_pool(pool, [] { return std::this_thread::get_id(); });
}

asio::awaitable<std::thread::id> thread_after_the_pool(asio::thread_pool& pool) {
  co_await on_pool(pool, [] {});
  co_return std::this_thread::get_id();
}

TEST(OnPool, RunsThereAndComesBack) {
  asio::io_context context(1);  // before the pool, so that the pool is joined first
  asio::thread_pool pool(1);
  EXPECT_NE(run_to_end(context, thread_of_the_pool(pool)), std::this_thread::get_id());
  EXPECT_EQ(run_to_end(context, thread_after_the_pool(pool)), std::this_thread::get_id());
}

TEST(OnPool, CarriesResultsThatOnlyMove) {
  asio::io_context context(1);
  asio::thread_pool pool(1);
  auto result = run_to_end(context, on_pool(pool, [] { return std::make_unique<int>(3); }));
  EXPECT_EQ(*result, 3);
}

TEST(OnPool, CarriesExceptions) {
  asio::io_context context(1);
  asio::thread_pool pool(1);
  auto broken = []() -> int { throw std::runtime_error("broken"); };
  EXPECT_THROW(run_to_end(context, on_pool(pool, broken)), std::runtime_error);
}

TEST(OnPool, EndsAtOnceOnCancellationWhileTheFunctionGoesOn) {
  std::promise<void> release;
  auto finished = std::make_shared<std::atomic<bool>>(false);
  asio::io_context context(1);
  asio::thread_pool pool(1);
  auto blocked = [wait = release.get_future().share(), finished] {
    wait.wait();
    *finished = true;
    return 1;
  };
  EXPECT_EQ(run_to_end(context, with_deadline(on_pool(pool, blocked), 1ms)), std::nullopt);
  EXPECT_FALSE(*finished);
  release.set_value();
  pool.join();
  EXPECT_TRUE(*finished);
  context.restart();
  context.poll();  // the late result arrives, finds nobody, and is destroyed
}

TEST(OnPool, DestroysALateResult) {
  std::promise<void> release;
  auto token = std::make_shared<int>(1);
  asio::io_context context(1);
  asio::thread_pool pool(1);
  auto blocked = [wait = release.get_future().share(), token]() mutable {
    wait.wait();
    return std::move(token);
  };
  EXPECT_EQ(run_to_end(context, with_deadline(on_pool(pool, std::move(blocked)), 1ms)),
            std::nullopt);
  release.set_value();
  pool.join();
  context.restart();
  context.poll();
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace faultline
