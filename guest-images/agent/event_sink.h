// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "guest/event.h"

namespace faultline::agent {

/// Where events go: at once to the event port, or into memory until write_to_console(). Numbers
/// and stamps them. Used by one thread.
class EventSink {
 public:
  /// Streams to `port`, a descriptor that stays the caller's.
  static EventSink to_port(int port) { return EventSink(port); }
  /// Keeps everything in memory: nothing touches a device between measurements.
  static EventSink to_memory() { return EventSink(-1); }

  void emit(guest::EventBody body);

  /// Memory only: writes all that was kept as console frames to `fd`, and forgets it.
  void write_to_console(int fd);

 private:
  explicit EventSink(int port) : port_(port) {}

  int port_;
  std::uint64_t seq_ = 0;
  std::vector<std::string> kept_;
};

}  // namespace faultline::agent
