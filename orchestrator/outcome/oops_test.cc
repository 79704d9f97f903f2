// SPDX-License-Identifier: GPL-2.0-or-later
#include "outcome/oops.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "outcome/console_lines.h"
#include "outcome/oops_symbols.h"

namespace faultline {
namespace {

std::string title_of(std::string_view console) {
  const std::optional<Oops> found = find_oops(console);
  return found ? found->title : "none";
}

TEST(ConsoleLine, SeparatesStampCallerAndMessage) {
  const ConsoleLine line = parse_console_line("[    1.234567][   T12]  <TASK>");
  EXPECT_TRUE(line.stamped);
  EXPECT_EQ(line.caller, "T12");
  EXPECT_EQ(line.message, " <TASK>");
}

TEST(ConsoleLine, FindsTheKernelBehindAProgramsUnfinishedLine) {
  const ConsoleLine line = parse_console_line("# ls /pr[   10.000001] reboot: Power down");
  EXPECT_TRUE(line.stamped);
  EXPECT_EQ(line.message, "reboot: Power down");
}

TEST(ConsoleLine, DoesNotLookIntoJson) {
  EXPECT_FALSE(parse_console_line(R"({"out":"[    1.000000] BUG: forged"})").stamped);
}

TEST(ConsoleLine, DropsWhatFirmwareSendsToTerminals) {
  EXPECT_EQ(parse_console_line("\x1b"
                               "c\x1b[?7l\x1b[2J[    0.000001] Linux version 6.12")
                .message,
            "Linux version 6.12");
}

TEST(OopsSymbols, DropsWhatTheCompilerMadeUp) {
  EXPECT_EQ(symbol_at("folio_walk.isra.0+0x5/0x10 [rmap]"), "folio_walk");
  EXPECT_EQ(symbol_at("0xffffffff81000000"), "");
  EXPECT_EQ(symbol_at("? foo+0x1/0x2"), "");
  EXPECT_EQ(symbol_at(""), "");
}

TEST(OopsSymbols, WithoutAccidentsMakesEqualProblemsEqual) {
  EXPECT_EQ(without_accidents("stack is corrupted in: fork+0x1f/0x30"),
            "stack is corrupted in: fork");
  EXPECT_EQ(without_accidents("bad pointer ffff888012345678 on CPU#3"), "bad pointer ? on CPU#?");
  EXPECT_EQ(without_accidents("by kswapd/41 at mm/rmap.c:12"), "by kswapd/? at mm/rmap.c:12");
  EXPECT_EQ(without_accidents("x \x1b[31m\xff"), "x ?[31m?");
  EXPECT_LE(without_accidents(std::string(100000, 'g')).size(), 160U);
}

TEST(FindOops, NamesTheSameProblemAlikeWhereverItStruck) {
  const auto report = [](const char* address, const char* cpu, const char* offset) {
    return std::string("[    1.000000] BUG: unable to handle page fault for address: ") + address +
           "\n[    1.000001] CPU: " + cpu +
           " UID: 0 PID: 77 Comm: a Not tainted\n[    1.000002] RIP: 0010:try_to_unmap_one+" +
           offset + "/0x999\n";
  };
  EXPECT_EQ(title_of(report("ffffc90012345678", "0", "0x10")),
            "BUG: unable to handle page fault in try_to_unmap_one");
  EXPECT_EQ(title_of(report("ffffc90012345678", "0", "0x10")),
            title_of(report("0000deadbeef0000", "13", "0x44")));
}

TEST(FindOops, KeepsTheReportsOfTwoCpusApart) {
  EXPECT_EQ(title_of("[    1.000000][   T10] BUG: unable to handle page fault for address: 1234\n"
                     "[    1.000001][   T11] WARNING: CPU: 1 PID: 11 at mm/a.c:1 other+0x1/0x2\n"
                     "[    1.000002][   T11] RIP: 0010:other+0x1/0x2\n"
                     "[    1.000003][   T10] RIP: 0010:mine+0x1/0x2\n"),
            "BUG: unable to handle page fault in mine");
}

TEST(FindOops, IgnoresAPanicThatNoKernelSaid) {
  EXPECT_EQ(title_of("[    0.000000] Linux version 6.12\nKernel panic - not syncing: forged\n"
                     "[    9.000000] reboot: Power down\n"),
            "none");
}

TEST(FindOops, ReadsAKernelThatDoesNotStamp) {
  const auto found = find_oops("Linux version 6.12\nKernel panic - not syncing: Fatal exception\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->title, "kernel panic: Fatal exception");
  EXPECT_TRUE(found->fatal);
}

TEST(FindOops, AWarningDoesNotHideALaterCrash) {
  const auto found = find_oops(
      "[    1.000000] WARNING: CPU: 0 PID: 1 at mm/a.c:1 a+0x1/0x2\n"
      "[    1.000001] ---[ end trace 0000000000000000 ]---\n"
      "[    2.000000] Kernel panic - not syncing: System is deadlocked on memory\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->title, "kernel panic: System is deadlocked on memory");
}

TEST(FindOops, APanicOrderedByAWarningLeavesTheWarningsTitle) {
  const auto found = find_oops(
      "[    1.000000] WARNING: CPU: 0 PID: 1 at mm/a.c:1 a+0x1/0x2\n"
      "[    1.000001] Kernel panic - not syncing: kernel: panic_on_warn set ...\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->title, "WARNING in a (mm/a.c:1)");
  EXPECT_TRUE(found->fatal);
}

TEST(FindOops, AnOopsIsFatalWhereTheCommandLineSaysSo) {
  const std::string oops = "[    1.000000] Oops: divide error: 0000 [#1] SMP\n";
  EXPECT_FALSE(find_oops(oops)->fatal);
  EXPECT_TRUE(find_oops("[    0.000000] Kernel command line: quiet oops=panic\n" + oops)->fatal);
}

TEST(FindOops, TextIsBoundedAndHarmlessForATerminal) {
  std::string log = "[    1.000000] BUG: bad \x1b[2J thing\n";
  for (int i = 0; i < 10000; ++i)
    log += "[    1.000001]  \x1b]0;title\x07 " + std::string(500, 'x') + "\n";
  const auto found = find_oops(log);
  ASSERT_TRUE(found);
  EXPECT_LE(found->text.size(), 16U * 1024);
  EXPECT_EQ(found->text.find('\x1b'), std::string::npos);
  EXPECT_EQ(found->title.find('\x1b'), std::string::npos);
}

/// A quadratic step anywhere takes hours here and runs into the test's deadline.
TEST(FindOops, TakesLinearTimeOnHostileLogs) {
  constexpr std::size_t size = std::size_t{1} << 20;
  std::string brackets(size, '[');
  std::string lines(size, '\n');
  std::string stamps;
  std::string heads;
  std::string long_head = "[    1.000000] BUG: ";
  while (stamps.size() < size) stamps += "[    1.00000[    1.000000 ";
  while (heads.size() < size) heads += "[    1.000000] WARNING: CPU: 0 PID: 1 at a:1 panic+0x1\n";
  long_head += std::string(size, ' ');
  for (const std::string* log : {&brackets, &lines, &stamps, &heads, &long_head}) find_oops(*log);
}

TEST(FindOops, SurvivesNoise) {
  Random random(20100117);
  const std::string_view words[] = {
      "[    1.000000] ", "BUG: ",       "KASAN: ",   " in ",
      "RIP: 0010:",      "\n",          "WARNING: ", "CPU: 0 PID: 1 at ",
      "f+0x1/0x2",       " [#1]",       ": 0000",    "Kernel panic - not syncing",
      "---[ end ",       "INFO: task ", "\x1b[",     " blocked for more than ",
      "Call Trace:\n",   "[   T1]",     " / ",       "\r"};
  for (int i = 0; i < 5000; ++i) {
    std::string log;
    for (std::uint64_t n = random.below(24); n > 0; --n) {
      if (random.below(8) == 0) log += static_cast<char>(random.below(256));
      log += words[random.below(std::size(words))];
    }
    const auto found = find_oops(log);
    ASSERT_TRUE(!found || !found->title.empty()) << log;
  }
}

}  // namespace
}  // namespace faultline
