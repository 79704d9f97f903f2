// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"
#include "kernel/testing/mini_kernel.h"
#include "plan/calibration.h"
#include "plan/plan.h"
#include "run/scripted_guest.h"
#include "spec/parse_experiment.h"

namespace faultline {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ScriptedGuest;

class RecordingProgress final : public RunProgress {
 public:
  void say(const std::string& line) override { said.push_back(line); }
  void building(const std::string&, const BuildProgress&) override {}
  void built(const std::string& arms, const BuildResult& result) override {
    built_arms.push_back(arms + (result.index() == 0 ? " ok" : " failed"));
  }
  void boot_starts(std::size_t number, std::size_t, const std::string&,
                   std::optional<std::chrono::seconds>) override {
    starts.push_back(number);
    if (on_start) on_start(number);
  }
  void boot_does(const std::string&) override {}
  void boot_ended(const BootRecord& record) override {
    ended.push_back(record.boot_id + " " + to_string(record.outcome.kind));
  }

  std::vector<std::string> said, built_arms, ended;
  std::vector<std::size_t> starts;
  std::function<void(std::size_t)> on_start;
};

/// Ctrl-C comes while the first command runs, and the command does not end by itself.
class CommandThatIsInterrupted final : public CommandRunner {
 public:
  explicit CommandThatIsInterrupted(Interrupt& interrupt) : interrupt_(interrupt) {}
  asio::awaitable<CommandResult> run(Command) override {
    asio::steady_timer for_ever(co_await asio::this_coro::executor, SteadyTime::max());
    asio::post(for_ever.get_executor(), [this] { interrupt_.raise(); });
    co_await for_ever.async_wait(asio::use_awaitable);
    co_return CommandResult{};
  }

 private:
  Interrupt& interrupt_;
};

constexpr const char* workload_yaml = R"(workload: walk
summary: walks
question: How far?
image: minimal
needs: []
command: ["walk"]
parameters: {}
metrics:
  - {name: value, unit: s, direction: lower, scale: ratio, primary: true, summary: median, pattern: '^value: (\S+)$', what: "a number"}
timeout: 3s
settings: []
memory: 16M
)";

/// Runs of one kernel of a few bytes on guests that do as their scripts say.
class Run : public ::testing::Test {
 protected:
  Run() {
    write("root/workloads/walk/workload.yaml", workload_yaml);
    write("guest/agent", "agent");
    write("guest/workloads/walk/walk", "walk");
    write("busybox", "busybox");
    write("bzImage", testing::mini_bzimage("6.99.1-fake"));
    write("text", "no kernel");
    fs::create_directories(folder_.path() / "scratch");
    fs::create_directories(folder_.path() / "locks");
    std::vector<Diagnostic> diagnostics;
    catalogue_ = Catalogue::load(folder_.path() / "root", diagnostics);
    if (!diagnostics.empty()) throw std::runtime_error(to_string(diagnostics[0]));
    experiment_ = experiment({{"only", "bzImage"}}, 2);
    hypervisor_.host.uri = "fake:///system";  // On this host, which may be watched.
  }

  void write(const char* name, const std::string& text) const {
    fs::create_directories((folder_.path() / name).parent_path());
    write_file_atomically(folder_.path() / name, text);
  }

  /// Arms by name and file of their kernel.
  Experiment experiment(const std::vector<std::pair<std::string, std::string>>& arms,
                        unsigned blocks, const std::string& runs = "",
                        const std::string& more = "") const {
    std::string text = "faultline: 1\nname: fake\nquestion: does it?\nkernels:\n";
    for (const auto& [name, file] : arms)
      text += "  - {name: " + name + ", source: 'image:" + (folder_.path() / file).string() +
              "', cmdline: 'test=" + name + "'}\n";
    text +=
        "topologies:\n  - {name: one, nodes: [{cpus: 1, memory: 256M}]}\n"
        "workloads:\n  - {use: walk}\naccel: tcg\n"
        "runs: {seed: 1, retries: 2, blocks: " +
        std::to_string(blocks) + runs + "}\n" + more;
    ParsedExperiment parsed = parse_experiment(text, "fake.yaml", catalogue_);
    if (!parsed.experiment) throw std::runtime_error(to_string(parsed.diagnostics.at(0)));
    return std::move(*parsed.experiment);
  }

