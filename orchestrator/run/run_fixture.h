// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"
#include "kernel/testing/mini_kernel.h"
#include "run/run_experiment.h"
#include "run/scripted_guest.h"
#include "spec/parse_experiment.h"

// For tests only.

namespace faultline {

/// Keeps what the person who waits would have been told.
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
  boost::asio::awaitable<CommandResult> run(Command) override {
    boost::asio::steady_timer for_ever(co_await boost::asio::this_coro::executor,
                                       SteadyTime::max());
    boost::asio::post(for_ever.get_executor(), [this] { interrupt_.raise(); });
    co_await for_ever.async_wait(boost::asio::use_awaitable);
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
    std::filesystem::create_directories(folder_.path() / "scratch");
    std::filesystem::create_directories(folder_.path() / "locks");
    std::vector<Diagnostic> diagnostics;
    catalogue_ = Catalogue::load(folder_.path() / "root", diagnostics);
    if (!diagnostics.empty()) throw std::runtime_error(to_string(diagnostics[0]));
    experiment_ = experiment({{"only", "bzImage"}}, 2);
    hypervisor_.host.uri = "fake:///system";  // On this host, which may be watched.
  }

  void write(const char* name, const std::string& text) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
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
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "scratch"));
    interrupt_ = std::make_unique<Interrupt>();
    return summary;
  }
  void interrupt_at_boot(std::size_t number) {
    progress_.on_start = [this, number](std::size_t started) {
      if (started == number) interrupt_->raise();
    };
  }

  std::filesystem::path database() const { return folder_.path() / "results.sqlite"; }
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
  boost::asio::io_context io_{1};
  ProcessRunner processes_;
  SystemClock clock_;
  std::unique_ptr<Interrupt> interrupt_ = std::make_unique<Interrupt>();
  RecordingProgress progress_;
  FakeHypervisor hypervisor_;
  Catalogue catalogue_;
  Experiment experiment_;
};

}  // namespace faultline
