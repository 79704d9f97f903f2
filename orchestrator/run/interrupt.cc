// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/interrupt.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace faultline {

boost::asio::awaitable<void> Bell::wait_until(std::chrono::steady_clock::time_point deadline) {
  timer_.expires_at(deadline);
  co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void Interrupt::raise() {
  raised_ = true;
  for (Bell* bell : bells_) bell->ring();
}

Interrupt::Subscription::Subscription(Interrupt& interrupt, Bell& bell)
    : interrupt_(interrupt), place_(interrupt.bells_.insert(interrupt.bells_.end(), &bell)) {}

Interrupt::Subscription::~Subscription() {
  interrupt_.bells_.erase(place_);
}

}  // namespace faultline
