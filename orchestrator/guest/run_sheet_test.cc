// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/run_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace faultline::guest {
namespace {

using testing::HasSubstr;

RunSheet a_sheet() {
  RunSheet sheet;
  sheet.boot_id = "b\"\\\n\xc3\xa4";
  sheet.events = "buffer";
  sheet.lifetime_ms = UINT64_MAX;
  sheet.modules = {"test_vmalloc.ko"};
  sheet.settings = {{"/sys/kernel/mm/ksm/run", "2"}};
  sheet.nodes = {{{0, 1}, 1048576}, {{}, 524288}};
  sheet.distances = {{10, 21}, {21, 10}};
  sheet.root = "/dev/vda";
  sheet.collect = {"vmstat", "numastat"};
  sheet.functions = {"rmap_walk_anon"};
  SheetStep step;
  step.id = 7;
  step.workload = "rmap-walk";
  step.argv = {"rmap-walk", "--children", "16", ""};
  step.environment = {{"A", "1"}, {"B", ""}};
  step.iterations = 3;
  step.timeout_ms = 5000;
  step.settings = {{"/proc/sys/vm/swappiness", "0"}};
  step.observe = {"perf", "functions"};
  sheet.steps = {step, step};
  sheet.shell = true;
  return sheet;
}

std::string refusal(const std::string& text) {
  try {
    run_sheet_from_json(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

// The sheet's JSON with one piece of text replaced.
std::string with(const std::string& from, const std::string& to) {
  std::string text = to_json(a_sheet());
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(RunSheet, ComesBackAsItWas) {
  EXPECT_EQ(run_sheet_from_json(to_json(a_sheet())), a_sheet());
  EXPECT_EQ(run_sheet_from_json(to_json(RunSheet{})), RunSheet{});
}

TEST(RunSheet, IsOneLine) {
  EXPECT_EQ(to_json(a_sheet()).find('\n'), std::string::npos);
}

TEST(RunSheet, IsTheSameTextForTheSameSheet) {
  EXPECT_EQ(to_json(a_sheet()), to_json(a_sheet()));
}

TEST(RunSheet, OfAnotherProtocolIsRefused) {
  EXPECT_THAT(refusal(with("\"protocol\":1", "\"protocol\":2")), HasSubstr("protocol 2"));
}

TEST(RunSheet, NamesTheMemberThatIsWrong) {
  EXPECT_THAT(refusal(with("\"boot_id\"", "\"boot-id\"")), HasSubstr("\"boot_id\" is missing"));
  EXPECT_THAT(refusal(with("\"shell\":true", "\"shell\":1")), HasSubstr("\"shell\""));
  EXPECT_THAT(refusal(with("\"buffer\"", "\"carrier pigeon\"")), HasSubstr("\"events\""));
  EXPECT_THAT(refusal(with("\"iterations\":3", "\"iterations\":-3")), HasSubstr("\"iterations\""));
  EXPECT_THAT(refusal(with("\"iterations\":3", "\"iterations\":4294967296")),
              HasSubstr("out of range"));
  EXPECT_THAT(refusal(with("\"iterations\":3", "\"iterations\":1.5")), HasSubstr("\"iterations\""));
  EXPECT_THAT(refusal(with("[0,1]", "[0,9000]")), HasSubstr("\"cpus\""));
  EXPECT_THAT(refusal(with("[10,21]", "10")), HasSubstr("\"distances\""));
  EXPECT_THAT(refusal(with("\"A\":\"1\"", "\"A\":1")), HasSubstr("\"environment\""));
  EXPECT_THAT(refusal(with("[\"rmap-walk\",\"--children\",\"16\",\"\"]", "[]")),
              HasSubstr("\"argv\" is empty"));
}

TEST(RunSheet, RefusesWhatIsNoSheetAtAll) {
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal("{\"protocol\":1"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal("{\"protocol\":" + std::string(100000, '[')), HasSubstr("too deeply"));
  EXPECT_THAT(refusal(std::string(std::size_t{17} << 20, ' ')), HasSubstr("longer than"));
}

TEST(RunSheet, IgnoresMembersThatItDoesNotKnow) {
  EXPECT_EQ(run_sheet_from_json(with("{\"boot_id\"", "{\"Later\":[1,{}],\"boot_id\"")), a_sheet());
}

}  // namespace
}  // namespace faultline::guest
