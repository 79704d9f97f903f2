// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "guest/event_reader.h"

// Events on the serial console: "events": "buffer" of the run sheet. The console also carries the
// kernel's messages, so each event is a line of its own that can be told from everything else and
// proves itself:
//
//     @fl1 SEQ CRC32 JSON      one event; CRC32 (8 hex digits) of the JSON
//     @fl1 end COUNT CRC32     the last line; CRC32 of all JSON, each followed by a newline
//
// Described in docs/protocol.md. The writer's half runs in the guest.

namespace faultline::guest {

/// One frame, with its newline.
std::string console_frame(std::uint64_t seq, std::string_view json_line);
/// The closing frame, with its newline. `crc_of_all` covers each JSON line with its newline.
std::string console_end_frame(std::uint64_t count, std::uint32_t crc_of_all);

/// Picks the frames out of a console stream; everything else is passed over. Not thread-safe.
class ConsoleEventReader {
 public:
  ConsoleEventReader() : lines_(max_event_line + frame_overhead) {}

  void feed(std::string_view bytes) { lines_.feed(bytes); }
  /// The next event or problem; nothing until more is fed.
  std::optional<StreamItem> next();
  /// True once the closing frame came and all that it announces had arrived undamaged.
  bool complete() const { return complete_; }
  /// True once any frame was seen: the guest has begun to report.
  bool begun() const { return begun_; }

 private:
  static constexpr std::size_t frame_overhead = 4096;  // also a kernel message before the frame

  std::optional<StreamItem> frame(std::string_view line);
  std::optional<StreamItem> problem(std::string text);
  std::optional<StreamItem> end_frame(std::string_view rest);

  LineSplitter lines_;
  EventReader events_;  // parses and numbers the JSON that proved itself
  std::uint64_t count_ = 0;
  std::uint32_t crc_of_all_ = 0;
  bool complete_ = false;
  bool begun_ = false;
  std::uint64_t problems_ = 0;
};

}  // namespace faultline::guest
