// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/program_symbols.h"

#include <algorithm>

#include "instrument/elf_file.h"

namespace faultline {
namespace {

constexpr std::uint64_t page_size = 4096;

}  // namespace

std::uint64_t page_hash(std::string_view page) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (std::size_t i = 0; i < page_size; ++i) {
    const auto byte = i < page.size() ? static_cast<unsigned char>(page[i]) : 0U;
    hash = (hash ^ byte) * 0x100000001b3U;
  }
  return hash == 0 ? 1 : hash;
}

void ProgramSymbols::add(const std::string& image, std::string_view file) {
  const auto elf = ElfFile::open(file);
  if (!elf) return;
  Program program{image, {}};
  for (const auto& [symbol, name] : elf->symbols(SHT_SYMTAB))
    if (ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx != SHN_UNDEF && !name.empty())
      program.functions.push_back({symbol.st_value, symbol.st_size, std::string(name)});
  // Of names for one address the shortest, then the first: "memcpy" before its versions.
  std::sort(program.functions.begin(), program.functions.end(),
            [](const Function& a, const Function& b) {
              return std::tuple(a.address, a.name.size(), std::string_view(a.name)) <
                     std::tuple(b.address, b.name.size(), std::string_view(b.name));
            });
  program.functions.erase(
      std::unique(program.functions.begin(), program.functions.end(),
                  [](const Function& a, const Function& b) { return a.address == b.address; }),
      program.functions.end());
  for (const Elf64_Phdr& segment : elf->segments()) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    if (segment.p_offset > file.size() || segment.p_filesz > file.size() - segment.p_offset)
      continue;
    for (std::uint64_t offset = segment.p_offset & ~(page_size - 1);
         offset < segment.p_offset + segment.p_filesz; offset += page_size)
      pages_.try_emplace(page_hash(file.substr(offset, page_size)),
                         Page{programs_.size(), segment.p_vaddr - segment.p_offset + offset});
  }
  programs_.push_back(std::move(program));
}

ProgramFunction ProgramSymbols::find(std::uint64_t page, std::uint64_t pc) const {
  const auto found = pages_.find(page);
  if (found == pages_.end()) return {"user", "", false};
  const Program& program = programs_[found->second.program];
  const std::uint64_t address = found->second.address + (pc & (page_size - 1));
  auto next = std::upper_bound(
      program.functions.begin(), program.functions.end(), address,
      [](std::uint64_t wanted, const Function& function) { return wanted < function.address; });
  if (next == program.functions.begin()) return {program.image, "", false};
  const Function& function = *--next;
  // Functions written in assembly may say nothing of their length.
  if (function.size != 0 && address >= function.address + function.size)
    return {program.image, "", false};
  return {program.image, function.name, address == function.address};
}

}  // namespace faultline
