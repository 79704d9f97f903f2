// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace faultline {

/// How long each phase may take. No wait in Faultline is without one of these, and no other place
/// holds a literal duration. Values are for a guest on KVM; emulation stretches those that a guest
/// spends computing by `scale`, see for_emulation().
struct Deadlines {
  using Duration = std::chrono::milliseconds;

  // Spent by the host: never scaled.
  Duration connect = std::chrono::seconds(120);      ///< Open libvirt; a cold one asks QEMU a lot.
  Duration define_domain = std::chrono::minutes(2);  ///< libvirt turns XML into a paused QEMU.
  Duration open_stream = std::chrono::seconds(5);
  Duration start = std::chrono::seconds(10);  ///< Let the paused guest run.
  Duration destroy = std::chrono::seconds(20);
  Duration sweep = std::chrono::seconds(20);  ///< End and verify what an earlier run left.
  Duration drain = std::chrono::seconds(2);   ///< Output that is still on its way after an end.
  Duration kill = std::chrono::seconds(10);   ///< From SIGKILL to a process that can be reaped.

  // Spent by the guest: multiplied by `scale`.
  Duration hello = std::chrono::seconds(20);      ///< From its first instruction to the agent.
  Duration step_slack = std::chrono::seconds(5);  ///< A step over its own timeout.
  Duration power_off = std::chrono::seconds(10);  ///< From the last event to the end.
  Duration probe = std::chrono::seconds(10);      ///< All of the accelerator's probe guest.

  double scale = 1;

  /// The guest's durations, stretched.
  Duration guest(Duration duration) const {
    return std::chrono::duration_cast<Duration>(duration * scale);
  }

  /// These deadlines for a guest that is emulated on a host with few cores: ten times as long.
  Deadlines for_emulation() const {
    Deadlines stretched = *this;
    stretched.scale = scale * 10;
    return stretched;
  }
};

/// Runs an operation for at most `limit`. Gives its result, or nothing (false for an operation
/// without a result) if the time was up first; the operation is then cancelled and has ended when
/// this completes. A result that comes in spite of that is not thrown away. Cancelling this cancels
/// the operation. The operation's exceptions pass through. T must have a default constructor.
template <typename T>
boost::asio::awaitable<std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>> with_deadline(
    boost::asio::awaitable<T> operation, std::chrono::milliseconds limit) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  // Not `operation || timer`: that waits for the first success, so a failure would wait for the
  // timer.
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(operation), asio::deferred),
      timer.async_wait(asio::deferred));
  const auto first = asio::experimental::wait_for_one();
  if constexpr (std::is_void_v<T>) {
    auto [order, error, timer_error] = co_await group.async_wait(first, asio::use_awaitable);
    if (error && (order[0] == 0 || timer_error)) std::rethrow_exception(error);
    co_return !error;
  } else {
    auto [order, error, value, timer_error] = co_await group.async_wait(first, asio::use_awaitable);
    if (error && (order[0] == 0 || timer_error)) std::rethrow_exception(error);
    if (error) co_return std::nullopt;
    co_return std::optional<T>(std::move(value));
  }
}

}  // namespace faultline
