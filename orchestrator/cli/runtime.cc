// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/runtime.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "base/error.h"

namespace faultline {
namespace {

/// Two processes with one state folder would end each other's guests as leftovers.
FileLock lock_state(const std::filesystem::path& state) {
  FileLock lock = FileLock::try_lock(state / "lock");
  if (!lock)
    throw Error(ErrorKind::host, "using the state folder " + state.string(),
                "another faultline is at work in it",
                "wait for it, or give this one its own with FAULTLINE_STATE=DIR");
  return lock;
}

}  // namespace

Runtime::Runtime(const Invocation& invocation)
    : invocation_(invocation),
      io_(1),
      signals_(io_),
      builder_(processes_, invocation.locations.cache, std::thread::hardware_concurrency()),
      state_lock_(lock_state(invocation.locations.state)) {
  std::filesystem::create_directories(invocation.locations.cache);
  std::filesystem::create_directories(invocation.locations.state / "scratch");
}

Runtime::~Runtime() = default;

Hypervisor& Runtime::hypervisor() {
  if (!hypervisor_)
    hypervisor_ = std::make_unique<LibvirtHypervisor>(io_, invocation_.connect,
                                                      invocation_.locations.libvirt_root());
  return *hypervisor_;
}

RunFolders Runtime::folders() const {
  return {invocation_.locations.cache, invocation_.locations.state, invocation_.locations.guest,
          invocation_.locations.busybox};
}

void Runtime::listen_for_signals() {
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    fmt::print(stderr, "\nending guests and storing what there is; once more to quit at once\n");
    interrupt_.raise();
    signals_.async_wait([](const boost::system::error_code& again, int number) {
      if (!again) ::_exit(128 + number);
    });
  });
}

void Runtime::stop_listening() {
  boost::system::error_code ignored;
  signals_.cancel(ignored);
  signals_.clear(ignored);
  io_.stop();
}

void Runtime::run_until_stopped() {
  io_.restart();
  io_.run();
}

}  // namespace faultline