  /// One call of `faultline run`; an interrupt of an earlier one is over.
  RunSummary run(RunRequest request = {}) { return run_with(processes_, request); }
  RunSummary run_with(CommandRunner& commands, RunRequest request = {}) {
    KernelBuilder builder(commands, folder_.path() / "cache", 1);
    Store store = Store::open(database(), Store::Mode::read_write);
    RunServices services{hypervisor_,
                         builder,
                         commands,
                         store,
                         clock_,
                         *interrupt_,
                         progress_,
                         {.cache = folder_.path() / "cache",
                          .scratch = folder_.path() / "scratch",
                          .artifacts = folder_.path() / "artifacts",
                          .locks = folder_.path() / "locks",
                          .guest_parts = folder_.path() / "guest",
                          .busybox = folder_.path() / "busybox",
                          .debian = folder_.path() / "debian",
                          .mirror = "",
                          .plugin = {},
                          .host = folder_.path() / "host"}};
    const RunSummary summary =
        testing::run_to_end(io_, run_experiment(services, experiment_, catalogue_, request));
    EXPECT_EQ(hypervisor_.alive(), 0);
    EXPECT_TRUE(fs::is_empty(folder_.path() / "scratch"));
    interrupt_ = std::make_unique<Interrupt>();
    return summary;
  }
  void interrupt_at_boot(std::size_t number) {
    progress_.on_start = [this, number](std::size_t started) {
      if (started == number) interrupt_->raise();
    };
  }

  fs::path database() const { return folder_.path() / "results.sqlite"; }
  Results results(std::int64_t run_id = 1) const {
    return Store::open(database(), Store::Mode::read_only).results(run_id);
  }
  std::vector<std::string> stored(std::int64_t run_id = 1) const {
    std::vector<std::string> found;
    for (const ResultBoot& boot : results(run_id).boots)
      found.push_back(boot.boot_id + " " + to_string(boot.outcome.kind));
    return found;
  }
  static GuestScript killed() { return GuestScript{}.ends(GuestEnd::Kind::killed, "signal 9"); }

  TemporaryDirectory folder_;
  asio::io_context io_{1};
  ProcessRunner processes_;
  SystemClock clock_;
  std::unique_ptr<Interrupt> interrupt_ = std::make_unique<Interrupt>();
  RecordingProgress progress_;
  FakeHypervisor hypervisor_;
  Catalogue catalogue_;
  Experiment experiment_;
};

TEST_F(Run, RecordsWhatTheImageIsMadeOf) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  run();
  Store store = Store::open(database(), Store::Mode::read_only);
  const auto image = store.image(store.boot("r1-b1-only-one").image_hash);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->name, "minimal");
  EXPECT_EQ(image->disk_hash, "");
}

TEST_F(Run, EndsWithWordsWhenTheDebianImageCannotBeMade) {
  experiment_.collect = {"perf"};
  try {
    run();
    FAIL() << "there is no recipe";
  } catch (const Error& error) {
    EXPECT_THAT(std::string(error.what()), HasSubstr("debian/recipe"));
  }
  write("debian/recipe", "suite bookworm\npackage gcc\n");
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", (folder_.path() / "nowhere").c_str(), 1);
  try {
    run();
    ADD_FAILURE() << "made without tools";
  } catch (const Error& error) {
    EXPECT_THAT(error.hint(), HasSubstr("apt-get install mmdebstrap"));
  }
  ::setenv("PATH", path.c_str(), 1);
}

TEST_F(Run, CarriesOutEveryBootOfThePlanAndFinishesTheRun) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  const RunSummary summary = run();
  EXPECT_EQ(summary.boots, 2U);
  EXPECT_EQ(summary.guest_failures, 0U);
  EXPECT_FALSE(summary.interrupted);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one completed", "r1-b2-only-one completed"));
  EXPECT_EQ(results().samples.size(), 2U);
  EXPECT_GT(results().run.finished_at_ns, 0);
  EXPECT_THAT(hypervisor_.machines()[0].cmdline, HasSubstr("test=only"));
}

