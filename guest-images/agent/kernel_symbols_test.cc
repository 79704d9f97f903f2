// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_symbols.h"

#include <gtest/gtest.h>

namespace faultline::agent {
namespace {

constexpr std::string_view text =
    "0000000000000000 A fixed_percpu_data\n"
    "ffffffff81000000 T _text\n"
    "ffffffff81000000 T startup_64\n"
    "ffffffff81002000 t do_user_addr_fault\n"
    "ffffffff81001000 T rmap_walk_anon\n"
    "ffffffff82000000 D tasklist_lock\n"
    "ffffffff82000040 D init_task\n"
    "ffffffff83000000 B _end\n"
    "rubbish\n";

TEST(KernelSymbols, NameTheAddressesInThem) {
  const KernelSymbols symbols(text);
  EXPECT_EQ(symbols.name(0xffffffff81001000), "rmap_walk_anon");
  EXPECT_EQ(symbols.name(0xffffffff81001fff), "rmap_walk_anon");
  EXPECT_EQ(symbols.name(0xffffffff81002000), "do_user_addr_fault");
  EXPECT_EQ(symbols.name(0xffffffff82000010), "tasklist_lock");
  EXPECT_EQ(symbols.name(0xffffffff81000004), "_text") << "the first of two names";
}

TEST(KernelSymbols, LeaveAllocatedMemoryNameless) {
  const KernelSymbols symbols(text);
  EXPECT_EQ(symbols.name(0xffff888004a1b2c0), "");
  EXPECT_EQ(symbols.name(0), "");
  EXPECT_EQ(symbols.name(0xfffffffffffff000), "");
  EXPECT_EQ(KernelSymbols("").name(0xffffffff81000000), "");
}

TEST(KernelSymbols, NameDataExactlyOrNotAtAll) {
  const KernelSymbols symbols(text);
  EXPECT_EQ(symbols.exact_name(0xffffffff82000000), "tasklist_lock");
  EXPECT_EQ(symbols.exact_name(0xffffffff82000010), "");
  EXPECT_EQ(symbols.exact_name(0xffffffff81000000), "_text") << "the first of two names";
  EXPECT_EQ(symbols.exact_name(0xffffffff90000000), "");
}

TEST(KernelSymbols, AreFoundByName) {
  const KernelSymbols symbols(text);
  EXPECT_EQ(symbols.address("tasklist_lock"), 0xffffffff82000000U);
  EXPECT_EQ(symbols.address("no_such"), 0U);
}

}  // namespace
}  // namespace faultline::agent
