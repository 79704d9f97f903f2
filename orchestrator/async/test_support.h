// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "base/clock.h"

// For tests only.

namespace faultline::testing {

/// Runs one coroutine to its end on a context of its own; gives its result or throws what it threw.
/// Fails by an exception if it is not done after `limit`.
template <typename T>
T run_to_end(boost::asio::io_context& context, boost::asio::awaitable<T> coroutine,
             std::chrono::seconds limit = std::chrono::seconds(50)) {
  std::exception_ptr error;
  bool done = false;
  if constexpr (std::is_void_v<T>) {
    boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr thrown) {
      error = thrown;
      done = true;
      context.stop();
    });
    context.restart();
    context.run_for(limit);
    if (!done) throw std::runtime_error("the coroutine is not done in time");
    if (error) std::rethrow_exception(error);
  } else {
    std::optional<T> result;
    boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr thrown, T value) {
      error = thrown;
      result.emplace(std::move(value));
      done = true;
      context.stop();
    });
    context.restart();
    context.run_for(limit);
    if (!done) throw std::runtime_error("the coroutine is not done in time");
    if (error) std::rethrow_exception(error);
    return std::move(*result);
  }
}

template <typename T>
T run_to_end(boost::asio::awaitable<T> coroutine,
             std::chrono::seconds limit = std::chrono::seconds(50)) {
  boost::asio::io_context context(1);
  return run_to_end(context, std::move(coroutine), limit);
}

/// A clock that moves only when told. Thread-safe.
class ManualClock final : public Clock {
 public:
  SteadyTime steady() const override {
    const std::lock_guard lock(mutex_);
    return SteadyTime(elapsed_);
  }
  WallTime wall() const override {
    const std::lock_guard lock(mutex_);
    return start_ + std::chrono::duration_cast<WallTime::duration>(elapsed_);
  }
  void advance(std::chrono::nanoseconds by) {
    const std::lock_guard lock(mutex_);
    elapsed_ += by;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::nanoseconds elapsed_{0};
  WallTime start_{std::chrono::seconds(1577836800)};  // 2020-01-01
};

}  // namespace faultline::testing
