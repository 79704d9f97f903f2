// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/files.h"
#include "instrument/plugin/options.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;

/// What QEMU makes of the argument: NAME=VALUE words, without the file.
std::vector<std::string> words_of(const std::string& argument) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < argument.size(); ++i) {
    if (argument[i] != ',')
      words.back() += argument[i];
    else if (i + 1 < argument.size() && argument[i + 1] == ',')
      words.back() += argument[++i];
    else
      words.emplace_back();
  }
  words.erase(words.begin());
  return words;
}

struct Options : plugin_options {
  Options() : plugin_options{} {}
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  ~Options() { plugin_options_free(this); }
};

bool read_by_the_plugin(plugin_options& options, const std::string& argument) {
  std::vector<std::string> words = words_of(argument);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return plugin_options_read(&options, static_cast<int>(argv.size()), argv.data());
}

TEST(PluginArgument, IsUnderstoodByThePlugin) {
  const TemporaryDirectory folder;
  const KernelSymbols symbols = KernelSymbols::parse(
      "100 T __entry_text_start\n110 T asm_exc_page_fault\n120 T asm_exc_bounds\n"
      "200 T __entry_text_end\n300 T work\n");
  PluginTask task;
  task.plugin = "/a,b/instrument.so";
  task.out = "/tmp/x,y.account";
  task.functions = folder.path() / "functions";
  task.layout = "/tmp/layout";
  task.cpus = {2, 0, 1};
  task.calls = true;
  task.cache_sets = 64;
  task.cache_ways = 12;
  task.cache_line = 128;
  write_file_atomically(task.functions, function_list(symbols));
  Options options;
  ASSERT_TRUE(read_by_the_plugin(options, plugin_argument(task, symbols)));
  EXPECT_STREQ(options.out, "/tmp/x,y.account");
  EXPECT_STREQ(options.layout, "/tmp/layout");
  EXPECT_EQ(options.cpus, 3U);
  EXPECT_EQ(options.nodes, 3U);
  EXPECT_EQ(options.node_of_cpu[1], 0U);
  EXPECT_EQ(options.node_of_cpu[2], 2U);
  EXPECT_EQ(options.entry_begin, 0x100U);
  EXPECT_EQ(options.entry_end, 0x200U);
  ASSERT_EQ(options.fault_count, 2U);
  EXPECT_EQ(options.faults[0], 0x110U);
  EXPECT_TRUE(options.calls);
  EXPECT_EQ(options.function_count, symbols.functions.size() + 1);
  EXPECT_EQ(options.cache_sets, 64U);
  EXPECT_EQ(options.cache_ways, 12U);
  EXPECT_EQ(options.cache_line, 128U);
}

TEST(PluginOptions, RefuseWhatMakesNoSense) {
  for (const char* argument :
       {"p", "p,out=x", "p,cpus=1", "p,out=x,cpus=0", "p,out=x,cpus=1:x",
        "p,out=x,cpus=1,cache=3:1:64", "p,out=x,cpus=1,cache=4:1", "p,out=x,cpus=1,what=now",
        "p,out=x,cpus=1,functions=/none", "p,out=x,cpus=1,entry=12",
        "p,out=x,cpus=1,faults=", "p,out=x,cpus=1,calls"}) {
    Options options;
    EXPECT_FALSE(read_by_the_plugin(options, argument)) << argument;
  }
}

TEST(MemoryLayout, IsReadAsItWasWritten) {
  const TemporaryDirectory folder;
  const auto file = folder.path() / "layout";
  write_file_atomically(file, layout_text({{0, 0, 0x1000}, {2, 0x8000, 0x2000}}));
  memory_layout layout{};
  ASSERT_TRUE(memory_layout_read(&layout, file.c_str()));
  EXPECT_EQ(memory_layout_node(&layout, 0xfff), 0U);
  EXPECT_EQ(memory_layout_node(&layout, 0x1000), unsigned{ledger_other_memory});
  EXPECT_EQ(memory_layout_node(&layout, 0x9fff), 2U);
  EXPECT_EQ(memory_layout_node(&layout, 0xa000), unsigned{ledger_other_memory});
  EXPECT_FALSE(memory_layout_read(&layout, (folder.path() / "none").c_str()));
}

TEST(PluginObstacle, IsSeenInTheProgramItself) {
  EXPECT_THAT(plugin_obstacle("/none").value_or(""), HasSubstr("cannot be looked at"));
  EXPECT_THAT(plugin_obstacle("/proc/self/exe").value_or(""),
              HasSubstr("was built without TCG plugins"));
  const TemporaryDirectory folder;
  write_file_atomically(folder.path() / "script", "#!/bin/sh\n");
  EXPECT_THAT(plugin_obstacle(folder.path() / "script").value_or(""), HasSubstr("is no program"));
}

}  // namespace
}  // namespace faultline
