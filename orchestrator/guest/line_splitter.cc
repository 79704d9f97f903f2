// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/line_splitter.h"

#include <utility>

namespace faultline::guest {

void LineSplitter::feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_.append(bytes);
}

std::optional<LineSplitter::Line> LineSplitter::next() {
  for (;;) {
    const std::size_t newline = buffer_.find('\n', scanned_);
    if (newline == std::string::npos) {
      scanned_ = buffer_.size();
      if (dropping_) {
        begin_ = scanned_;
      } else if (scanned_ - begin_ > max_line_) {
        Line line{buffer_.substr(begin_, shown_of_long), true};
        begin_ = scanned_;
        dropping_ = true;
        return line;
      }
      return std::nullopt;
    }
    const std::size_t start = std::exchange(begin_, newline + 1);
    scanned_ = begin_;
    if (std::exchange(dropping_, false)) continue;
    std::size_t length = newline - start;
    if (length > max_line_) return Line{buffer_.substr(start, shown_of_long), true};
    if (length > 0 && buffer_[newline - 1] == '\r') --length;
    return Line{buffer_.substr(start, length), false};
  }
}

std::optional<LineSplitter::Line> LineSplitter::rest() {
  std::string text = buffer_.substr(begin_);
  buffer_.clear();
  begin_ = scanned_ = 0;
  if (text.empty() || std::exchange(dropping_, false)) return std::nullopt;
  return Line{std::move(text), false};
}

}  // namespace faultline::guest