TEST_F(Run, KeepsThePublishedFiguresThatItStandsBeside) {
  PublishedFigure pair;
  pair.what = "a walk";
  pair.without = 3;
  pair.with = 1.5;
  PublishedFigure curve;
  curve.what = "walks";
  curve.unit = "s";
  curve.over = "processes";
  curve.points = {{64, 350}, {128, 1228.8}};
  curve.here = {{"walk", "value", "value", "only", {{"a", "1"}, {"b", "2"}}, {}}};
  catalogue_.published["walks"] = {"walks", "a thread", "It helps.", {curve, pair}, {"Luck."}};
  experiment_.reference = "walks";
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  run();
  const PublishedRecord kept = results().run.published;
  EXPECT_EQ(kept.source, "a thread");
  EXPECT_THAT(kept.may_differ, ElementsAre("Luck."));
  EXPECT_THAT(kept.pairs, ElementsAre(PublishedPair{"a walk", "", 3, 1.5, "", "", "", {}}));
  EXPECT_THAT(kept.curves,
              ElementsAre(PublishedCurve{"walks",
                                         "s",
                                         "processes",
                                         {{64, 350}, {128, 1228.8}},
                                         {{"walk", "value", "value", "only", {"a=1", "b=2"}}}}));
}

TEST_F(Run, GoesOnAfterAnInterruptWithoutRepeatingABoot) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(2);
  const RunSummary first = run();
  EXPECT_TRUE(first.interrupted);
  EXPECT_EQ(first.boots, 1U);
  EXPECT_EQ(results().run.finished_at_ns, 0);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one completed", "r1-b2-only-one cancelled"));

  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one-again1", "2"));
  const RunSummary second = run();
  EXPECT_FALSE(second.interrupted);
  EXPECT_EQ(second.run_id, 1);
  EXPECT_EQ(second.boots, 2U);
  EXPECT_THAT(progress_.starts, ElementsAre(2U));
  EXPECT_THAT(progress_.said, Contains(HasSubstr("going on with run 1")));
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one completed", "r1-b2-only-one cancelled",
                                    "r1-b2-only-one-again1 completed"));
  EXPECT_GT(results().run.finished_at_ns, 0);
}

TEST_F(Run, BeginsAnewWhenTheUnitOfAMetricWasChanged) {
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(2);
  run();
  progress_ = {};
  catalogue_.workloads.at("walk").metrics[0].unit = "ms";
  hypervisor_.push(ScriptedGuest::good("r2-b1-only-one", "1000"));
  hypervisor_.push(ScriptedGuest::good("r2-b2-only-one", "1000"));
  EXPECT_EQ(run().run_id, 2);
}

TEST_F(Run, AFailureBeforeAnInterruptStillCountsAfterIt) {
  hypervisor_.push(GuestScript{}.ends(GuestEnd::Kind::panicked));
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(2);
  EXPECT_EQ(run().guest_failures, 1U);
  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one-again1", "2"));
  EXPECT_EQ(run().guest_failures, 1U) << "the run has a guest that failed, whoever asks when";
}

TEST_F(Run, StartsANewRunWhenTheLastOneIsDoneOrWhenAskedTo) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  EXPECT_EQ(run().run_id, 1);
  hypervisor_.push(GuestScript{}.hangs());
  interrupt_at_boot(1);
  EXPECT_EQ(run().run_id, 2);
  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r3-b1-only-one", "1"));
  EXPECT_EQ(run({.blocks = std::nullopt, .fresh = true}).run_id, 3);
}

TEST_F(Run, TriesAgainWhatTheHostFailedAndStoresEveryAttempt) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.push(killed());
  hypervisor_.push(killed());
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again2", "1"));
  const RunSummary summary = run();
  EXPECT_EQ(summary.given_up, 0U);
  EXPECT_THAT(stored(),
              ElementsAre("r1-b1-only-one infra_failed", "r1-b1-only-one-again1 infra_failed",
                          "r1-b1-only-one-again2 completed"));
}

TEST_F(Run, NeverTriesAgainWhatAGuestFailed) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.push(GuestScript{}.ends(GuestEnd::Kind::panicked));
  const RunSummary summary = run();
  EXPECT_EQ(summary.guest_failures, 1U);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-only-one boot_failed"));
}

TEST_F(Run, LeavesBootsThatItGaveUpForTheNextTime) {
  for (int i = 0; i < 3; ++i) hypervisor_.push(killed());
  hypervisor_.push(ScriptedGuest::good("r1-b2-only-one", "2"));
  const RunSummary first = run();
  EXPECT_EQ(first.given_up, 1U);
  EXPECT_FALSE(first.interrupted);
  EXPECT_EQ(results().run.finished_at_ns, 0) << "a boot is missing, and that is our fault";

  progress_ = {};
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again3", "1"));
  const RunSummary second = run();
  EXPECT_EQ(second.given_up, 0U);
  EXPECT_THAT(progress_.starts, ElementsAre(1U));
  EXPECT_THAT(stored(), Contains("r1-b1-only-one-again3 completed"));
  EXPECT_GT(results().run.finished_at_ns, 0);
}

