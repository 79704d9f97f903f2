// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Where code lies decides which of it shares sets of the caches, slots of the branch predictor and
// pages; a change anywhere in the kernel moves all that comes behind it. A text layout is an order
// of the objects in the kernel's .text, drawn by a seed. Everything else of the link stays as it
// was: the contents of the objects, the order of initcalls, all other sections.

namespace faultline {

/// The linker script of a kernel (vmlinux.lds) with the .text of the `objects`, as the linker knows
/// them ("mm/rmap.o"), in an order that only the seed and their names decide. Objects that are not
/// listed come behind them in the order of the link. Nothing if the script does not gather the
/// .text of all objects in exactly one place. Pure.
std::optional<std::string> lay_out_text(std::string_view linker_script,
                                        std::vector<std::string> objects, std::uint32_t seed);

}  // namespace faultline
