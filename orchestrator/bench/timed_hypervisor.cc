// SPDX-License-Identifier: GPL-2.0-or-later
#include "bench/timed_hypervisor.h"

namespace faultline::bench {
namespace {

using boost::asio::awaitable;

class TimedMachine final : public VirtualMachine {
 public:
  TimedMachine(std::unique_ptr<VirtualMachine> inner, GuestTimes& times)
      : inner_(std::move(inner)), times_(times) {}

  awaitable<void> resume() override {
    times_.resumed = std::chrono::steady_clock::now();
    co_await inner_->resume();
  }
  awaitable<std::size_t> read(GuestStream stream, std::span<char> buffer) override {
    return inner_->read(stream, buffer);
  }
  awaitable<void> write_console(std::span<const char> bytes) override {
    return inner_->write_console(bytes);
  }
  awaitable<GuestEnd> wait_end() override {
    GuestEnd end = co_await inner_->wait_end();
    times_.ended = std::chrono::steady_clock::now();
    co_return end;
  }
  awaitable<void> destroy() override { return inner_->destroy(); }
  awaitable<std::vector<RamBlock>> ram_blocks() override { return inner_->ram_blocks(); }
  std::string xml() const override { return inner_->xml(); }

 private:
  std::unique_ptr<VirtualMachine> inner_;
  GuestTimes& times_;
};

}  // namespace

awaitable<std::unique_ptr<VirtualMachine>> TimedHypervisor::start(GuestMachine machine) {
  std::unique_ptr<VirtualMachine> guest = co_await inner_.start(std::move(machine));
  co_return std::make_unique<TimedMachine>(std::move(guest), times_);
}

}  // namespace faultline::bench