TEST_F(Run, StopsWhenTheHostFailsOneBootAfterTheOther) {
  experiment_ = experiment({{"only", "bzImage"}}, 5);
  for (int attempt = 0; attempt < 3 * 3; ++attempt) hypervisor_.push(killed());
  const RunSummary summary = run();
  EXPECT_EQ(summary.given_up, 3U);
  EXPECT_TRUE(summary.hopeless);
  EXPECT_FALSE(summary.interrupted);
  EXPECT_EQ(stored().size(), 9U);
  EXPECT_EQ(results().run.finished_at_ns, 0) << "the same command goes on";
}

TEST_F(Run, GoesOnWhenTheHostFailsABootNowAndThen) {
  experiment_ = experiment({{"only", "bzImage"}}, 5);
  for (int attempt = 0; attempt < 2 * 3; ++attempt) hypervisor_.push(killed());
  hypervisor_.push(ScriptedGuest::good("r1-b3-only-one", "1"));
  for (int attempt = 0; attempt < 2 * 3; ++attempt) hypervisor_.push(killed());
  const RunSummary summary = run();
  EXPECT_EQ(summary.given_up, 4U);
  EXPECT_FALSE(summary.hopeless);
  EXPECT_EQ(summary.boots, 5U);
}

TEST_F(Run, AKernelThatDoesNotBuildIsTheOutcomeOfEachOfItsBoots) {
  experiment_ = experiment({{"good", "bzImage"}, {"text", "text"}}, 2);
  hypervisor_.push(ScriptedGuest::good("r1-b1-good-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b2-good-one", "2"));
  const RunSummary summary = run();
  EXPECT_THAT(progress_.built_arms, ElementsAre("good ok", "text failed"));
  EXPECT_EQ(summary.boots, 4U);
  EXPECT_EQ(summary.guest_failures, 2U);
  std::vector<std::string> found = stored();
  std::sort(found.begin(), found.end());
  EXPECT_THAT(found, ElementsAre("r1-b1-good-one completed", "r1-b1-text-one build_failed",
                                 "r1-b2-good-one completed", "r1-b2-text-one build_failed"));
}

TEST_F(Run, WithoutAnyKernelThereIsStillAnAnswer) {
  experiment_ = experiment({{"text", "text"}}, 1);
  const RunSummary summary = run();
  EXPECT_EQ(summary.guest_failures, 1U);
  EXPECT_THAT(stored(), ElementsAre("r1-b1-text-one build_failed"));
  EXPECT_THAT(hypervisor_.machines(), IsEmpty());
}

TEST_F(Run, AnInterruptInABuildLeavesNoRun) {
  CommandThatIsInterrupted commands(*interrupt_);
  const RunSummary summary = run_with(commands);
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(summary.run_id, 0);
  EXPECT_THAT(Store::open(database(), Store::Mode::read_only).runs(), IsEmpty());
}

TEST_F(Run, EndsAndNamesTheGuestsThatAKilledRunLeft) {
  experiment_ = experiment({{"only", "bzImage"}}, 1);
  hypervisor_.leftovers = {"faultline-x-1-r7-b1"};
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  run();
  EXPECT_THAT(progress_.said, Contains(HasSubstr("ended guest faultline-x-1-r7-b1")));
}

/// Guests for so many blocks of two arms, in the plan's order, that all measure this value.
void push_blocks(FakeHypervisor& hypervisor, const Experiment& experiment,
                 const Catalogue& catalogue, unsigned blocks,
                 const std::function<std::string(const PlannedBoot&)>& value) {
  for (const PlannedBoot& boot : make_plan(experiment, catalogue, blocks).boots)
    hypervisor.push(ScriptedGuest::good(
        "r1-b" + std::to_string(boot.block + 1) + "-" + experiment.arms[boot.arm].name + "-one",
        value(boot)));
}

