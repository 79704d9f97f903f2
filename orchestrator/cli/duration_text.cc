// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/duration_text.h"

#include <fmt/format.h>

namespace faultline {

std::string duration_text(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds < 90) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} min", seconds / 3600, seconds / 60 % 60);
}

}  // namespace faultline
