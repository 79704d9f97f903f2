// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/runtime.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "base/error.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

}  // namespace

ProcessScratch::ProcessScratch(const fs::path& parent)
    : path_(parent / std::to_string(::getpid())) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) throw Error(ErrorKind::host, "creating " + parent.string(), error.message());
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string pid = entry.path().filename();
    if (!fs::exists("/proc/" + pid)) fs::remove_all(entry.path(), error);
  }
  fs::create_directories(path_, error);
  if (error) throw Error(ErrorKind::host, "creating " + path_.string(), error.message());
}

ProcessScratch::~ProcessScratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Runtime::Runtime(const Invocation& invocation)
    : invocation_(invocation),
      io_(1),
      signals_(io_),
      builder_(processes_, invocation.locations.cache, std::thread::hardware_concurrency()),
      scratch_(invocation.locations.state / "scratch") {
  std::error_code error;
  fs::create_directories(invocation.locations.cache, error);
  if (error)
    throw Error(ErrorKind::host, "creating " + invocation.locations.cache.string(), error.message(),
                "give another folder with FAULTLINE_CACHE=DIR");
}

Hypervisor& Runtime::hypervisor() {
  if (!hypervisor_)
    hypervisor_ = std::make_unique<LibvirtHypervisor>(
        LibvirtHypervisor::Options{.uri = invocation_.connect,
                                   .state_directory = invocation_.locations.state,
                                   .deadlines = {}});
  return *hypervisor_;
}

RunFolders Runtime::folders() const {
  fs::path artifacts = invocation_.database;
  artifacts.replace_extension(".artifacts");
  return {.cache = invocation_.locations.cache,
          .scratch = scratch_.path(),
          .artifacts = std::move(artifacts),
          .locks = invocation_.locations.state / "locks",
          .guest_parts = invocation_.locations.guest,
          .busybox = invocation_.locations.busybox,
          .debian = invocation_.locations.debian,
          .mirror = invocation_.locations.mirror,
          .plugin = invocation_.locations.plugin};
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
