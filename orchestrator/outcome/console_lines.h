// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

// Reading a serial console line by line. Private to outcome. Pure; views point into the log.

namespace faultline {

/// One line of a console, taken apart.
struct ConsoleLine {
  std::string_view whole;    ///< Without its line end.
  std::string_view message;  ///< What printk was given: without time stamp and caller.
  std::string_view caller;   ///< "T123" or "C0" (CONFIG_PRINTK_CALLER), or "".
  bool stamped = false;      ///< Carries printk's time stamp.
};

/// Takes a line apart. A time stamp counts at the beginning, and also later in a line that began as
/// something else: a program may have left the cursor in the middle of a line when the kernel
/// spoke. It does not count in a line of JSON (the agent's events may travel by the console, and
/// they quote what a workload printed).
ConsoleLine parse_console_line(std::string_view whole);

/// Walks over the lines of a log, whatever it contains. Copies are cheap and independent, which is
/// how one looks ahead.
class ConsoleReader {
 public:
  explicit ConsoleReader(std::string_view log) : log_(log) {}
  /// False at the end of the log; `line` is then unchanged.
  bool next(ConsoleLine& line);
  /// Where the next line begins, in bytes.
  std::size_t offset() const { return offset_; }

 private:
  std::string_view log_;
  std::size_t offset_ = 0;
};

}  // namespace faultline
