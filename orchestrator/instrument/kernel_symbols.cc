// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/kernel_symbols.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>

namespace faultline {
namespace {

/// What may follow the last function: its own length is not in a System.map.
constexpr std::uint64_t last_function_bytes = 65536;

constexpr std::array fault_names{"asm_exc_divide_error",
                                 "asm_exc_bounds",
                                 "asm_exc_invalid_op",
                                 "asm_exc_device_not_available",
                                 "asm_exc_invalid_tss",
                                 "asm_exc_segment_not_present",
                                 "asm_exc_stack_segment",
                                 "asm_exc_general_protection",
                                 "asm_exc_page_fault",
                                 "asm_exc_alignment_check",
                                 "asm_exc_simd_coprocessor_error"};

/// Names that stand for a place, not for a function: ends and beginnings of sections, paddings.
bool is_marker(std::string_view name) {
  return name.ends_with("_start") || name.ends_with("_end") || name.ends_with("text") ||
         name.starts_with("__pfx_") || name.starts_with("__cfi_") || name.starts_with(".L");
}

/// Better names are less.
auto rank(std::string_view name, char type) {
  const std::size_t underscores = name.find_first_not_of('_');
  return std::tuple(is_marker(name), type != 'T', underscores, name.size(), name);
}

}  // namespace

KernelSymbols KernelSymbols::parse(std::string_view system_map) {
  struct Line {
    std::uint64_t address;
    char type;
    std::string_view name;
  };
  std::vector<Line> lines;
  KernelSymbols symbols;
  while (!system_map.empty()) {
    const std::size_t end = std::min(system_map.find('\n'), system_map.size());
    const std::string_view line = system_map.substr(0, end);
    system_map.remove_prefix(std::min(end + 1, system_map.size()));
    std::uint64_t address = 0;
    const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
    const auto at = static_cast<std::size_t>(stop - line.data());
    if (error != std::errc{} || line.size() < at + 4 || line[at] != ' ' || line[at + 2] != ' ')
      continue;
    const char type = line[at + 1];
    const std::string_view name = line.substr(at + 3);
    if (name == "__entry_text_start") symbols.entry_begin = address;
    if (name == "__entry_text_end") symbols.entry_end = address;
    if (type != 't' && type != 'T' && type != 'w' && type != 'W') continue;
    if (std::find(fault_names.begin(), fault_names.end(), name) != fault_names.end())
      symbols.fault_entries.push_back(address);
    lines.push_back({address, type, name});
  }
  std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
    return a.address != b.address ? a.address < b.address
                                  : rank(a.name, a.type) < rank(b.name, b.type);
  });
  for (const Line& line : lines)
    if (symbols.functions.empty() || symbols.functions.back().address != line.address)
      symbols.functions.push_back({line.address, std::string(line.name)});
  std::sort(symbols.fault_entries.begin(), symbols.fault_entries.end());
  return symbols;
}

std::string function_list(const KernelSymbols& symbols) {
  std::string text;
  char buffer[24];
  const auto add = [&](std::uint64_t address) {
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, address, 16);
    text.append(buffer, end).append("\n");
  };
  for (const KernelSymbols::Function& function : symbols.functions) add(function.address);
  if (!symbols.functions.empty()) add(symbols.functions.back().address + last_function_bytes);
  return text;
}

}  // namespace faultline
