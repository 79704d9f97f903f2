// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "async/process_runner.h"
#include "base/clock.h"
#include "cli/command.h"
#include "kernel/kernel_builder.h"
#include "run/interrupt.h"
#include "run/run_experiment.h"
#include "virt/libvirt_hypervisor.h"

namespace faultline {

/// A folder of this process alone, removed with it; folders of processes that are gone go too.
class ProcessScratch {
 public:
  /// Throws Error{host}.
  explicit ProcessScratch(const std::filesystem::path& parent);
  ~ProcessScratch();
  ProcessScratch(const ProcessScratch&) = delete;
  ProcessScratch& operator=(const ProcessScratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The live parts of one invocation, wired together: event loop, processes, libvirt, builder. The
/// only place that names the real implementations of the ports. Lives on the main thread, which
/// runs everything but blocking library calls.
class Runtime {
 public:
  /// Makes the folders that are missing. Throws Error{host}.
  explicit Runtime(const Invocation& invocation);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  boost::asio::io_context& io() { return io_; }
  const Clock& clock() const { return clock_; }
  Interrupt& interrupt() { return interrupt_; }
  CommandRunner& commands() { return processes_; }
  KernelBuilder& builder() { return builder_; }
  /// Connects on first use.
  Hypervisor& hypervisor();
  RunFolders folders() const;

  /// Runs a coroutine to its end; Ctrl-C and SIGTERM raise the interrupt once, a second one ends
  /// the program at once. Rethrows what the coroutine throws.
  template <typename T>
  T complete(boost::asio::awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(io_, std::move(work), [&](std::exception_ptr error, T value) {
      failure = error;
      if (!error) result.emplace(std::move(value));
      stop_listening();
    });
    listen_for_signals();
    run_until_stopped();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }

 private:
  void listen_for_signals();
  void stop_listening();
  void run_until_stopped();

  const Invocation& invocation_;
  boost::asio::io_context io_;
  boost::asio::signal_set signals_;
  SystemClock clock_;
  Interrupt interrupt_;
  ProcessRunner processes_;
  KernelBuilder builder_;
  ProcessScratch scratch_;
  std::unique_ptr<LibvirtHypervisor> hypervisor_;
};

}  // namespace faultline
