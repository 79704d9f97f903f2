// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/text/ascii.h"

#include <array>
#include <utility>

#include "reports/format.h"

namespace faultline {

std::string ascii(std::string_view text) {
  static constexpr std::array<std::pair<std::int32_t, std::string_view>, 8> kKnown{{{0xd7, "x"},
                                                                                    {0xf7, "/"},
                                                                                    {0x2013, "-"},
                                                                                    {0x2014, "-"},
                                                                                    {0x2212, "-"},
                                                                                    {0x2026, ".."},
                                                                                    {0xb1, "+-"},
                                                                                    {0xb5, "u"}}};
  const std::string shown = visible_line(text);
  std::string out;
  for (std::size_t at = 0; at < shown.size();) {
    const std::int32_t code = next_code_point(shown, at);
    if (code >= 0x20 && code < 0x7f) {
      out += static_cast<char>(code);
      continue;
    }
    std::string_view as = "?";
    for (const auto& [known, name] : kKnown)
      if (known == code) as = name;
    out += as;
  }
  return out;
}

}  // namespace faultline
