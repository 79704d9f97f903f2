// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace faultline {

/// How the plugin names the contents of a page of user code: FNV-1a over its 4096 bytes, never 0.
/// `page` may be shorter: a file's last page is filled up with zeros.
std::uint64_t page_hash(std::string_view page);

/// A place in a program.
struct ProgramFunction {
  std::string image;
  std::string function;   ///< "" if the program has no symbols there.
  bool is_begin = false;  ///< The place is the function's first instruction.
};

/// The programs of a guest image. Programs that are linked to the same addresses are told apart by
/// what their pages hold.
class ProgramSymbols {
 public:
  /// Adds the code and, if there are any, the symbols of a 64-bit ELF file; anything else (a
  /// script, a damaged file) adds nothing. Of pages that several programs have, the first one's
  /// counts.
  void add(const std::string& image, std::string_view file);
  /// The place of code at `pc` on a page with this hash; image "user" if no program has it.
  ProgramFunction find(std::uint64_t page, std::uint64_t pc) const;

 private:
  struct Function {
    std::uint64_t address;
    std::uint64_t size;
    std::string name;
  };
  struct Program {
    std::string image;
    std::vector<Function> functions;  ///< Ascending.
  };
  struct Page {
    std::size_t program;
    std::uint64_t address;  ///< As linked; a program that moves does so by whole pages.
  };
  std::vector<Program> programs_;
  std::map<std::uint64_t, Page> pages_;
};

}  // namespace faultline