TEST_F(Run, StopsAtADeclaredLookWhenEveryPrimaryIntervalIsNarrow) {
  experiment_ = experiment({{"a", "bzImage"}, {"b", "bzImage"}}, 6, ", precision: 1%");
  push_blocks(hypervisor_, experiment_, catalogue_, 6, [](const PlannedBoot&) { return "5"; });
  const RunSummary summary = run();
  EXPECT_THAT(summary.stopped, HasSubstr("within ±1 % after 6 of 24 blocks"));
  EXPECT_EQ(summary.boots, 12U);
  EXPECT_FALSE(summary.interrupted);
  const RunInfo info = results().run;
  EXPECT_GT(info.finished_at_ns, 0);
  EXPECT_EQ(info.blocks, 6U);
  EXPECT_EQ(info.planned_boots, 12U);
  EXPECT_EQ(info.stopped, summary.stopped);
  EXPECT_EQ(info.declared.at("runs.precision"), "0.01");
}

TEST_F(Run, GoesOnToTheNextLookWhileAnIntervalIsWide) {
  experiment_ =
      experiment({{"a", "bzImage"}, {"b", "bzImage"}}, 6, ", precision: 1%, max_blocks: 8");
  push_blocks(hypervisor_, experiment_, catalogue_, 8,
              [](const PlannedBoot& boot) { return boot.block % 2 == boot.arm ? "5" : "6"; });
  const RunSummary summary = run();
  EXPECT_EQ(summary.stopped, "");
  EXPECT_EQ(summary.boots, 16U);
  EXPECT_THAT(progress_.said, Contains(HasSubstr("after 6 blocks the widest primary interval is")));
}

TEST_F(Run, BootsSeparateBuildsInTheTextLayoutsOfTheirBlocks) {
  testing::write_mini_kernel(folder_.path() / "linux");
  testing::run_tool({"tar", "-cJf", "mini.tar.xz", "linux"}, folder_.path());
  write("a.config", "CONFIG_MODULES=y\n");
  write("b.config", "CONFIG_MODULES=y\nCONFIG_KSM=y\n");
  const std::string source =
      "source: 'tar:" + (folder_.path() / "mini.tar.xz").string() + "', config: ";
  const ParsedExperiment parsed = parse_experiment(
      "faultline: 1\nname: fake\nkernels:\n"
      "  - {name: a, " +
          source + (folder_.path() / "a.config").string() + "}\n" + "  - {name: b, " + source +
          (folder_.path() / "b.config").string() + "}\n" +
          "  - {name: c, like: b, cmdline: x}\n"
          "topologies:\n  - {name: one, nodes: [{cpus: 1, memory: 256M}]}\n"
          "workloads:\n  - {use: walk}\naccel: tcg\nruns: {seed: 1, blocks: 3, layouts: 2}\n",
      "fake.yaml", catalogue_);
  ASSERT_TRUE(parsed.experiment) << to_string(parsed.diagnostics.at(0));
  experiment_ = *parsed.experiment;
  push_blocks(hypervisor_, experiment_, catalogue_, 3, [](const PlannedBoot&) { return "5"; });
  EXPECT_EQ(run().boots, 9U);
  EXPECT_EQ(progress_.built_arms.size(), 4U);
  EXPECT_THAT(progress_.built_arms, Contains(HasSubstr("b, c in text layout ")));
  const Results found = results();
  ASSERT_EQ(found.kernels.size(), 4U);
  EXPECT_EQ(found.run.declared.at("runs.layouts"), "2");
  std::map<std::string, std::uint32_t> layout_of_kernel;
  for (const KernelRecord& kernel : found.kernels) layout_of_kernel[kernel.key] = kernel.layout;
  const Plan plan = make_plan(experiment_, catalogue_);
  for (std::size_t i = 0; i < found.boots.size(); ++i)
    EXPECT_EQ(layout_of_kernel.at(found.boots[i].kernel_key), plan.boots[i].layout);
}

TEST_F(Run, BlocksOfTheCommandLineSwitchPrecisionOff) {
  experiment_ = experiment({{"a", "bzImage"}, {"b", "bzImage"}}, 6, ", precision: 1%");
  push_blocks(hypervisor_, experiment_, catalogue_, 7, [](const PlannedBoot&) { return "5"; });
  EXPECT_EQ(run({.blocks = 7}).boots, 14U);
}

