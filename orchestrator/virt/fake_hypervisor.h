// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "virt/hypervisor.h"

namespace faultline {

/// What a scripted guest says, and how it ends. Times count from resume().
struct GuestScript {
  struct Speech {
    std::chrono::milliseconds at{0};
    GuestStream stream = GuestStream::console;
    std::string bytes;
  };
  std::vector<Speech> speeches;  ///< In the order of their times.
  /// Not set: it goes on until it is destroyed.
  std::optional<GuestEnd> end = GuestEnd{};
  std::chrono::milliseconds end_at{0};
  std::optional<Error> start_error;  ///< start() throws this instead.
  std::optional<Error> read_error;   ///< Reading the artifacts throws this.

  GuestScript& says(GuestStream stream, std::string bytes, std::chrono::milliseconds at = {}) {
    speeches.push_back({at, stream, std::move(bytes)});
    end_at = std::max(end_at, at);
    return *this;
  }
  GuestScript& ends(GuestEnd::Kind kind, std::string detail = {},
                    std::chrono::milliseconds after = {}) {
    end = GuestEnd{kind, std::move(detail)};
    end_at += after;
    return *this;
  }
  GuestScript& hangs() {
    end.reset();
    return *this;
  }
};

/// A Hypervisor for tests: its guests do what their scripts say. Time stands still if hold() was
/// called, until advance(); otherwise all that a script says has already happened. Remembers what
/// it was asked. All on one thread.
class FakeHypervisor final : public Hypervisor {
 public:
  HypervisorFacts host{"fake:///", "9.0.0", "7.2.0", "/usr/bin/qemu-system-x86_64", true};
  std::vector<std::string> leftovers;  ///< What sweep() finds.

  /// The next guest follows this script; without one it powers off in silence.
  void push(GuestScript script) { scripts_.push_back(std::move(script)); }

  /// From now on time passes only by advance().
  void hold() { time_->now = std::chrono::milliseconds(0); }
  void advance(std::chrono::milliseconds by) {
    time_->now += by;
    time_->changed();
  }

  /// "start NAME", "resume NAME", "type NAME TEXT", "destroy NAME", "sweep".
  const std::vector<std::string>& history() const { return *history_; }
  const std::vector<GuestMachine>& machines() const { return machines_; }
  /// Guests that were started and not yet destroyed.
  int alive() const { return *alive_; }

  boost::asio::awaitable<HypervisorFacts> facts() override { co_return host; }

  boost::asio::awaitable<std::unique_ptr<VirtualMachine>> start(GuestMachine machine) override {
    const auto executor = co_await boost::asio::this_coro::executor;
    GuestScript script;
    if (!scripts_.empty()) {
      script = std::move(scripts_.front());
      scripts_.pop_front();
    }
    history_->push_back("start " + machine.name);
    machines_.push_back(machine);
    if (script.start_error) throw *script.start_error;
    ++*alive_;
    co_return std::make_unique<Machine>(executor, std::move(machine), std::move(script), time_,
                                        history_, alive_);
  }

  boost::asio::awaitable<std::vector<std::string>> sweep() override {
    history_->push_back("sweep");
    co_return std::exchange(leftovers, {});
  }

 private:
  struct Time {
    std::chrono::milliseconds now = std::chrono::milliseconds::max() / 2;
    std::vector<std::weak_ptr<boost::asio::steady_timer>> waiters;
    void changed() {
      for (const auto& waiter : waiters)
        if (const auto timer = waiter.lock()) timer->cancel();
      std::erase_if(waiters, [](const auto& waiter) { return waiter.expired(); });
    }
  };

  class Machine final : public VirtualMachine {
   public:
    Machine(const boost::asio::any_io_executor& executor, GuestMachine machine, GuestScript script,
            std::shared_ptr<Time> time, std::shared_ptr<std::vector<std::string>> history,
            std::shared_ptr<int> alive)
        : machine_(std::move(machine)),
          script_(std::move(script)),
          time_(std::move(time)),
          history_(std::move(history)),
          alive_(std::move(alive)),
          changed_(std::make_shared<boost::asio::steady_timer>(
              executor, boost::asio::steady_timer::time_point::max())) {
      time_->waiters.push_back(changed_);
    }

    boost::asio::awaitable<void> resume() override {
      history_->push_back("resume " + machine_.name);
      resumed_at_ = time_->now;
      changed_->cancel();
      co_return;
    }

    boost::asio::awaitable<std::size_t> read(GuestStream stream, std::span<char> buffer) override {
      if (stream == GuestStream::artifacts && script_.read_error) throw *script_.read_error;
      for (;;) {
        // Each stream's speeches are taken in order; `said_` counts the bytes taken of each.
        std::size_t skip = said_[stream];
        for (const auto& speech : script_.speeches) {
          if (speech.stream != stream) continue;
          if (skip >= speech.bytes.size()) {
            skip -= speech.bytes.size();
            continue;
          }
          if (!reached(speech.at)) break;
          const std::size_t size = std::min(buffer.size(), speech.bytes.size() - skip);
          std::copy_n(speech.bytes.data() + skip, size, buffer.data());
          said_[stream] += size;
          co_return size;
        }
        if (has_ended()) co_return 0;
        co_await wait_for_change();
      }
    }

    boost::asio::awaitable<void> write_console(std::span<const char> bytes) override {
      history_->push_back("type " + machine_.name + " " + std::string(bytes.data(), bytes.size()));
      co_return;
    }

    boost::asio::awaitable<GuestEnd> wait_end() override {
      while (!has_ended()) co_await wait_for_change();
      if (script_.end && reached(script_.end_at)) co_return *script_.end;
      co_return GuestEnd{GuestEnd::Kind::destroyed, {}};
    }

    boost::asio::awaitable<void> destroy() override {
      if (std::exchange(destroyed_, true)) co_return;
      history_->push_back("destroy " + machine_.name);
      --*alive_;
      changed_->cancel();
    }

    boost::asio::awaitable<std::vector<RamBlock>> ram_blocks() override {
      std::uint64_t offset = 0;
      std::vector<RamBlock> blocks;
      for (const TopologyNode& node : machine_.topology.nodes) {
        blocks.push_back({"ram-node" + std::to_string(blocks.size()), offset, node.memory});
        offset += node.memory;
      }
      co_return blocks;
    }

    std::string xml() const override { return "<domain/>"; }

   private:
    bool reached(std::chrono::milliseconds at) const {
      return resumed_at_ && (time_->now - *resumed_at_ >= at || time_->now > hour);
    }
    bool has_ended() const { return destroyed_ || (script_.end && reached(script_.end_at)); }
    boost::asio::awaitable<void> wait_for_change() {
      const auto timer = changed_;
      co_await timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    static constexpr std::chrono::hours hour{1000000};  ///< Later than any script: not held.
    GuestMachine machine_;
    GuestScript script_;
    std::shared_ptr<Time> time_;
    std::shared_ptr<std::vector<std::string>> history_;
    std::shared_ptr<int> alive_;
    std::shared_ptr<boost::asio::steady_timer> changed_;
    std::optional<std::chrono::milliseconds> resumed_at_;
    std::map<GuestStream, std::size_t> said_;
    bool destroyed_ = false;
  };

  std::deque<GuestScript> scripts_;
  std::vector<GuestMachine> machines_;
  std::shared_ptr<Time> time_ = std::make_shared<Time>();
  std::shared_ptr<std::vector<std::string>> history_ = std::make_shared<std::vector<std::string>>();
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace faultline
