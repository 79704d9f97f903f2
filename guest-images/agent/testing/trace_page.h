// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

// For tests only.

namespace faultline::agent {

/// Writes pages as the kernel's ring buffer does.
class TracePage {
 public:
  explicit TracePage(std::uint64_t time) { put(time, 8); }

  TracePage& record(std::uint32_t delta, std::string fields) {
    fields.resize((fields.size() + 3) & ~std::size_t{3});
    if (fields.size() <= 28 * 4 && !fields.empty()) {
      head(static_cast<std::uint32_t>(fields.size() / 4), delta);
    } else {
      head(0, delta);
      append(fields.size() + 4, 4);
    }
    data_ += fields;
    return *this;
  }
  TracePage& extend(std::uint64_t delta) {
    head(30, static_cast<std::uint32_t>(delta & 0x7ffffff));
    append(delta >> 27, 4);
    return *this;
  }
  TracePage& stamp(std::uint64_t time) {
    head(31, static_cast<std::uint32_t>(time & 0x7ffffff));
    append((time >> 27) & 0xffffffff, 4);
    return *this;
  }
  TracePage& discarded(std::uint32_t delta, std::uint32_t bytes) {
    head(29, delta);
    append(bytes + 4, 4);
    data_.append(bytes, '\x55');
    return *this;
  }
  TracePage& rest_is_empty() {
    head(29, 0);
    data_.append(64, '\xee');
    return *this;
  }
  std::string bytes(std::uint64_t flags = 0) const {
    std::string page = start_;
    const std::uint64_t length = data_.size() | flags;
    for (int i = 0; i < 8; ++i) page += static_cast<char>(length >> (8 * i));
    return page + data_;
  }

 private:
  void put(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) start_ += static_cast<char>(value >> (8 * i));
  }
  void append(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) data_ += static_cast<char>(value >> (8 * i));
  }
  void head(std::uint32_t kind, std::uint32_t delta) { append(kind | delta << 5, 4); }

  std::string start_;
  std::string data_;
};

}  // namespace faultline::agent
