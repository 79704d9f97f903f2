// SPDX-License-Identifier: GPL-2.0-or-later
// Exact runs and the instrument with real guests: that boots repeat however busy the host is, that
// watching a guest changes nothing in it, and that what is counted is what took place.

#include <atomic>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.h"
#include "outcome/exact.h"
#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t words = (1 << 20) / 8;  // as in testdata/node_walker.c
constexpr std::uint64_t pages = (1 << 20) / 4096;

/// Threads that do nothing, as fast as they can, on every CPU and then one more.
class BusyHost {
 public:
  BusyHost() {
    for (unsigned i = 0; i <= std::thread::hardware_concurrency(); ++i)
      threads_.emplace_back([this] {
        while (!stop_.load(std::memory_order_relaxed)) {
        }
      });
  }
  ~BusyHost() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

class InstrumentedGuests : public EndToEnd {
 protected:
  void SetUp() override {
    if (test_kernel().empty())
      GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
    namespace fs = std::filesystem;
    bench_.write("root/workloads/node-walker/workload.yaml", R"(workload: node-walker
summary: walks known amounts of memory on known nodes
question: Does the instrument count what takes place?
image: minimal
needs: []
command: ["node-walker"]
metrics:
  - {name: words, unit: words, direction: neutral, scale: ratio, primary: true, summary: median, pattern: '^words: (\d+)$', what: "of one walk"}
  - {name: instructions_per_fault, unit: instr, direction: lower, scale: ratio, summary: median, per_call: [handle_mm_fault], what: "of a page fault"}
timeout: 60s
settings: []
memory: 16M
)");
    const fs::path parts = bench_.folder() / "guest";
    fs::create_directories(parts / "workloads/node-walker");
    fs::copy_file(FAULTLINE_NODE_WALKER, parts / "workloads/node-walker/node-walker");
    fs::copy_file(fs::path(FAULTLINE_BINARY_DIR) / "guest/agent", parts / "agent");
    bench_.set("FAULTLINE_ROOT", bench_.folder() / "root");
    bench_.set("FAULTLINE_GUEST", parts);
  }

