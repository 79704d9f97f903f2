// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_symbols.h"

#include <algorithm>
#include <charconv>

#include "small_files.h"

namespace faultline::agent {

KernelSymbols::KernelSymbols(std::string_view kallsyms) {
  std::string_view line;
  while (take_line(kallsyms, line)) {
    const std::string_view address = take_word(line);
    const std::string_view type = take_word(line);
    const std::string_view name = take_word(line);
    std::uint64_t number = 0;
    const auto [stop, error] =
        std::from_chars(address.data(), address.data() + address.size(), number, 16);
    // Absolute symbols ("A", offsets into per-processor areas) are no addresses.
    if (error != std::errc{} || number == 0 || name.empty() || type == "A" || type == "a") continue;
    symbols_.push_back({number, name});
    if (name == "_end" || name == "__brk_limit") end_ = std::max(end_, number);
  }
  std::stable_sort(symbols_.begin(), symbols_.end(),
                   [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
  if (end_ == 0 && !symbols_.empty()) end_ = symbols_.back().address + 4096;
}

std::string_view KernelSymbols::name(std::uint64_t address) const {
  const auto behind = std::upper_bound(
      symbols_.begin(), symbols_.end(), address,
      [](std::uint64_t value, const Symbol& symbol) { return value < symbol.address; });
  if (behind == symbols_.begin() || address >= std::max(end_, symbols_.back().address + 4096))
    return {};
  // Of several names of one address the first is the one that the kernel prints.
  const std::uint64_t start = std::prev(behind)->address;
  return std::lower_bound(
             symbols_.begin(), behind, start,
             [](const Symbol& symbol, std::uint64_t value) { return symbol.address < value; })
      ->name;
}

std::string_view KernelSymbols::exact_name(std::uint64_t address) const {
  const auto found = std::lower_bound(
      symbols_.begin(), symbols_.end(), address,
      [](const Symbol& symbol, std::uint64_t value) { return symbol.address < value; });
  return found != symbols_.end() && found->address == address ? found->name : std::string_view();
}

std::uint64_t KernelSymbols::address(std::string_view name) const {
  for (const Symbol& symbol : symbols_)
    if (symbol.name == name) return symbol.address;
  return 0;
}

}  // namespace faultline::agent
