// SPDX-License-Identifier: GPL-2.0-or-later
#include "function_profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"

namespace faultline::agent {
namespace {
namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view table =
    "  Function                               Hit    Time            Avg             s^2\n"
    "  --------                               ---    ----            ---             ---\n"
    "  rmap_walk_anon                          12    1234.500 us     102.875 us      3.000 us    \n"
    "  a_function_with_a_very_long_na           3    10 us           3 us            0 us\n"
    "  other                                    9    9.000 us        1.000 us        0.000 us\n";

TEST(FunctionProfile, AddsUpTheTablesOfTheProcessors) {
  std::map<std::string, double> values;
  add_function_table(table, {"rmap_walk_anon"}, values);
  add_function_table(table, {"rmap_walk_anon"}, values);
  EXPECT_THAT(values,
              ElementsAre(Pair("rmap_walk_anon.calls", 24), Pair("rmap_walk_anon.us", 2469)));
}

TEST(FunctionProfile, KnowsNamesThatTheTableCuts) {
  std::map<std::string, double> values;
  add_function_table(table, {"a_function_with_a_very_long_name_indeed"}, values);
  EXPECT_THAT(values, testing::Contains(Pair("a_function_with_a_very_long_name_indeed.calls", 3)));
}

TEST(FunctionProfile, IsRefusedWithoutTheProfiler) {
  FunctionProfile profile({"rmap_walk_anon"}, "/nonexistent");
  std::vector<std::string> partly;
  EXPECT_THAT(profile.prepare(partly), HasSubstr("function_profile_enabled"));
}

TEST(FunctionProfile, SwitchesTheProfilerOnAndOffAndCountsWhatNobodyCalled) {
  const TemporaryDirectory folder;
  const auto write = [&](const std::string& name, std::string_view text) {
    fs::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name) << text;
  };
  write("function_profile_enabled", "");
  write("set_ftrace_filter", "");
  write("trace_stat/function0", table);
  write("trace_stat/function1", table);
  FunctionProfile profile({"rmap_walk_anon", "never_called"}, folder.path().string());
  std::vector<std::string> partly;
  EXPECT_EQ(profile.prepare(partly), "");
  EXPECT_THAT(partly, IsEmpty());
  profile.start();
  EXPECT_EQ(read_file(folder.path() / "function_profile_enabled"), "1");
  EXPECT_THAT(profile.stop(),
              ElementsAre(Pair("never_called.calls", 0), Pair("never_called.us", 0),
                          Pair("rmap_walk_anon.calls", 24), Pair("rmap_walk_anon.us", 2469)));
  EXPECT_EQ(read_file(folder.path() / "function_profile_enabled"), "0");
  EXPECT_EQ(read_file(folder.path() / "set_ftrace_filter"), "") << "a filter was left";
}

}  // namespace
}  // namespace faultline::agent
