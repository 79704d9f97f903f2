// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace faultline {

namespace detail {

/// What a pool thread and the waiting coroutine share. `waiting` and the handler are touched only
/// on the handler's executor.
template <typename Handler>
struct PoolCall {
  explicit PoolCall(Handler h)
      : handler(std::move(h)),
        executor(boost::asio::get_associated_executor(handler)),
        work(executor) {}
  Handler handler;
  boost::asio::associated_executor_t<Handler> executor;
  boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler>> work;
  bool waiting = true;
};

template <typename Result, typename Handler>
void finish(std::shared_ptr<PoolCall<Handler>> call, std::exception_ptr error,
            std::optional<Result> result) {
  auto executor = call->executor;
  boost::asio::post(executor,
                    [call = std::move(call), error, result = std::move(result)]() mutable {
                      if (!call->waiting) return;  // cancelled: the result dies here
                      call->waiting = false;
                      boost::asio::get_associated_cancellation_slot(call->handler).clear();
                      auto handler = std::move(call->handler);
                      call->work.reset();
                      std::move(handler)(error, std::move(result));
                    });
}

}  // namespace detail

/// Runs a blocking function on a thread of the pool; gives its result, or throws what it threw.
/// On cancellation this ends at once with operation_aborted although the function goes on: it owns
/// all that it uses (captured by value or by shared_ptr), and its late result is destroyed. A
/// function whose result must not be lost (a started guest) has to notice by itself that nobody
/// waits any more. Completes on the caller's executor, which must be a strand or have one thread;
/// the pool must be joined before that executor's context is destroyed.
template <typename Function>
boost::asio::awaitable<std::invoke_result_t<Function>> on_pool(boost::asio::thread_pool& pool,
                                                               Function function) {
  using Value = std::invoke_result_t<Function>;
  using Result = std::conditional_t<std::is_void_v<Value>, std::monostate, Value>;
  using Signature = void(std::exception_ptr, std::optional<Result>);

  auto start = [&pool](auto handler, Function work) {
    using Handler = decltype(handler);
    auto call = std::make_shared<detail::PoolCall<Handler>>(std::move(handler));
    auto slot = boost::asio::get_associated_cancellation_slot(call->handler);
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr(call)](boost::asio::cancellation_type) {
        auto call = weak.lock();
        if (!call || !call->waiting) return;
        call->waiting = false;
        auto executor = call->executor;
        boost::asio::post(executor, [call] {
          auto handler = std::move(call->handler);
          call->work.reset();
          std::move(handler)(std::make_exception_ptr(boost::system::system_error(
                                 boost::asio::error::operation_aborted)),
                             std::nullopt);
        });
      });
    }
    boost::asio::post(pool, [call = std::move(call), work = std::move(work)]() mutable {
      std::optional<Result> result;
      std::exception_ptr error;
      try {
        if constexpr (std::is_void_v<Value>) {
          work();
          result.emplace();
        } else {
          result.emplace(work());
        }
      } catch (...) {
        error = std::current_exception();
      }
      detail::finish<Result>(std::move(call), error, std::move(result));
    });
  };
  auto result =
      co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, Signature>(
          start, boost::asio::use_awaitable, std::move(function));
  if constexpr (!std::is_void_v<Value>) co_return std::move(*result);
}

}  // namespace faultline
