// SPDX-License-Identifier: GPL-2.0-or-later
#include "bounded_output.h"

#include <algorithm>

namespace faultline::agent {
namespace {

std::string left_out(std::uint64_t bytes) {
  return "\n[... " + std::to_string(bytes) + " bytes left out ...]\n";
}

}  // namespace

BoundedOutput::BoundedOutput(std::size_t inline_bytes, std::size_t keep_bytes)
    : inline_bytes_(inline_bytes), keep_bytes_(std::max(keep_bytes, inline_bytes)) {}

void BoundedOutput::append(std::string_view bytes) {
  total_ += bytes.size();
  while (!bytes.empty() && in_pieces_ < keep_bytes_) {
    if (pieces_.empty() || pieces_.back().size() == piece_bytes) pieces_.emplace_back();
    std::string& piece = pieces_.back();
    const std::size_t room = std::min(piece_bytes - piece.size(), keep_bytes_ - in_pieces_);
    const std::size_t take = std::min(room, bytes.size());
    piece.append(bytes.substr(0, take));
    in_pieces_ += take;
    bytes.remove_prefix(take);
  }
  if (bytes.empty()) return;
  if (ring_.empty()) {
    // From here on the tail lives in the ring; it starts as the end of the pieces.
    ring_ = tail(inline_bytes_ / 2);
    ring_at_ = 0;
  }
  if (bytes.size() > ring_.size()) bytes.remove_prefix(bytes.size() - ring_.size());
  while (!bytes.empty()) {
    const std::size_t take = std::min(bytes.size(), ring_.size() - ring_at_);
    ring_.replace(ring_at_, take, bytes.substr(0, take));
    ring_at_ = (ring_at_ + take) % ring_.size();
    bytes.remove_prefix(take);
  }
}

std::string BoundedOutput::head(std::size_t bytes) const {
  std::string text;
  text.reserve(std::min(bytes, in_pieces_));
  for (const std::string& piece : pieces_) {
    if (text.size() == bytes) break;
    text.append(piece, 0, bytes - text.size());
  }
  return text;
}

std::string BoundedOutput::tail(std::size_t bytes) const {
  if (!ring_.empty()) return ring_.substr(ring_at_) + ring_.substr(0, ring_at_);
  std::string text;
  std::size_t skip = in_pieces_ - std::min(bytes, in_pieces_);
  for (const std::string& piece : pieces_) {
    if (skip >= piece.size()) {
      skip -= piece.size();
    } else {
      text.append(piece, skip);
      skip = 0;
    }
  }
  return text;
}

std::string BoundedOutput::text() const {
  if (!truncated()) return head(in_pieces_);
  const std::size_t half = inline_bytes_ / 2;
  return head(half) + left_out(total_ - 2 * half) + tail(half);
}

std::string BoundedOutput::kept() const {
  if (ring_.empty()) return head(in_pieces_);
  // The ring's beginning may still overlap the end of the pieces.
  const std::uint64_t beyond = total_ - in_pieces_;
  std::string end = tail(0);
  if (beyond <= end.size()) return head(in_pieces_) + end.substr(end.size() - beyond);
  return head(in_pieces_) + left_out(beyond - end.size()) + end;
}

}  // namespace faultline::agent
