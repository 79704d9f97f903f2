// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::agent {

/// What a program printed, in bounded memory: the first `keep_bytes` whole, and always the end.
/// Memory is taken as output comes, in small pieces, so that a quiet program costs nothing.
class BoundedOutput {
 public:
  /// `inline_bytes` is the size of text() at most, give or take a line about what is left out.
  BoundedOutput(std::size_t inline_bytes, std::size_t keep_bytes);

  void append(std::string_view bytes);

  std::uint64_t total() const { return total_; }
  /// True if text() is not everything.
  bool truncated() const { return total_ > inline_bytes_; }
  /// All of it, or its head and tail with a line between them that says how much is left out.
  std::string text() const;
  /// The same, with as much as was kept.
  std::string kept() const;

 private:
  static constexpr std::size_t piece_bytes = std::size_t{64} << 10;

  std::string head(std::size_t bytes) const;
  std::string tail(std::size_t bytes) const;

  std::size_t inline_bytes_;
  std::size_t keep_bytes_;
  std::uint64_t total_ = 0;
  std::vector<std::string> pieces_;  // the first keep_bytes_; all but the last are full
  std::size_t in_pieces_ = 0;
  std::string ring_;  // the last inline_bytes_ / 2, once there is more than keep_bytes_
  std::size_t ring_at_ = 0;
};

}  // namespace faultline::agent
