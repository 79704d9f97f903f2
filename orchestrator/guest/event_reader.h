// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "guest/event.h"
#include "guest/line_splitter.h"

namespace faultline::guest {

/// Something in a guest's stream that is no event: garbage, a damaged or missing line. The guest is
/// under test, so this is evidence about it and never an error of ours.
struct StreamProblem {
  std::string text;  ///< A sentence; hostile bytes in it are escaped.
};

using StreamItem = std::variant<Event, StreamProblem>;

/// Checks that sequence numbers count up from 0 without gaps, and limits how much is said about
/// a stream that is all rubbish.
class SequenceCheck {
 public:
  enum class Verdict { in_order, gap, repeated };
  Verdict check(std::uint64_t seq);
  std::uint64_t expected() const { return expected_; }

 private:
  std::uint64_t expected_ = 0;
};

/// Turns the bytes of the event port into events, whatever the guest sends, in memory bounded by
/// one line and what was fed. Not thread-safe.
///
///     reader.feed(bytes);
///     while (auto item = reader.next()) …
class EventReader {
 public:
  static constexpr unsigned max_problems = 100;  ///< Reported; more are only counted.

  EventReader() : lines_(max_event_line) {}

  void feed(std::string_view bytes) { lines_.feed(bytes); }
  /// The next event or problem; nothing until more is fed. Empty lines are skipped: they are how
  /// the agent flushes the port.
  std::optional<StreamItem> next();
  /// Call at the end of the stream, after next() has nothing more: a line that was cut off.
  std::optional<StreamItem> finish();

  std::uint64_t problems() const { return problems_; }

 private:
  std::optional<StreamItem> problem(std::string text);
  std::optional<StreamItem> accept(Event event);

  LineSplitter lines_;
  SequenceCheck sequence_;
  std::optional<Event> after_gap_;
  std::uint64_t problems_ = 0;
};

/// `bytes` shortened and with everything but printable ASCII escaped, for a StreamProblem.
std::string quoted_excerpt(std::string_view bytes);

}  // namespace faultline::guest
