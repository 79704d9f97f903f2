// SPDX-License-Identifier: GPL-2.0-or-later
#include "virt/ram_blocks.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace faultline {
namespace {

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  const std::string_view word = line.substr(0, std::min(line.find_first_of(" \t\r"), line.size()));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::vector<RamBlock> parse_ram_blocks(std::string_view table) {
  std::vector<RamBlock> blocks;
  while (!table.empty()) {
    std::string_view line = table.substr(0, std::min(table.find('\n'), table.size()));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    RamBlock block;
    block.name = take_word(line);
    std::uint64_t numbers[3];  // offset, used, total
    std::size_t found = 0;
    for (std::string_view word = take_word(line); !word.empty() && found < 3;
         word = take_word(line)) {
      if (!word.starts_with("0x")) continue;
      const auto [end, error] =
          std::from_chars(word.data() + 2, word.data() + word.size(), numbers[found], 16);
      if (error == std::errc{} && end == word.data() + word.size()) ++found;
    }
    if (found < 3) continue;
    // Objects may be called by their path.
    block.name.erase(0, block.name.rfind('/') + 1);
    block.offset = numbers[0];
    block.size = numbers[2];
    blocks.push_back(std::move(block));
  }
  return blocks;
}

}  // namespace faultline
