// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/elf_file.h"

namespace faultline {

std::optional<ElfFile> ElfFile::open(std::string_view bytes) {
  ElfFile file(bytes);
  if (bytes.size() < sizeof file.header_) return std::nullopt;
  std::memcpy(&file.header_, bytes.data(), sizeof file.header_);
  const auto* ident = file.header_.e_ident;
  if (std::memcmp(ident, ELFMAG, SELFMAG) != 0 || ident[EI_CLASS] != ELFCLASS64 ||
      ident[EI_DATA] != ELFDATA2LSB)
    return std::nullopt;
  return file;
}

std::string_view ElfFile::bytes(std::uint64_t offset, std::uint64_t size) const {
  if (offset > bytes_.size() || size > bytes_.size() - offset) return {};
  return bytes_.substr(offset, size);
}

template <typename T>
std::vector<T> ElfFile::table(std::uint64_t offset, std::uint64_t count) const {
  if (count > bytes_.size() / sizeof(T)) return {};
  const std::string_view raw = bytes(offset, count * sizeof(T));
  std::vector<T> entries(raw.size() / sizeof(T));
  if (!entries.empty()) std::memcpy(entries.data(), raw.data(), raw.size());
  return entries;
}

std::vector<Elf64_Phdr> ElfFile::segments() const {
  return table<Elf64_Phdr>(header_.e_phoff, header_.e_phnum);
}

std::vector<Elf64_Shdr> ElfFile::sections() const {
  return table<Elf64_Shdr>(header_.e_shoff, header_.e_shnum);
}

std::string_view ElfFile::bytes(const Elf64_Shdr& section) const {
  return section.sh_type == SHT_NOBITS ? std::string_view{}
                                       : bytes(section.sh_offset, section.sh_size);
}

std::vector<ElfFile::Symbol> ElfFile::symbols(std::uint32_t section_type) const {
  std::vector<Symbol> found;
  const std::vector<Elf64_Shdr> all = sections();
  for (const Elf64_Shdr& section : all) {
    if (section.sh_type != section_type || section.sh_link >= all.size()) continue;
    const std::string_view names = bytes(all[section.sh_link]);
    const auto entries = table<Elf64_Sym>(section.sh_offset, section.sh_size / sizeof(Elf64_Sym));
    for (const Elf64_Sym& symbol : entries) {
      if (symbol.st_name >= names.size()) continue;
      const std::string_view rest = names.substr(symbol.st_name);
      found.push_back({symbol, rest.substr(0, std::min(rest.find('\0'), rest.size()))});
    }
  }
  return found;
}

}  // namespace faultline
