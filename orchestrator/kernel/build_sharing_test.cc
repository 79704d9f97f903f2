// SPDX-License-Identifier: GPL-2.0-or-later
// Two callers that want one kernel, and builds that are killed: with the real git, tar and make.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "base/error.h"
#include "kernel/object_trees.h"
#include "kernel/testing/mini_build.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
using testing::compiled_files;

/// Puts a writer that lasts for some seconds in the place of the copy of an object tree, and kills
/// its own process once that works.
class DiesInTheCopy final : public CommandRunner {
 public:
  DiesInTheCopy(CommandRunner& commands, fs::path started)
      : commands_(commands), started_(std::move(started)) {}

  asio::awaitable<CommandResult> run(Command command) override {
    const auto copy = std::find(command.argv.begin(), command.argv.end(), "cp");
    if (copy == command.argv.end()) co_return co_await commands_.run(std::move(command));
    const std::string work = command.argv.back();
    command.argv.erase(copy, command.argv.end());
    command.argv.insert(command.argv.end(),
                        {"sh", "-c",
                         "i=0; while [ $i -lt 4000 ]; do i=$((i+1)); mkdir -p \"$0/d$i\"; "
                         "[ -e \"$1\" ] || : > \"$1\"; sleep 0.001; done",
                         work, started_.string()});
    std::thread([started = started_] {
      while (!fs::exists(started)) std::this_thread::sleep_for(1ms);
      ::kill(::getpid(), SIGKILL);
    }).detach();
    co_return co_await commands_.run(std::move(command));
  }

 private:
  CommandRunner& commands_;
  fs::path started_;
};

class SharedBuild : public testing::MiniBuild {
 protected:
  /// Builds in a child process that kills itself, without a chance to clean up, at the first
  /// progress report that `when` accepts. Returns whether it got that far.
  bool build_and_die(const KernelRecipe& recipe,
                     const std::function<bool(const BuildProgress&)>& when) {
    const pid_t child = ::fork();
    if (child == 0) {
      KernelBuilder builder(runner_, cache(), 2);
      const auto progress = [&](const BuildProgress& now) {
        if (when(now)) ::kill(::getpid(), SIGKILL);
      };
      testing::run_to_end(builder.build(recipe, progress), testing::patience);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  /// A series that makes the mini kernel's link wait for minutes.
  SeriesDefinition slow_series() {
    const fs::path folder = folder_.path() / "series/slow";
    fs::create_directories(folder);
    write_file_atomically(folder / "1.patch",
                          "diff --git a/slow b/slow\nnew file mode 100644\n--- /dev/null\n"
                          "+++ b/slow\n@@ -0,0 +1 @@\n+x\n");
    SeriesDefinition definition;
    definition.name = "slow";
    definition.folder = folder.string();
    definition.patches = {"1.patch"};
    return definition;
  }

  /// Processes of a build in this cache; a killed one may need a moment to go.
  bool processes_are_left() const {
    for (int i = 0; i < 200; ++i) {
      if (!processes_are_there()) return false;
      std::this_thread::sleep_for(10ms);
    }
    return true;
  }

  bool processes_are_there() const {
    const std::string name = "FAULTLINE_WORK=" + cache().string();
    for (const auto& entry : fs::directory_iterator("/proc")) {
      try {
        if (read_file(entry.path() / "environ").find(name) != std::string::npos) return true;
      } catch (const Error&) {
      }
    }
    return false;
  }

  std::string untouched_vmlinux(const KernelRecipe& recipe) {
    const fs::path other = folder_.path() / "other-cache";
    KernelBuilder builder(runner_, other, 2);
    const BuildResult result =
        testing::run_to_end(builder.build(recipe, nullptr), testing::patience);
    return read_file(std::get<KernelArtifact>(result).vmlinux);
  }
};

TEST_F(SharedBuild, IsMadeOnceForTwoCallersOfOneProcess) {
  asio::io_context context(1);
  KernelBuilder builder(recorder_, cache(), 2);
  std::vector<std::string> keys;
  std::vector<std::vector<std::string>> phases(2);
  const auto take = [&](const std::exception_ptr& thrown, const BuildResult& result) {
    if (thrown) std::rethrow_exception(thrown);
    keys.push_back(std::get<KernelArtifact>(result).key);
  };
  for (std::vector<std::string>& seen : phases) {
    const auto show = [&seen](const BuildProgress& now) { seen.push_back(now.phase); };
    asio::co_spawn(context, builder.build(recipe_, show), take);
  }
  context.run_for(testing::patience);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0], keys[1]);
  EXPECT_EQ(recorder_.count("bzImage"), 1);
  // Who comes first is up to the host; the other one waits, and does nothing else.
  EXPECT_EQ(std::count(phases.begin(), phases.end(), std::vector<std::string>{"waiting"}), 1);
}

