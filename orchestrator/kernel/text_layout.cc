// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/text_layout.h"

#include <algorithm>

#include "base/random.h"

namespace faultline {
namespace {

/// A name that means itself in a linker script.
bool is_plain(const std::string& object) {
  return !object.empty() && object.find_first_not_of(
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-./") == std::string::npos;
}

/// As a pattern: a plain name would make the linker open that file once more.
std::string pattern_of(const std::string& object) {
  return "[" + object.substr(0, 1) + "]" + object.substr(1);
}

struct Place {
  std::size_t begin = 0;
  std::size_t end = 0;   ///< Behind the bracket.
  std::string sections;  ///< "(.text .text.fixup)"
};

/// The one statement that takes .text from all objects, with what else it takes along.
std::optional<Place> place_of_text(std::string_view script) {
  std::optional<Place> found;
  constexpr std::string_view opening = "*(.text";
  for (std::size_t at = script.find(opening); at != std::string_view::npos;
       at = script.find(opening, at + 1)) {
    const std::size_t next = at + opening.size();
    if (next >= script.size() || (script[next] != ' ' && script[next] != ')')) continue;
    const std::size_t close = script.find(')', next);
    if (close == std::string_view::npos || found) return std::nullopt;
    found = Place{at, close + 1, std::string(script.substr(at + 1, close - at))};
  }
  return found;
}

}  // namespace

std::optional<std::string> lay_out_text(std::string_view linker_script,
                                        std::vector<std::string> objects, std::uint32_t seed) {
  const auto place = place_of_text(linker_script);
  if (!place) return std::nullopt;
  std::erase_if(objects, [](const std::string& object) { return !is_plain(object); });
  std::sort(objects.begin(), objects.end());
  objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
  Random(seed).shuffle(objects);
  std::string laid_out(linker_script.substr(0, place->begin));
  for (const std::string& object : objects) laid_out += pattern_of(object) + place->sections + "\n";
  laid_out += linker_script.substr(place->begin);
  return laid_out;
}

}  // namespace faultline
