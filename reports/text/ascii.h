// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace faultline {

/// The text in printable ASCII: ×, ÷, dashes and the like as x, /, -; all else that is not ASCII
/// as visible() shows it, and what is left of that as '?'.
std::string ascii(std::string_view text);

}  // namespace faultline