TEST_F(SharedBuild, GivesAFailureToAllWhoWaitedForIt) {
  recipe_.series = {series("broken", "mm/rmap.c", "return walked", "return walkd")};
  asio::io_context context(1);
  KernelBuilder builder(recorder_, cache(), 2);
  std::vector<std::string> titles;
  const auto take = [&](const std::exception_ptr& thrown, const BuildResult& result) {
    if (thrown) std::rethrow_exception(thrown);
    titles.push_back(std::get<BuildFailure>(result).title);
  };
  for (int caller = 0; caller < 3; ++caller)
    asio::co_spawn(context, builder.build(recipe_, nullptr), take);
  context.run_for(testing::patience);
  ASSERT_EQ(titles.size(), 3U);
  EXPECT_EQ(titles[0], titles[2]);
  EXPECT_EQ(recorder_.count("bzImage"), 1);
  // Asked again later it is tried again: the host may have been put right.
  must_fail(recipe_);
  EXPECT_EQ(recorder_.count("bzImage"), 2);
}

TEST_F(SharedBuild, WaitsForAnotherProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    KernelBuilder builder(runner_, cache(), 2);
    testing::run_to_end(builder.build(recipe_, nullptr), testing::patience);
    ::_exit(0);
  }
  while (!fs::exists(cache() / "locks")) std::this_thread::sleep_for(1ms);
  const KernelArtifact kernel = must_build(recipe_);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(recorder_.count("bzImage") == 0, kernel.build_seconds == 0);
  std::size_t kernels = 0;
  for (const auto& entry : fs::directory_iterator(layout().kernels())) {
    EXPECT_NE(entry.path().extension(), ".new");
    ++kernels;
  }
  EXPECT_EQ(kernels, 1U);
}

TEST_F(SharedBuild, DifferentSeriesOfOneSourceFollowEachOther) {
  KernelRecipe two = recipe_, three = recipe_;
  two.series = {rmap_series("2")};
  three.series = {rmap_series("3")};
  asio::io_context context(1);
  KernelBuilder builder(recorder_, cache(), 2);
  std::vector<std::string> images;
  const auto take = [&](const std::exception_ptr& thrown, const BuildResult& result) {
    if (thrown) std::rethrow_exception(thrown);
    images.push_back(read_file(std::get<KernelArtifact>(result).vmlinux));
  };
  asio::co_spawn(context, builder.build(two, nullptr), take);
  asio::co_spawn(context, builder.build(three, nullptr), take);
  context.run_for(testing::patience);
  ASSERT_EQ(images.size(), 2U);
  EXPECT_NE(images[0], images[1]);
  EXPECT_EQ(recorder_.count("tar"), 1);
}

TEST_F(SharedBuild, SurvivesBeingKilledInEveryPhase) {
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  const std::string expected = untouched_vmlinux(patched);
  int killed = 0;
  for (const std::string phase : {"unpacking", "applying", "configuring", "compiling"})
    killed += build_and_die(patched, [&](const BuildProgress& now) { return now.phase == phase; });
  EXPECT_EQ(killed, 4);
  for (unsigned step = 1; step <= 5; ++step)
    build_and_die(patched, [&](const BuildProgress& now) {
      return now.phase == "compiling" && now.done == step;
    });
  EXPECT_TRUE(!fs::exists(layout().kernels()) || fs::is_empty(layout().kernels()));
  EXPECT_EQ(read_file(must_build(patched).vmlinux), expected);
  must_build(recipe_);
  EXPECT_EQ(tree_file("mm/rmap.c"), read_file(source() / "mm/rmap.c"));
}