  /// Two nodes of one CPU each, on the instruction clock.
  std::string file(const std::string& kernels, const std::string& more) {
    return bench_.write(
        "exact.yaml",
        "faultline: 1\nname: exact\nkernels:\n" + kernels +
            "topologies:\n  - name: two\n    nodes: [{cpus: 1, memory: 192M}, {cpus: 1, memory: "
            "128M}]\n    cache: {sets: 64, ways: 4}\nworkloads:\n  - {use: node-walker}\n"
            "collect: [vmstat, numastat]\naccel: icount\n" +
            more);
  }
};

TEST_F(InstrumentedGuests, RepeatToTheLastDigitOnABusyHost) {
  const BusyHost busy;
  const ProgramEnd run =
      bench_.run({"run", file(arm("plain", "faultline.test=0"), "runs: {blocks: 3}\n")});
  ASSERT_EQ(run.status, 0) << run.err;
  EXPECT_THAT(run.err, Not(HasSubstr("not exact")));
  const Results measured = results();
  ASSERT_EQ(measured.boots.size(), 3U);
  for (std::size_t boot = 1; boot < 3; ++boot) {
    const BootRecord first = store().boot(measured.boots[0].boot_id);
    const BootRecord other = store().boot(measured.boots[boot].boot_id);
    const auto of_records = first_difference(first, other);
    EXPECT_FALSE(of_records) << of_records->sentence();
    EXPECT_EQ(first.console, other.console);
    EXPECT_THAT(other.notes, IsEmpty());
  }
}

TEST_F(InstrumentedGuests, AreNotChangedByBeingWatchedAndCountWhatTakesPlace) {
  const std::string kernels = arm("plain", "faultline.test=0");
  const ProgramEnd unwatched = bench_.run({"run", file(kernels, "runs: {blocks: 1}\n")});
  ASSERT_EQ(unwatched.status, 0) << unwatched.err;
  const ProgramEnd watched = bench_.run(
      {"run", file(kernels, "runs: {blocks: 2}\ninstrument: [functions, calls, memory]\n")});
  ASSERT_EQ(watched.status, 0) << watched.err;
  EXPECT_THAT(watched.err, Not(HasSubstr("not exact")));

  const BootRecord alone = store().boot("r1-b1");
  const BootRecord boot = store().boot("r2-b1");
  EXPECT_THAT(boot.notes, IsEmpty());
  EXPECT_EQ(alone.console, boot.console) << "the guest noticed";
  const auto repeated = first_difference(boot, store().boot("r2-b2"));
  EXPECT_FALSE(repeated) << repeated->sentence();

  ASSERT_EQ(boot.steps.size(), 1U);
  const StepRecord& step = boot.steps[0];
  std::map<std::string, FunctionProfile> functions;
  for (const FunctionProfile& function : step.profile.functions)
    functions[function.image + " " + function.function] = function;

  // Every walk: its instructions to the last one, and its accesses from the one node to the other.
  for (unsigned cpu = 0; cpu < 2; ++cpu)
    for (unsigned memory = 0; memory < 2; ++memory)
      for (const std::string kind : {"write", "read"}) {
        const std::string name = "node-walker " + kind + "_from_" + std::to_string(cpu) + "_to_" +
                                 std::to_string(memory);
        ASSERT_TRUE(functions.contains(name)) << name;
        const FunctionProfile& walk = functions[name];
        ASSERT_EQ(walk.instructions.size(), 1U) << name;
        EXPECT_EQ(walk.instructions[0].cpu, cpu) << name;
        EXPECT_EQ(walk.instructions[0].instructions, 4 * words + 2) << name;
        EXPECT_EQ(walk.entries, 1U) << name;
        NodeTraffic expected;
        for (const NodeTraffic& traffic : walk.traffic) {
          EXPECT_EQ(traffic.cpu_node, cpu) << name;
          if (traffic.memory_node == static_cast<std::int32_t>(memory)) expected = traffic;
        }
        std::uint64_t elsewhere = 0;
        for (const NodeTraffic& traffic : walk.traffic)
          if (traffic.memory_node != expected.memory_node) elsewhere += traffic.accesses();
        const std::uint64_t walked = kind == "write" ? expected.stores : expected.loads;
        // The return reads the stack, which is on either node; and what a CPU itself reads and
        // writes to deliver an interrupt belongs to the code that it interrupts.
        constexpr std::uint64_t besides = 64;
        EXPECT_GE(walked, words) << name;
        EXPECT_LE(expected.accesses() + elsewhere, words + besides) << name;
        EXPECT_LE(elsewhere, besides) << name;
      }
  // 64 sets of 4 lines are 16 KiB: of a walk of 1 MiB every line misses, and only once, for eight
  // words are on it.
  const auto& walk = functions["node-walker read_from_1_to_0"];
  std::uint64_t misses = 0;
  for (const NodeTraffic& traffic : walk.traffic) misses += traffic.misses();
  EXPECT_GE(misses, words / 8);
  EXPECT_LE(misses, words / 8 + 64);

  std::map<std::string, double> samples;
  for (const SampleRecord& sample : step.samples) samples[sample.metric] = sample.value;
  EXPECT_GT(samples["remote_accesses"], 4.0 * words);
  EXPECT_GT(samples["instructions_per_fault"], 100);
  EXPECT_LT(samples["instructions_per_fault"], 100'000);
  EXPECT_GE(functions["kernel handle_mm_fault"].entries, 4 * pages);
  EXPECT_EQ(samples["instructions"], samples["kernel_instructions"] + samples["user_instructions"]);

  // What was counted is what the guest's clock counted: one instruction is one nanosecond. What the
  // clock has more is the time in which both CPUs were idle.
  const auto wall = static_cast<double>(step.iterations[0].wall.count());
  constexpr double between_marks_and_clock = 2000;
  EXPECT_LE(samples["instructions"], wall + between_marks_and_clock);
  EXPECT_GT(samples["instructions"], 0.98 * wall);
  // Stacks and functions are the same instructions.
  double in_stacks = 0;
  std::istringstream lines(step.profile.folded);
  for (std::string line; std::getline(lines, line);)
    in_stacks += std::stod(line.substr(line.rfind(' ')));
  EXPECT_EQ(in_stacks, samples["instructions"]);
  EXPECT_THAT(step.profile.folded, HasSubstr("do_syscall_64;"));
  EXPECT_THAT(step.profile.folded, HasSubstr("exc_page_fault;"));

  const ProgramEnd shown = bench_.run({"show", "--profile", "r2-b1"});
  EXPECT_EQ(shown.status, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("from node 1 to node 0"), HasSubstr("modelled:"),
                               HasSubstr("node-walker: write_from_0_to_0")));
}

TEST_F(InstrumentedGuests, CompareTwoArmsFunctionByFunction) {
  const ProgramEnd run = bench_.run({"run", file(arm("never", "transparent_hugepage=never") +
                                                     arm("always", "transparent_hugepage=always"),
                                                 "runs: {blocks: 1}\ninstrument: calls\n")});
  ASSERT_EQ(run.status, 0) << run.err;
  const ProgramEnd text = bench_.run({"compare", "--profile"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("always against never"),
                              HasSubstr("functions are equal to the last instruction")));
  const ProgramEnd json = bench_.run({"compare", "--profile", "--json"});
  EXPECT_EQ(json.status, 0) << json.err;
  const auto parsed = nlohmann::json::parse(json.out, nullptr, false);
  ASSERT_TRUE(parsed.is_array() && parsed.size() == 1) << json.out.substr(0, 500);
  EXPECT_GT(parsed[0]["steps"][0]["functions"].size(), 100U);
  EXPECT_GT(parsed[0]["steps"][0]["stacks"].size(), 100U);
  EXPECT_THAT(bench_.run({"show", "--stacks", "r1-b1-always"}).out,
              HasSubstr("node-walker;entry_SYSCALL_64"));
}

TEST_F(InstrumentedGuests, NeedTheInstructionClockAndAnEmbeddedLibvirt) {
  const std::string with = file(arm("plain", "faultline.test=0"), "instrument: functions\n");
  const ProgramEnd on_tcg = bench_.run({"run", "--accel", "tcg", with});
  EXPECT_EQ(on_tcg.status, 2) << on_tcg.err;
  EXPECT_THAT(on_tcg.err, HasSubstr("'instrument' needs the instruction clock"));
  bench_.set("FAULTLINE_PLUGIN", bench_.folder() / "none.so");
  const ProgramEnd without = bench_.run({"run", with});
  EXPECT_EQ(without.status, 3) << without.err;
  EXPECT_THAT(without.err, HasSubstr("none.so is missing"));
}

}  // namespace
}  // namespace faultline::testing
