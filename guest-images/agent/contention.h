// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel_symbols.h"
#include "observer.h"
#include "ring_buffer.h"

namespace faultline::agent {

/// The numbers that it takes to read the events of lock contention.
struct ContentionFormat {
  int begin = -1;  ///< Numbers of the events.
  int end = -1;
  int stack = -1;
  int lock_of_begin = -1;  ///< Offsets of fields.
  int flags_of_begin = -1;
  int lock_of_end = -1;
  int frames = -1;
  bool complete() const;
};

/// Sums waits for locks: by kind of lock, its name if it is a variable of the kernel, and the
/// function that wanted it. Fed processor by processor.
class ContentionSums {
 public:
  explicit ContentionSums(ContentionFormat format) : format_(format) {}
  /// One record of one processor, in their order.
  void add(unsigned cpu, const TraceRecord& record);
  /// "KIND [LOCK] in CALLER" with ".count", ".wait_ns" and ".max_ns".
  std::map<std::string, double> values(const KernelSymbols& symbols) const;

 private:
  struct Event {
    std::uint64_t time = 0;
    std::uint64_t lock = 0;
    std::uint32_t task = 0;
    std::uint32_t flags = 0;
    bool begins = false;
    std::vector<std::uint64_t> frames;  ///< Innermost first; of a begin only.
  };
  ContentionFormat format_;
  std::vector<Event> events_;
  std::map<unsigned, std::size_t> last_begin_;  ///< By processor: where its stack belongs.
};

/// What the flags of contention_begin say of the lock: "spinlock", "rwsem write", "mutex".
std::string lock_kind(std::uint32_t flags);

/// Collector "contention": the tracepoints lock:contention_begin and contention_end, in a trace
/// instance of its own, kept in the kernel until the step is over and summed then. Events that did
/// not fit are counted as "lost".
class Contention final : public Observer {
 public:
  explicit Contention(std::string tracefs = "/sys/kernel/tracing") : tracefs_(std::move(tracefs)) {}
  ~Contention() override;

  std::string prepare(std::vector<std::string>& partly) override;
  void start() override;
  std::map<std::string, double> stop() override;

 private:
  std::string instance() const { return tracefs_ + "/instances/faultline"; }
  void enable(bool on);

  std::string tracefs_;
  ContentionFormat format_;
  bool made_ = false;
};

}  // namespace faultline::agent
