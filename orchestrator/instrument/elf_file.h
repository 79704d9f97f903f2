// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <elf.h>

#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// Private to instrument.

namespace faultline {

/// A 64-bit little-endian ELF file in memory. Nothing in it is trusted: what lies outside the file
/// is not there.
class ElfFile {
 public:
  /// The bytes must outlive the object. Empty if they are no such file.
  static std::optional<ElfFile> open(std::string_view bytes);

  std::vector<Elf64_Phdr> segments() const;
  std::vector<Elf64_Shdr> sections() const;
  /// The bytes of a section; empty for one without bytes in the file.
  std::string_view bytes(const Elf64_Shdr& section) const;
  std::string_view bytes(std::uint64_t offset, std::uint64_t size) const;
  /// Symbols of SHT_SYMTAB or SHT_DYNSYM, with their names.
  struct Symbol {
    Elf64_Sym symbol;
    std::string_view name;
  };
  std::vector<Symbol> symbols(std::uint32_t section_type) const;

 private:
  explicit ElfFile(std::string_view bytes) : bytes_(bytes) {}
  template <typename T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count) const;

  std::string_view bytes_;
  Elf64_Ehdr header_{};
};

}  // namespace faultline