TEST_F(SharedBuild, SurvivesBeingKilledAtAnyMomentOfASwitch) {
  must_build(recipe_);
  KernelRecipe two = recipe_, three = recipe_;
  two.series = {rmap_series("2"), series("ksm", "mm/ksm.c", "PAGE", "2 * PAGE")};
  three.series = {rmap_series("3"), series("head", "include/mm.h", "4096", "8192")};
  const std::string expected = untouched_vmlinux(two);
  // Not at a report but by the clock, so also in the middle of a write or of git.
  for (int moment = 0; moment < 12; ++moment) {
    const pid_t child = ::fork();
    if (child == 0) {
      KernelBuilder builder(runner_, cache(), 2);
      testing::run_to_end(builder.build(moment % 2 == 0 ? two : three, nullptr), testing::patience);
      ::_exit(0);
    }
    std::this_thread::sleep_for(moment * 8ms);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    fs::remove_all(layout().kernels());
  }
  const KernelArtifact kernel = must_build(two);
  EXPECT_EQ(read_file(kernel.vmlinux), expected);
  EXPECT_EQ(tree_file("include/mm.h"), read_file(source() / "include/mm.h"));
}

TEST_F(SharedBuild, EndsWhatAKilledBuildLeftRunning) {
  KernelRecipe slow = recipe_;
  slow.series = {slow_series()};
  ASSERT_TRUE(build_and_die(slow, [](const BuildProgress& now) { return now.done >= 4; }));
  EXPECT_TRUE(processes_are_there()) << "make should be waiting in its sleep";
  must_build(recipe_);
  EXPECT_FALSE(processes_are_left());
}

TEST_F(SharedBuild, EndsACopyThatAKilledBuildLeftRunning) {
  must_build(recipe_);
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  const fs::path started = folder_.path() / "copying";
  const pid_t child = ::fork();
  if (child == 0) {
    DiesInTheCopy commands(runner_, started);
    KernelBuilder builder(commands, cache(), 2);
    testing::run_to_end(builder.build(patched, nullptr), testing::patience);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(processes_are_there()) << "the copy should still go on";
  must_build(patched);
  EXPECT_FALSE(processes_are_left());
}

TEST_F(SharedBuild, EndsMakeWhenItIsCancelledAndCanBeAskedAgain) {
  KernelRecipe slow = recipe_;
  slow.series = {slow_series()};
  asio::io_context context(1);
  asio::cancellation_signal cancel;
  KernelBuilder builder(runner_, cache(), 2);
  std::exception_ptr thrown;
  const std::function<void(const BuildProgress&)> progress = [&](const BuildProgress& now) {
    if (now.done == 4) asio::post(context, [&] { cancel.emit(asio::cancellation_type::terminal); });
  };
  asio::co_spawn(
      context, builder.build(slow, progress),
      asio::bind_cancellation_slot(cancel.slot(), [&](const std::exception_ptr& error,
                                                      const BuildResult&) { thrown = error; }));
  context.run_for(testing::patience);
  ASSERT_TRUE(thrown);
  EXPECT_THROW(std::rethrow_exception(thrown), boost::system::system_error);
  EXPECT_FALSE(processes_are_left());
  must_build(recipe_);
}

TEST_F(SharedBuild, KeepsOnlyTheObjectTreesUsedLast) {
  for (int number = 2; number < 9; ++number) {
    KernelRecipe patched = recipe_;
    patched.series = {rmap_series(std::to_string(number))};
    must_build(patched);
  }
  const auto source = fs::directory_iterator(layout().sources())->path().filename().string();
  EXPECT_EQ(list_object_trees(layout(), source).size(), 4U);
  EXPECT_FALSE(fs::exists(layout().work(source)));
}

}  // namespace
}  // namespace faultline
