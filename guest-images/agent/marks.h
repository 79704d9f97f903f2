// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace faultline::agent {

/// Tells whoever watches this guest's instructions (guest/marks.h) that an iteration begins or has
/// ended: some two hundred instructions that do nothing.
void mark_begin(std::uint32_t step, std::uint32_t iteration);
void mark_end(std::uint32_t step, std::uint32_t iteration);

}  // namespace faultline::agent
