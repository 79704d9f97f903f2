// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace faultline::guest {

/// Cuts a byte stream into lines in bounded memory. Not thread-safe.
class LineSplitter {
 public:
  struct Line {
    std::string text;       ///< Without newline and without a carriage return before it.
    bool too_long = false;  ///< `text` is only its beginning; the rest is dropped.
  };

  /// Longer lines than `max_line` bytes are dropped up to their newline.
  explicit LineSplitter(std::size_t max_line) : max_line_(max_line) {}

  void feed(std::string_view bytes);
  /// The next whole line, in order; nothing until more is fed.
  std::optional<Line> next();
  /// What is left without a newline at the end of the stream, if anything.
  std::optional<Line> rest();

 private:
  static constexpr std::size_t shown_of_long = 120;

  std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the line that is looked at
  std::size_t scanned_ = 0;  // no newline in [begin_, scanned_)
  bool dropping_ = false;    // inside a line that was too long
};

}  // namespace faultline::guest
