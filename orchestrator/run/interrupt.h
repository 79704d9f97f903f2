// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>

namespace faultline {

/// A condition that coroutines of one strand wait for: ring() wakes all who wait. Not thread-safe.
class Bell {
 public:
  explicit Bell(boost::asio::any_io_executor executor) : timer_(std::move(executor)) {}

  void ring() { timer_.cancel(); }

  /// Returns when rung, or at `deadline`. The caller looks for itself which of the two it was:
  /// a bell that rings before one waits is not remembered.
  boost::asio::awaitable<void> wait_until(std::chrono::steady_clock::time_point deadline);

 private:
  boost::asio::steady_timer timer_;
};

/// Ctrl-C, or a budget that ran out: raised once, heard by everyone. Guests are then ended, what
/// there is gets stored. Not thread-safe; one strand.
class Interrupt {
 public:
  void raise();
  bool raised() const { return raised_; }

  /// Rings a bell when the interrupt is raised, as long as this object lives.
  class Subscription {
   public:
    Subscription(Interrupt& interrupt, Bell& bell);
    ~Subscription();
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;

   private:
    Interrupt& interrupt_;
    std::list<Bell*>::iterator place_;
  };

 private:
  bool raised_ = false;
  std::list<Bell*> bells_;
};

}  // namespace faultline
