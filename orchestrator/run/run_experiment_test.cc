// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_experiment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"
#include "kernel/testing/mini_kernel.h"
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
  }

  void write(const char* name, const std::string& text) const {
    fs::create_directories((folder_.path() / name).parent_path());
    write_file_atomically(folder_.path() / name, text);
  }

  /// Arms by name and file of their kernel.
  Experiment experiment(const std::vector<std::pair<std::string, std::string>>& arms,
                        unsigned blocks) const {
    std::string text = "faultline: 1\nname: fake\nquestion: does it?\nkernels:\n";
    for (const auto& [name, file] : arms)
      text += "  - {name: " + name + ", source: 'image:" + (folder_.path() / file).string() +
              "', cmdline: 'test=" + name + "'}\n";
    text +=
        "topologies:\n  - {name: one, nodes: [{cpus: 1, memory: 256M}]}\n"
        "workloads:\n  - {use: walk}\naccel: tcg\n"
        "runs: {seed: 1, retries: 2, blocks: " +
        std::to_string(blocks) + "}\n";
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
                          .plugin = {}}};
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

}  // namespace
}  // namespace faultline
