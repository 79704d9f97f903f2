// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/crc32.h"

#include <array>

namespace faultline::guest {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xedb88320U : 0U);
    table[byte] = value;
  }
  return table;
}

constexpr auto table = make_table();

}  // namespace

std::uint32_t crc32(std::string_view data, std::uint32_t so_far) {
  std::uint32_t value = ~so_far;
  for (const char c : data)
    value = (value >> 8) ^ table[(value ^ static_cast<unsigned char>(c)) & 0xff];
  return ~value;
}

}  // namespace faultline::guest
