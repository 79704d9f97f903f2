// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faultline {

/// Keeps the beginning and the end of a stream of any length: a guest may print for ever. Memory is
/// bounded by head + 2 × tail bytes.
class BoundedText {
 public:
  BoundedText(std::size_t head_bytes, std::size_t tail_bytes);

  void append(std::string_view text);
  /// Head, a line that says how many bytes are missing (only when some are), tail.
  std::string str() const;
  std::size_t total_bytes() const { return total_; }

 private:
  std::size_t head_bytes_;
  std::size_t tail_bytes_;
  std::size_t total_ = 0;
  std::string head_;
  std::string tail_;
};

}  // namespace faultline
