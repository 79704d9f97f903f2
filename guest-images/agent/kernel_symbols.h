// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace faultline::agent {

/// Names of the kernel's addresses, from the text of /proc/kallsyms, which must outlive it.
class KernelSymbols {
 public:
  explicit KernelSymbols(std::string_view kallsyms);

  /// The symbol that the address is in; empty for one outside of the kernel's image and modules.
  /// Data has names in kernels with CONFIG_KALLSYMS_ALL only: use exact_name() for them.
  std::string_view name(std::uint64_t address) const;
  /// The symbol that begins at the address, else empty.
  std::string_view exact_name(std::uint64_t address) const;
  /// The address of a symbol; 0 if there is none.
  std::uint64_t address(std::string_view name) const;

 private:
  struct Symbol {
    std::uint64_t address;
    std::string_view name;
  };
  std::vector<Symbol> symbols_;  // by address
  std::uint64_t end_ = 0;        // of the image: what is behind the last symbol is no symbol
};

}  // namespace faultline::agent
