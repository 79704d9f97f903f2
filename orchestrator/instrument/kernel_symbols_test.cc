// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/kernel_symbols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> names(const KernelSymbols& symbols) {
  std::vector<std::string> result;
  for (const auto& function : symbols.functions) result.push_back(function.name);
  return result;
}

TEST(KernelSymbols, AreFunctionsInOrderOfTheirAddresses) {
  const KernelSymbols symbols = KernelSymbols::parse(
      "ffffffff81000200 t local\n"
      "ffffffff81000100 T global\n"
      "ffffffff82000000 D data\n"
      "0000000000001000 A absolute\n"
      "ffffffff81000300 W weak\n");
  EXPECT_THAT(names(symbols), ElementsAre("global", "local", "weak"));
  EXPECT_EQ(symbols.functions[0].address, 0xffffffff81000100U);
}

TEST(KernelSymbols, TakeThePlainestNameOfAnAddress) {
  EXPECT_THAT(
      names(KernelSymbols::parse("10 T __sched_text_start\n10 t ___schedule\n10 T schedule\n"
                                 "20 T __x64_sys_brk\n20 T __ia32_sys_brk\n"
                                 "30 t memset_orig\n30 T memset\n")),
      ElementsAre("schedule", "__x64_sys_brk", "memset"));
}

TEST(KernelSymbols, KnowTheEntryCodeAndItsFaults) {
  const KernelSymbols symbols = KernelSymbols::parse(
      "100 T __entry_text_start\n100 T entry_SYSCALL_64\n180 T asm_exc_page_fault\n"
      "190 T asm_sysvec_reboot\n200 T __entry_text_end\n");
  EXPECT_EQ(symbols.entry_begin, 0x100U);
  EXPECT_EQ(symbols.entry_end, 0x200U);
  EXPECT_THAT(symbols.fault_entries, ElementsAre(0x180U));
  EXPECT_EQ(symbols.functions[0].name, "entry_SYSCALL_64");
}

TEST(KernelSymbols, LeaveOutWhatIsNoSymbol) {
  EXPECT_THAT(names(KernelSymbols::parse("")), IsEmpty());
  EXPECT_THAT(names(KernelSymbols::parse("\n10\n10 T\n10 T \nxyz T a\n10 TT b\n 10 T c\n")),
              IsEmpty());
}

TEST(FunctionList, HasAnEndBehindTheLastFunction) {
  EXPECT_EQ(function_list(KernelSymbols::parse("10 T a\n20 T b\n")), "10\n20\n10020\n");
  EXPECT_EQ(function_list({}), "");
}

}  // namespace
}  // namespace faultline
