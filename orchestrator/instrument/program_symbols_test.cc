// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/program_symbols.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "base/random.h"
#include "instrument/elf_file.h"

// A program whose page and addresses the test knows: this function's, in this very test.
extern "C" __attribute__((noinline)) int faultline_test_landmark(int x) {
  asm volatile("");
  return x + 1;
}

namespace faultline {
namespace {

struct Landmark {
  std::string page;
  std::uint64_t address = 0;
};

/// The page of the file that holds the function, and where it is linked to.
Landmark landmark(std::string_view file) {
  Landmark found;
  const auto elf = ElfFile::open(file);
  for (const auto& [symbol, name] : elf->symbols(SHT_SYMTAB))
    if (name == "faultline_test_landmark") found.address = symbol.st_value;
  for (const Elf64_Phdr& segment : elf->segments())
    if (segment.p_type == PT_LOAD && found.address >= segment.p_vaddr &&
        found.address < segment.p_vaddr + segment.p_filesz) {
      const std::uint64_t offset = found.address - segment.p_vaddr + segment.p_offset;
      found.page = std::string(file.substr(offset & ~std::uint64_t{4095}, 4096));
    }
  return found;
}

TEST(ProgramSymbols, FindAFunctionByItsPageAndAddress) {
  EXPECT_EQ(faultline_test_landmark(1), 2);
  const std::string file = read_file("/proc/self/exe");
  ProgramSymbols symbols;
  symbols.add("itself", file);
  const Landmark mark = landmark(file);
  ASSERT_NE(mark.address, 0U);
  const std::uint64_t moved = mark.address + 0x7f0000000000;  // programs move by whole pages
  const ProgramFunction found = symbols.find(page_hash(mark.page), moved);
  EXPECT_EQ(found.image, "itself");
  EXPECT_EQ(found.function, "faultline_test_landmark");
  EXPECT_TRUE(found.is_begin);
  const ProgramFunction within = symbols.find(page_hash(mark.page), moved + 1);
  EXPECT_EQ(within.function, "faultline_test_landmark");
  EXPECT_FALSE(within.is_begin);
}

TEST(ProgramSymbols, KnowNothingOfOtherPages) {
  ProgramSymbols symbols;
  symbols.add("itself", read_file("/proc/self/exe"));
  EXPECT_EQ(symbols.find(1, 0x401000).image, "user");
}

TEST(ProgramSymbols, OfTwoEqualProgramsTheFirstCounts) {
  const std::string file = read_file("/proc/self/exe");
  ProgramSymbols symbols;
  symbols.add("first", file);
  symbols.add("second", file);
  const Landmark mark = landmark(file);
  EXPECT_EQ(symbols.find(page_hash(mark.page), mark.address).image, "first");
}

TEST(ProgramSymbols, TakeScriptsAndDamagedFilesForNothing) {
  std::string file = read_file("/proc/self/exe");
  ProgramSymbols symbols;
  symbols.add("script", "#!/bin/sh\n");
  symbols.add("empty", "");
  symbols.add("short", std::string_view(file).substr(0, 100));
  Random random(7);
  for (int i = 0; i < 200; ++i) {
    std::string damaged = file.substr(0, 65536);
    for (int j = 0; j < 20; ++j) damaged[random.next() % 512] = static_cast<char>(random.next());
    symbols.add("damaged", damaged);
  }
}

TEST(PageHash, FillsUpAShortPageWithZeros) {
  EXPECT_EQ(page_hash("abc"), page_hash("abc" + std::string(4093, '\0')));
  EXPECT_NE(page_hash("abc"), page_hash("abd"));
  EXPECT_NE(page_hash(""), 0U);
}

}  // namespace
}  // namespace faultline
