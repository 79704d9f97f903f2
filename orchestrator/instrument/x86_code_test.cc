// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/x86_code.h"

#include <gtest/gtest.h>

#include <vector>

#include "guest/marks.h"

namespace faultline {
namespace {

x86_instruction decoded(const std::vector<std::uint8_t>& bytes) {
  return x86_decode(bytes.data(), bytes.size(), 0x1000);
}

TEST(X86Code, KnowsCallsInAllTheirForms) {
  EXPECT_EQ(decoded({0xe8, 0xfb, 0xff, 0xff, 0xff}).kind, x86_call);
  EXPECT_EQ(decoded({0xe8, 0xfb, 0xff, 0xff, 0xff}).target, 0x1000U) << "back to itself";
  EXPECT_EQ(decoded({0x2e, 0xe8, 0x10, 0, 0, 0}).target, 0x1016U) << "with a prefix";
  EXPECT_EQ(decoded({0xff, 0xd0}).kind, x86_call) << "call *%rax";
  EXPECT_EQ(decoded({0x41, 0xff, 0xd3}).kind, x86_call) << "call *%r11";
  EXPECT_EQ(decoded({0x3e, 0xff, 0xd0}).kind, x86_call) << "notrack call *%rax";
  EXPECT_EQ(decoded({0xff, 0x14, 0x25, 0, 0, 0, 0}).kind, x86_call) << "call *0";
  EXPECT_EQ(decoded({0xff, 0xd0}).target, 0U);
}

TEST(X86Code, KnowsReturnsAndBranches) {
  EXPECT_EQ(decoded({0xc3}).kind, x86_return);
  EXPECT_EQ(decoded({0xf3, 0xc3}).kind, x86_return);
  EXPECT_EQ(decoded({0xc2, 0x08, 0x00}).kind, x86_return);
  EXPECT_EQ(decoded({0xeb, 0x00}).kind, x86_direct_branch);
  EXPECT_EQ(decoded({0xe9, 0, 0, 0, 0}).kind, x86_direct_branch);
  EXPECT_EQ(decoded({0x74, 0x00}).kind, x86_direct_branch);
  EXPECT_EQ(decoded({0x0f, 0x84, 0, 0, 0, 0}).kind, x86_direct_branch);
}

TEST(X86Code, TakesNothingElseForThem) {
  EXPECT_EQ(decoded({0xff, 0xe0}).kind, x86_other) << "jmp *%rax may fault, in its own way";
  EXPECT_EQ(decoded({0xff, 0x30}).kind, x86_other) << "push (%rax)";
  EXPECT_EQ(decoded({0x0f, 0x05}).kind, x86_other) << "syscall";
  EXPECT_EQ(decoded({0x90}).kind, x86_other);
  EXPECT_EQ(decoded({0x66, 0x66}).kind, x86_other) << "nothing but prefixes";
  EXPECT_EQ(decoded({0xe8}).kind, x86_other) << "cut off";
}

TEST(X86Code, ReadsTheMarksDisplacement) {
  std::vector<std::uint8_t> nop{0x0f, 0x1f, 0x84, 0x00, 0x02, 0x46, 0x4c, 0x5f};
  std::uint32_t displacement = 0;
  ASSERT_TRUE(x86_long_nop(nop.data(), nop.size(), &displacement));
  EXPECT_EQ(displacement, std::uint32_t{FAULTLINE_MARK_BEGIN});
  EXPECT_EQ(nop.size(), std::size_t{FAULTLINE_MARK_BYTES});
  EXPECT_FALSE(x86_long_nop(nop.data(), nop.size() - 1, &displacement));
  nop[2] = 0x80;
  EXPECT_FALSE(x86_long_nop(nop.data(), nop.size(), &displacement));
}

}  // namespace
}  // namespace faultline
