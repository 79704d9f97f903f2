// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace faultline::guest {

/// CRC-32 of ISO 3309 (polynomial 0xedb88320 reflected, as in gzip and `crc32`). To continue over
/// several pieces, pass the value so far.
std::uint32_t crc32(std::string_view data, std::uint32_t so_far = 0);

}  // namespace faultline::guest
