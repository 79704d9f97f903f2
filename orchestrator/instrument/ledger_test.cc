// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "instrument/account.h"

// The plugin's accounts, kept for a machine that the test plays, and read back as the orchestrator
// reads them.

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::uint64_t text = 0xffffffff81000000;
constexpr std::uint64_t stack_a = 0xffffc90000003f00;  // near the top of one kernel stack
constexpr std::uint64_t stack_b = 0xffffc90000013f00;  // of another one

/// Functions of 0x100 bytes each; "entry" is the kernel's entry code.
enum Function { entry, syscall_body, work, helper, interrupt, function_count };
constexpr const char* names[] = {"entry", "syscall_body", "work", "helper", "interrupt"};

std::uint64_t begin_of(Function function) {
  return text + 0x100 * static_cast<std::uint64_t>(function);
}

class Ledger : public ::testing::Test {
 protected:
  Ledger() : out_(::open_memstream(&bytes_, &size_)) {
    for (int i = 0; i <= function_count; ++i) functions_.push_back(begin_of(Function(i)));
    options_.cpus = 3;
    options_.nodes = 2;
    options_.node_of_cpu = node_of_cpu_;
    options_.functions = functions_.data();
    options_.function_count = functions_.size();
    options_.entry_begin = begin_of(entry);
    options_.entry_end = begin_of(syscall_body);
    options_.calls = true;
    options_.out = out_;
  }
  ~Ledger() override {
    ledger_free(ledger_);
    std::fclose(out_);
    std::free(bytes_);
  }

  void start() { ledger_ = ledger_new(&options_); }
  place* of(Function function) { return ledger_place(ledger_, begin_of(function), 0); }
  /// `count` instructions in the middle of a function.
  void runs(Function function, std::uint64_t count, unsigned cpu = 0) {
    ledger_enter(ledger_, cpu, of(function), begin_of(function) + 0x10);
    ledger_executed(ledger_, count);
  }
  void enters(Function function, std::uint64_t count, unsigned cpu = 0) {
    ledger_enter(ledger_, cpu, of(function), begin_of(function));
    ledger_executed(ledger_, count);
  }
  void calls(Function function, std::uint64_t sp, unsigned cpu = 0) {
    ledger_call(ledger_, cpu, sp, of(function));
  }
  void returns(std::uint64_t sp, unsigned cpu = 0) { ledger_return(ledger_, cpu, sp); }

  Account account() {
    std::fflush(out_);
    return read_account({bytes_, size_});
  }
  std::string name(const Account& account, std::uint32_t place) {
    const Account::Place& found = account.places[place];
    return found.kind == Account::Place::Kind::kernel ? names[found.function] : "other";
  }
  std::map<std::string, std::uint64_t> stacks(const Account& account, std::size_t section = 0) {
    std::map<std::string, std::uint64_t> result;
    for (const Account::Stack& stack : account.sections.at(section).stacks) {
      std::string path;
      for (const std::uint32_t place : stack.path)
        path += (path.empty() ? "" : ";") + name(account, place);
      result[path] += stack.count;
    }
    return result;
  }

  static constexpr unsigned node_of_cpu_[] = {0, 0, 1};
  std::vector<std::uint64_t> functions_;
  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  FILE* out_;
  ledger_options options_{};
  ledger* ledger_ = nullptr;
};

TEST_F(Ledger, CountsInstructionsByFunctionAndCpuWithinASectionOnly) {
  start();
  runs(work, 1000);
  ledger_begin(ledger_, 4, 2);
  enters(work, 10, 0);
  runs(work, 5, 2);
  enters(helper, 7, 1);
  ledger_end(ledger_, 4, 2);
  runs(work, 1000);
  const Account read = account();
  EXPECT_THAT(read.problems, IsEmpty());
  ASSERT_EQ(read.sections.size(), 1U);
  const Account::Section& section = read.sections[0];
  EXPECT_EQ(section.step, 4U);
  EXPECT_EQ(section.iteration, 2U);
  EXPECT_EQ(section.total, 22U);
  std::map<std::string, std::uint64_t> counts;
  for (const auto& row : section.instructions)
    counts[name(read, row.place) + " " + std::to_string(row.cpu)] = row.count;
  EXPECT_THAT(counts,
              UnorderedElementsAre(Pair("work 0", 10), Pair("work 2", 5), Pair("helper 1", 7)));
  std::map<std::string, std::uint64_t> entries;
  for (const auto& row : section.entries) entries[name(read, row.place)] = row.count;
  EXPECT_THAT(entries, UnorderedElementsAre(Pair("work", 1), Pair("helper", 1)));
}

