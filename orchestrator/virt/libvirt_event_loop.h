// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>

namespace faultline {

/// libvirt's event loop, on Boost.Asio: virEventRegisterImpl() with descriptors and timers of an
/// io_context that a thread of its own runs. libvirt allows one registration per process, before
/// the first connection, and needs the loop as long as anything of it is open; hence there is one,
/// it lives as long as the process, and it never stops. All of libvirt's callbacks run on its
/// thread. Thread-safe.
class LibvirtEventLoop {
 public:
  /// The loop of this process; the first call registers it with libvirt. Throws Error{libvirt} if
  /// somebody else registered another one.
  static LibvirtEventLoop& instance();

  /// Waits until everything that was removed has been freed. Call after closing a connection, not
  /// from a callback. False if that is not so after `limit`.
  bool drain(std::chrono::milliseconds limit);

  /// Watches and timers that are registered now; for tests and for finding leaks.
  struct Counts {
    int watches = 0;
    int timers = 0;
    bool operator==(const Counts&) const = default;
  };
  Counts counts() const;

  LibvirtEventLoop(const LibvirtEventLoop&) = delete;
  LibvirtEventLoop& operator=(const LibvirtEventLoop&) = delete;

 private:
  LibvirtEventLoop();
  struct State;
  State* state_;
};

}  // namespace faultline
