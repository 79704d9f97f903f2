// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/waiting_lock.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.h"
#include "kernel/host_command.h"

namespace faultline {
namespace asio = boost::asio;

asio::awaitable<FileLock> wait_for_lock(std::filesystem::path file, std::function<void()> on_wait) {
  using namespace std::chrono_literals;
  FileLock lock = FileLock::try_lock(file);
  if (lock) co_return lock;
  if (on_wait) on_wait();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto give_up = std::chrono::steady_clock::now() + BuildDeadlines{}.wait;
  auto pause = 20ms;  // flock() has no asynchronous form
  while (std::chrono::steady_clock::now() < give_up) {
    timer.expires_after(pause);
    co_await timer.async_wait(asio::use_awaitable);
    lock = FileLock::try_lock(file);
    if (lock) co_return lock;
    pause = std::min(pause * 2, 500ms);
  }
  throw Error(ErrorKind::host, "waiting for another build", "it still holds " + file.string(),
              "see what it does, or end it");
}

}  // namespace faultline
