// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/bounded_text.h"

#include <algorithm>

namespace faultline {

BoundedText::BoundedText(std::size_t head_bytes, std::size_t tail_bytes)
    : head_bytes_(head_bytes), tail_bytes_(tail_bytes) {}

void BoundedText::append(std::string_view text) {
  total_ += text.size();
  const std::size_t room = std::min(head_bytes_ - head_.size(), text.size());
  head_.append(text.substr(0, room));
  tail_.append(text.substr(room));
  if (tail_.size() > 2 * tail_bytes_) tail_.erase(0, tail_.size() - tail_bytes_);
}

std::string BoundedText::str() const {
  const std::string_view tail =
      std::string_view(tail_).substr(tail_.size() > tail_bytes_ ? tail_.size() - tail_bytes_ : 0);
  const std::size_t missing = total_ - head_.size() - tail.size();
  std::string text = head_;
  if (missing > 0) text += "\n[... " + std::to_string(missing) + " bytes left out ...]\n";
  text += tail;
  return text;
}

}  // namespace faultline
