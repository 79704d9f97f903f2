// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_sink.h"

#include <utility>

#include "clocks.h"
#include "guest/console_frames.h"
#include "guest/crc32.h"
#include "small_files.h"

namespace faultline::agent {

void EventSink::emit(guest::EventBody body) {
  std::string line = guest::to_json_line({seq_++, monotonic_ns(), std::move(body)});
  if (port_ < 0) {
    kept_.push_back(std::move(line));
    return;
  }
  line += '\n';
  // A host that went away ends this guest sooner or later; there is nobody to tell.
  write_all(port_, line);
}

void EventSink::write_to_console(int fd) {
  std::uint32_t crc = 0;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    crc = guest::crc32("\n", guest::crc32(kept_[i], crc));
    write_all(fd, guest::console_frame(i, kept_[i]));
  }
  write_all(fd, guest::console_end_frame(kept_.size(), crc));
  kept_.clear();
}

}  // namespace faultline::agent
