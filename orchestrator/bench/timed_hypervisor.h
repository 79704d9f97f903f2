// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>

#include "virt/hypervisor.h"

namespace faultline::bench {

/// When the last guest began to run, and when its end was known.
struct GuestTimes {
  std::chrono::steady_clock::time_point resumed;
  std::chrono::steady_clock::time_point ended;
};

/// A hypervisor that looks at the clock when a guest is let run and when it ends, and leaves the
/// rest to another one, which must outlive it.
class TimedHypervisor final : public Hypervisor {
 public:
  explicit TimedHypervisor(Hypervisor& inner) : inner_(inner) {}

  boost::asio::awaitable<HypervisorFacts> facts() override { return inner_.facts(); }
  boost::asio::awaitable<std::unique_ptr<VirtualMachine>> start(GuestMachine machine) override;
  boost::asio::awaitable<std::vector<std::string>> sweep() override { return inner_.sweep(); }

  const GuestTimes& times() const { return times_; }

 private:
  Hypervisor& inner_;
  GuestTimes times_;
};

}  // namespace faultline::bench