TEST_F(Ledger, BeginsEverySectionAtZero) {
  start();
  for (std::uint32_t i = 0; i < 2; ++i) {
    ledger_begin(ledger_, 0, i);
    runs(i == 0 ? work : helper, 3);
    ledger_access(ledger_, 0, 1, 64, true);
    ledger_end(ledger_, 0, i);
  }
  const Account read = account();
  ASSERT_EQ(read.sections.size(), 2U);
  EXPECT_EQ(read.sections[1].total, 3U);
  ASSERT_EQ(read.sections[1].instructions.size(), 1U);
  EXPECT_EQ(name(read, read.sections[1].instructions[0].place), "helper");
  ASSERT_EQ(read.sections[1].accesses.size(), 1U);
  EXPECT_EQ(read.sections[1].accesses[0].traffic.stores, 1U);
}

TEST_F(Ledger, TellsProgramsAtOneAddressApartByTheirPages) {
  start();
  place* one = ledger_place(ledger_, 0x401000, 17);
  EXPECT_NE(one, ledger_place(ledger_, 0x401000, 18));
  EXPECT_EQ(one, ledger_place(ledger_, 0x401000, 17));
  EXPECT_EQ(of(work), ledger_place(ledger_, begin_of(work) + 0xff, 0));
  EXPECT_NE(of(helper), ledger_place(ledger_, begin_of(function_count), 0)) << "behind the end";
}

TEST_F(Ledger, CountsAccessesBetweenNodes) {
  start();
  ledger_begin(ledger_, 0, 0);
  runs(work, 1, 2);
  ledger_access(ledger_, 2, 0, 0, false);
  ledger_access(ledger_, 2, 0, 8, false);
  ledger_access(ledger_, 2, 1, 0, true);
  ledger_access(ledger_, 2, ledger_other_memory, 0, true);
  ledger_end(ledger_, 0, 0);
  const Account read = account();
  std::vector<NodeTraffic> rows;
  for (const auto& access : read.sections.at(0).accesses) rows.push_back(access.traffic);
  EXPECT_THAT(rows, ElementsAre(NodeTraffic{1, 0, 2, 0, 0, 0}, NodeTraffic{1, 1, 0, 1, 0, 0},
                                NodeTraffic{1, NodeTraffic::no_node, 0, 1, 0, 0}));
}

TEST_F(Ledger, CountsMissesOfACacheThatIsEmptyAtFirst) {
  options_.cache_sets = 1;
  options_.cache_ways = 1;
  options_.cache_line = 64;
  start();
  for (std::uint32_t i = 0; i < 2; ++i) {
    ledger_begin(ledger_, 0, i);
    runs(work, 1);
    ledger_access(ledger_, 0, 0, 0, false);
    ledger_access(ledger_, 0, 0, 8, false);
    ledger_access(ledger_, 0, 1, 64, true);
    ledger_end(ledger_, 0, i);
  }
  const Account read = account();
  ASSERT_EQ(read.sections.at(1).accesses.size(), 2U);
  EXPECT_EQ(read.sections[1].accesses[0].traffic, (NodeTraffic{0, 0, 2, 0, 1, 0}));
  EXPECT_EQ(read.sections[1].accesses[1].traffic, (NodeTraffic{0, 1, 0, 1, 0, 1}));
}

TEST_F(Ledger, KeepsCallStacks) {
  start();
  ledger_begin(ledger_, 0, 0);
  enters(entry, 1);
  calls(syscall_body, stack_a);
  enters(syscall_body, 10);
  calls(work, stack_a - 0x40);
  enters(work, 100);
  calls(helper, stack_a - 0x80);
  enters(helper, 1000);
  returns(stack_a - 0x80);
  runs(work, 200);
  returns(stack_a - 0x40);
  runs(syscall_body, 20);
  returns(stack_a);
  runs(entry, 2);
  ledger_end(ledger_, 0, 0);
  EXPECT_THAT(stacks(account()),
              UnorderedElementsAre(Pair("entry", 3), Pair("entry;syscall_body", 30),
                                   Pair("entry;syscall_body;work", 300),
                                   Pair("entry;syscall_body;work;helper", 1000)));
}

