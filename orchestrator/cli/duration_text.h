// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <string>

namespace faultline {

/// "45 s", "3 min 20 s", "2 h 05 min": for people who wait.
std::string duration_text(std::chrono::seconds duration);

}  // namespace faultline
