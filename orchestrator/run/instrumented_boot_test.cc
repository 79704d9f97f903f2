// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/instrumented_boot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace faultline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* system_map =
    "ffffffff81000000 T _text\n"
    "ffffffff81000100 T do_work\n"
    "ffffffff81000200 t helper\n";

class InstrumentedBootTest : public ::testing::Test {
 protected:
  InstrumentedBootTest() {
    auto symbols = std::make_shared<Symbols>();
    symbols->kernel = KernelSymbols::parse(system_map);
    order_.symbols = symbols;
    order_.boot_id = "b,1";
    order_.plugin = "/plugin.so";
    order_.topology.nodes = {{1, 256 << 20, {}}, {1, 256 << 20, {}}};
    order_.instrument = {true, true, true};
    MetricDefinition metric;
    metric.name = "instructions_per_work";
    metric.per_call = {"do_work"};
    order_.steps = {{"walk", "children=2", {metric}}};
    record_.steps.resize(1);
    record_.steps[0].iterations.resize(1);
  }

  std::filesystem::path account() const { return folder_.path() / "b,1.account"; }

  TemporaryDirectory folder_;
  BootOrder order_;
  BootRecord record_;
};

TEST_F(InstrumentedBootTest, TellsThePluginWhatToDoAndRemovesItsFiles) {
  {
    InstrumentedBoot instrument(order_, folder_.path());
    const std::string argument = instrument.plugin_argument();
    EXPECT_THAT(argument, HasSubstr("/plugin.so,out="));
    EXPECT_THAT(argument, HasSubstr("b,,1.account"));
    EXPECT_THAT(argument, HasSubstr(",cpus=1:1,"));
    EXPECT_THAT(argument, HasSubstr(",calls=on"));
    EXPECT_THAT(argument, Not(HasSubstr("cache=")));
    EXPECT_EQ(read_file(folder_.path() / "b,1.functions").substr(0, 17), "ffffffff81000000\n");
    instrument.place_memory({{"ram-node0", 0, 256 << 20},
                             {"vga.vram", 1 << 28, 4096},
                             {"ram-node1", 1 << 30, 256 << 20}});
    EXPECT_EQ(read_file(folder_.path() / "b,1.layout"), "0 0 10000000\n1 50000000 10000000\n");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(InstrumentedBootTest, RefusesAMemoryThatItDoesNotUnderstand) {
  InstrumentedBoot instrument(order_, folder_.path());
  EXPECT_THROW(instrument.place_memory({{"ram-node0", 0, 256 << 20}}), Error);
}

TEST_F(InstrumentedBootTest, AddsProfilesAndSamplesToTheRecord) {
  const InstrumentedBoot instrument(order_, folder_.path());
  write_file_atomically(account(),
                        "faultline-profile 1\n"
                        "place 0 kernel 1\nplace 1 kernel 2\nplace 2 user 0000000000000007 401000\n"
                        "begin 0 0\n"
                        "i 0 0 100\ni 1 1 50\ni 2 0 7\ne 0 10\n"
                        "a 0 0 1 3 4 0 0\n"
                        "s 100 0\ns 50 0 1\n"
                        "end 0 0 157\n");
  instrument.complete(record_);
  EXPECT_THAT(record_.notes, IsEmpty());
  const StepRecord& step = record_.steps[0];
  ASSERT_EQ(step.profile.functions.size(), 3U);
  EXPECT_EQ(step.profile.functions[0].function, "do_work");
  EXPECT_EQ(step.profile.folded, "do_work 100\ndo_work;helper 50\nuser 7\n");
  std::map<std::string, double> samples;
  for (const SampleRecord& sample : step.samples) samples[sample.metric] = sample.value;
  EXPECT_EQ(samples["instructions"], 157);
  EXPECT_EQ(samples["kernel_instructions"], 150);
  EXPECT_EQ(samples["remote_accesses"], 7);
  EXPECT_EQ(samples["instructions_per_work"], 15);
}

TEST_F(InstrumentedBootTest, HasNoSamplesOfAnIterationThatFailed) {
  record_.steps[0].iterations[0].end.code = 1;
  const InstrumentedBoot instrument(order_, folder_.path());
  write_file_atomically(account(),
                        "faultline-profile 1\nplace 0 kernel 1\nbegin 0 0\ni 0 0 5\nend 0 0 5\n");
  instrument.complete(record_);
  EXPECT_THAT(record_.steps[0].samples, IsEmpty());
  EXPECT_FALSE(record_.steps[0].profile.empty());
}

TEST_F(InstrumentedBootTest, SaysSoWhenThereIsNothing) {
  const InstrumentedBoot instrument(order_, folder_.path());
  instrument.complete(record_);
  EXPECT_THAT(record_.notes, ElementsAre("instrument: QEMU did not load the plugin"));
}

TEST(CheckInstrument, WantsItsOwnQemuWithPlugins) {
  const TemporaryDirectory folder;
  write_file_atomically(folder.path() / "plugin.so", "");
  write_file_atomically(folder.path() / "qemu", "no program");
  RunFolders folders;
  folders.plugin = folder.path() / "plugin.so";
  HypervisorFacts facts;
  facts.uri = "qemu:///system";
  facts.qemu_binary = folder.path() / "qemu";
  EXPECT_THROW(check_instrument(facts, folders), Error);
  facts.uri = "qemu:///embed?root=/run/x";
  try {
    check_instrument(facts, folders);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.cause(), HasSubstr("is no program"));
  }
}

}  // namespace
}  // namespace faultline