TEST_F(Run, BeginsNoFurtherBootWhenTheBudgetIsUsedUp) {
  experiment_ = experiment({{"only", "bzImage"}}, 50, ", budget: 1s");
  experiment_.runs.budget = std::chrono::milliseconds(1);  // Less than any boot takes.
  for (int i = 1; i <= 50; ++i)
    hypervisor_.push(ScriptedGuest::good("r1-b" + std::to_string(i) + "-only-one", "1"));
  const RunSummary summary = run();
  EXPECT_GE(summary.boots, 1U);
  EXPECT_LT(summary.boots, 50U);
  EXPECT_THAT(summary.stopped,
              HasSubstr("was used up in block " + std::to_string(summary.boots + 1) + " of 50"));
  EXPECT_GT(results().run.finished_at_ns, 0);
  EXPECT_EQ(results().run.blocks, summary.boots);
}

TEST_F(Run, RepeatsAContaminatedBootAndKeepsBoth) {
  experiment_ =
      experiment({{"only", "bzImage"}}, 1, "", "contamination: {other_guests: 0, reruns: 1}\n");
  write("host/proc/7/cmdline", std::string("/usr/bin/qemu-system-x86_64\0-name\0else\0", 40));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again1", "1"));
  const RunSummary summary = run();
  EXPECT_EQ(summary.boots, 1U);
  const Results found = results();
  ASSERT_EQ(found.boots.size(), 2U) << "one repeat, then it is given up";
  for (const ResultBoot& boot : found.boots) {
    EXPECT_EQ(boot.contamination, "other_guests 1 > 0");
    EXPECT_EQ(boot.conditions.at("other_guests"), 1);
  }
  EXPECT_GT(found.run.finished_at_ns, 0);
}

TEST_F(Run, CountsNothingAgainstACleanRepeat) {
  experiment_ = experiment({{"only", "bzImage"}}, 1, "", "contamination: {other_guests: 0}\n");
  const char* other = "host/proc/7/cmdline";
  write(other, std::string("/usr/bin/qemu-system-x86_64\0-name\0else\0", 40));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one-again1", "1"));
  progress_.on_start = [&, starts = 0](std::size_t) mutable {
    if (++starts == 2) fs::remove(folder_.path() / other);
  };
  run();
  const Results found = results();
  ASSERT_EQ(found.boots.size(), 2U);
  EXPECT_FALSE(found.boots[0].contamination.empty());
  EXPECT_TRUE(found.boots[1].contamination.empty());
}

TEST_F(Run, StoresWhatTheFileDeclares) {
  experiment_ = experiment({{"only", "bzImage"}}, 1, "",
                           "analysis: {method: mean-t, equivalence: 2%, margins: {value: 1%}}\n"
                           "gate: {times: any}\ncontamination: {steal: 1%}\n");
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  run();
  const std::map<std::string, std::string> wanted{{"analysis.method", "mean-t"},
                                                  {"analysis.equivalence", "0.02"},
                                                  {"analysis.margin value", "0.01"},
                                                  {"gate", ""},
                                                  {"gate.times", "any"},
                                                  {"gate.inconclusive", "pass"},
                                                  {"contamination.steal", "0.01"}};
  EXPECT_EQ(results().run.declared, wanted);
}

TEST_F(Run, StoresTheMetricsThatTheFileCallsPrimary) {
  MetricDefinition detail = catalogue_.workloads.at("walk").metrics[0];
  detail.name = "detail";
  detail.primary = false;
  catalogue_.workloads.at("walk").metrics.push_back(detail);
  experiment_ = experiment({{"only", "bzImage"}}, 1, "", "analysis: {primary: detail}\n");
  hypervisor_.push(ScriptedGuest::good("r1-b1-only-one", "1"));
  run();
  const RunInfo info = results().run;
  ASSERT_EQ(info.metrics.size(), 2U);
  EXPECT_FALSE(info.metrics[0].primary) << info.metrics[0].name;
  EXPECT_TRUE(info.metrics[1].primary) << info.metrics[1].name;
  EXPECT_EQ(info.declared.at("analysis.primary"), "detail");
}

TEST_F(Run, CalibratesTheBaselineAgainstItself) {
  experiment_ = experiment({{"a", "bzImage"}, {"b", "text"}}, 1);
  experiment_ = calibration_of(experiment_);
  push_blocks(hypervisor_, experiment_, catalogue_, 1, [](const PlannedBoot&) { return "1"; });
  run({.blocks = std::nullopt, .fresh = false, .calibration = true});
  EXPECT_EQ(results().run.kind, "calibration");
  EXPECT_THAT(results().run.arms, ElementsAre("a", "a-twin"));
  EXPECT_THAT(progress_.built_arms, ElementsAre("a, a-twin ok"));
}

}  // namespace
}  // namespace faultline