TEST_F(Ledger, FollowsTasksThatTakeTurnsOnTheirStacks) {
  start();
  ledger_begin(ledger_, 0, 0);
  calls(work, stack_a);
  enters(work, 1);
  calls(helper, stack_b);  // the stack pointer was changed: another task
  enters(helper, 10);
  returns(stack_a - 0x40);  // back on the first one, from a call that was before the section
  runs(work, 100);
  returns(stack_b - 0x40);
  runs(helper, 1000);
  ledger_end(ledger_, 0, 0);
  EXPECT_THAT(stacks(account()), UnorderedElementsAre(Pair("work", 101), Pair("work;helper", 1010)))
      << "a call that changes stacks is still a call";
}

TEST_F(Ledger, EndsFramesThatNobodyReturnedFrom) {
  start();
  ledger_begin(ledger_, 0, 0);
  enters(entry, 1);
  calls(syscall_body, stack_a);
  enters(syscall_body, 1);
  calls(work, stack_a - 0x40);
  enters(work, 1);  // and the task is gone; its stack begins anew
  enters(entry, 1);
  calls(syscall_body, stack_a);
  enters(syscall_body, 5);
  ledger_end(ledger_, 0, 0);
  EXPECT_EQ(stacks(account())["entry;syscall_body"], 6U);
}

TEST_F(Ledger, PutsAnInterruptOnTopOfWhatItInterrupts) {
  start();
  ledger_begin(ledger_, 0, 0);
  calls(work, stack_a);
  enters(work, 1);
  enters(entry, 2);  // an interrupt
  calls(interrupt, stack_a - 0x100);
  enters(interrupt, 4);
  returns(stack_a - 0x100);
  runs(entry, 8);
  runs(work, 16);
  ledger_end(ledger_, 0, 0);
  EXPECT_THAT(stacks(account()), UnorderedElementsAre(Pair("work", 17), Pair("work;entry", 10),
                                                      Pair("work;entry;interrupt", 4)));
}

TEST_F(Ledger, FindsTheCalleeOfAnIndirectCallEvenAfterAnInterrupt) {
  start();
  ledger_begin(ledger_, 0, 0);
  calls(work, stack_a);
  enters(work, 1);
  ledger_call(ledger_, 0, stack_a - 0x40, nullptr);
  enters(entry, 2);  // before the callee's first instruction
  calls(interrupt, stack_a - 0x100);
  enters(interrupt, 4);
  returns(stack_a - 0x100);
  runs(entry, 2);
  enters(helper, 8);
  returns(stack_a - 0x40);
  runs(work, 16);
  ledger_end(ledger_, 0, 0);
  EXPECT_THAT(stacks(account()),
              UnorderedElementsAre(Pair("work", 17), Pair("work;entry", 4),
                                   Pair("work;entry;interrupt", 4), Pair("work;helper", 8)));
}

TEST_F(Ledger, ShowsAFunctionThatWasJumpedToBelowTheOneThatJumped) {
  start();
  ledger_begin(ledger_, 0, 0);
  calls(work, stack_a);
  enters(work, 1);
  enters(helper, 2);  // jmp helper
  calls(interrupt, stack_a - 0x40);
  enters(interrupt, 4);
  returns(stack_a);
  ledger_end(ledger_, 0, 0);
  EXPECT_THAT(stacks(account()), UnorderedElementsAre(Pair("work", 1), Pair("work;helper", 2),
                                                      Pair("work;helper;interrupt", 4)));
}

TEST_F(Ledger, KeepsAWholeChainOfTailCallsAndComesBackFromColdParts) {
  start();
  ledger_begin(ledger_, 0, 0);
  calls(syscall_body, stack_a);
  enters(syscall_body, 1);
  enters(work, 2);    // jmp work
  enters(helper, 4);  // jmp helper
  calls(interrupt, stack_a - 0x40);
  enters(interrupt, 8);
  returns(stack_a - 0x40);
  runs(helper, 16);
  runs(work, 32);  // a jump back
  runs(helper, 64);
  ledger_end(ledger_, 0, 0);
  EXPECT_THAT(stacks(account()),
              UnorderedElementsAre(Pair("syscall_body", 1), Pair("syscall_body;work", 34),
                                   Pair("syscall_body;work;helper", 84),
                                   Pair("syscall_body;work;helper;interrupt", 8)));
}

TEST_F(Ledger, SaysWhenSectionsDoNotMatch) {
  start();
  ledger_begin(ledger_, 0, 0);
  ledger_begin(ledger_, 0, 1);
  ledger_end(ledger_, 0, 2);
  ledger_end(ledger_, 0, 1);
  const Account read = account();
  EXPECT_THAT(read.sections, IsEmpty());
  EXPECT_EQ(read.problems.size(), 3U);
}

}  // namespace
}  // namespace faultline
