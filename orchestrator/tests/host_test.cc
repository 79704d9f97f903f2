// SPDX-License-Identifier: GPL-2.0-or-later
// The program with wrong input and on a host that fails it: no guest gets as far as to start.

#include <signal.h>
#include <sqlite3.h>
#include <sys/mount.h>

#include <fstream>
#include <sstream>

#include "base/files.h"
#include "kernel/testing/mini_kernel.h"
#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Host : public EndToEnd {
 protected:
  void TearDown() override {
    EndToEnd::TearDown();
    for (const std::string& place : mounted_) ::umount2(place.c_str(), MNT_DETACH);
    for (const std::string& file : immutable_) run_tool({"chattr", "-i", file}, "/");
  }

  /// An experiment with one arm whose kernel is a few bytes that pass for one.
  std::string small_experiment(const std::string& more = "") {
    const std::string kernel = bench_.write("bzImage", mini_bzimage("6.99.1-mini"));
    return experiment("  - {name: only, source: 'image:" + kernel + "'}\n",
                      "  - {use: rmap-walk, params: {children: [2], pages: 4, scope: own}}\n",
                      more);
  }

  /// An arm that is built from a mini kernel, changed by `change` first.
  std::string built_arm(const std::string& name, const std::string& more,
                        const std::function<void(const fs::path&)>& change = nullptr) {
    const fs::path source = bench_.folder() / (name + "-source") / "linux";
    write_mini_kernel(source);
    if (change) change(source);
    const std::string tarball = bench_.folder() / (name + ".tar.xz");
    run_tool({"tar", "-cJf", tarball, "linux"}, source.parent_path());
    bench_.write("guest.config", "CONFIG_MODULES=y\nCONFIG_KSM=y\n");
    return "  - {name: " + name + ", source: 'tar:" + tarball + "', config: [" +
           (bench_.folder() / "guest.config").string() + "]" + more + "}\n";
  }
  static constexpr const char* any_workload = "  - {use: ksm-migrate}\n";

  /// True if this host lets us; the folder is then `size` large.
  bool mount_small(const fs::path& folder, const std::string& size) {
    fs::create_directories(folder);
    if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0) return false;
    mounted_.push_back(folder);
    return true;
  }

  /// Processes that have to do with this test's folder, the program itself apart.
  std::vector<std::string> processes() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline");
      // A process may end while it is looked at; this sets a flag where an iterator would throw.
      std::ostringstream text;
      text << file.rdbuf();
      const std::string line = text.str();
      if (line.find(bench_.folder().string()) != std::string::npos &&
          line.find("ccache") == std::string::npos)
        found.push_back(line);
    }
    return found;
  }

  std::vector<std::string> mounted_;
  std::vector<std::string> immutable_;
};

TEST_F(Host, MistakesInAFileAreAllNamedByLineAndColumn) {
  const std::string file =
      bench_.write("broken.yaml",
                   "faultline: 1\nname: broken\nkernel: []\n"
                   "kernels:\n  - {name: a, source: 'debian:x', cmdlin: y}\n"
                   "topologies:\n  - {name: t, nodes: [{cpus: 1, memory: 1GB}]}\n"
                   "workloads:\n  - {use: no-such-thing}\n");
  for (const char* command : {"validate", "plan", "run", "build"}) {
    const ProgramEnd end = bench_.run({command, file});
    EXPECT_EQ(end.status, 2) << command << end.err;
    EXPECT_THAT(end.err,
                AllOf(HasSubstr(file + ":3:1: error: "), HasSubstr(file + ":5:35: error: "),
                      HasSubstr(file + ":7:"), HasSubstr(file + ":9:")))
        << command;
  }
  EXPECT_FALSE(fs::exists(bench_.database()));
}

TEST_F(Host, WrongArgumentsAreTheUsersMistakes) {
  EXPECT_EQ(bench_.run({"run", "/no/such/file.yaml"}).status, 2);
  EXPECT_EQ(bench_.run({"run"}).status, 2);
  EXPECT_EQ(bench_.run({"frobnicate"}).status, 2);
  EXPECT_EQ(bench_.run({"show", "r1"}).status, 2);
  EXPECT_EQ(bench_.run({"compare"}).status, 2);
  EXPECT_EQ(bench_.run({"report", "7"}).status, 2);
  EXPECT_EQ(bench_.run({"list"}).status, 0);
  bench_.set("FAULTLINE_DEADLINE_SCALE", "soon");
  const ProgramEnd end = bench_.run({"run", small_experiment()});
  EXPECT_EQ(end.status, 2);
  EXPECT_THAT(end.err, HasSubstr("'soon' is no number"));
}

TEST_F(Host, ADatabaseThatIsNoneIsRefusedAndLeftAsItIs) {
  const std::string file = small_experiment();
  const std::string before = "My thesis. Chapter one. " + std::string(8192, '.');
  write_file_atomically(bench_.database(), before);
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"run", file}, {"list"}, {"compare"}, {"show", "r1"}}) {
    const ProgramEnd end = bench_.run(arguments);
    EXPECT_EQ(end.status, 3) << arguments[0] << end.err;
    EXPECT_THAT(end.err, AllOf(HasSubstr(bench_.database().string()), HasSubstr("; ")));
  }
  EXPECT_EQ(read_file(bench_.database()), before);
}

TEST_F(Host, ADatabaseOfANewerFaultlineIsRefusedAndLeftAsItIs) {
  const std::string file = small_experiment();
  { Store::open(bench_.database(), Store::Mode::read_write); }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(bench_.database().c_str(), &raw), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(raw, "PRAGMA user_version = 4711", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(raw);
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"run", file}, {"list"}}) {
    const ProgramEnd end = bench_.run(arguments);
    EXPECT_EQ(end.status, 3) << end.err;
    EXPECT_THAT(end.err, HasSubstr("newer"));
  }
}

TEST_F(Host, ADatabaseThatIsAFolderIsRefused) {
  const std::string file = small_experiment();
  fs::create_directories(bench_.database());
  EXPECT_EQ(bench_.run({"run", file}).status, 3);
  EXPECT_EQ(bench_.run({"list"}).status, 3);
}

TEST_F(Host, ADatabaseThatCannotBeWrittenIsReadableAndNotForRuns) {
  const std::string file = small_experiment();
  { Store::open(bench_.database(), Store::Mode::read_write); }
  try {
    run_tool({"chattr", "+i", bench_.database()}, "/");
  } catch (const std::runtime_error& error) {
    GTEST_SKIP() << "files cannot be made immutable here: " << error.what();
  }
  immutable_.push_back(bench_.database());
  const ProgramEnd end = bench_.run({"run", file});
  EXPECT_EQ(end.status, 3) << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("results.sqlite"), HasSubstr("; ")));
  EXPECT_EQ(bench_.run({"list"}).status, 0);
}

TEST_F(Host, FoldersThatNobodyMayWriteAreNamedWithAHint) {
  // Not even root may make files in /proc.
  const std::string file = small_experiment();
  const ProgramEnd database = bench_.run({"--db", "/proc/results.sqlite", "run", file});
  EXPECT_EQ(database.status, 3) << database.err;
  EXPECT_THAT(database.err, HasSubstr("/proc/results.sqlite"));
  bench_.set("FAULTLINE_CACHE", "/proc/faultline/cache");
  const ProgramEnd cache = bench_.run({"run", file});
  EXPECT_EQ(cache.status, 3) << cache.err;
  EXPECT_THAT(cache.err, HasSubstr("/proc/faultline/cache"));
}

TEST_F(Host, AFullCacheIsNamedAndLeavesNothingHalf) {
  const fs::path cache = bench_.folder() / "cache";
  if (!mount_small(cache, "128k")) GTEST_SKIP() << "no small file system can be mounted here";
  bench_.set("FAULTLINE_CACHE", cache);
  const std::string file = small_experiment();
  const ProgramEnd end = bench_.run({"run", file});
  EXPECT_EQ(end.status, 3) << end.err;
  EXPECT_THAT(end.err, HasSubstr("No space left on device"));
  ::umount2(cache.c_str(), MNT_DETACH);
  EXPECT_EQ(bench_.run({"list"}).status, 0);
}

TEST_F(Host, AFullStateFolderFailsTheBootAndKeepsTheDatabase) {
  if (!mount_small(bench_.state(), "900k"))
    GTEST_SKIP() << "no small file system can be mounted here";
  const std::string file = small_experiment("runs: {blocks: 1, seed: 1, retries: 0}\n");
  const ProgramEnd end = bench_.run({"run", file});
  EXPECT_EQ(end.status, 3) << end.err;
  EXPECT_THAT(end.err, HasSubstr("No space left on device"));
  EXPECT_EQ(bench_.run({"list"}).status, 0);
}

TEST_F(Host, KernelsThatDoNotBuildAreAnAnswerWithItsReason) {
  bench_.write("root/kernel-patches/stale/series.yaml",
               "series: stale\nsummary: a patch for another kernel\napplies-to: [\"6.99\"]\n"
               "patches: [0001-stale.patch]\n");
  bench_.write("root/kernel-patches/stale/0001-stale.patch",
               "--- a/mm/rmap.c\n+++ b/mm/rmap.c\n@@ -3,3 +3,3 @@\n never\n-was\n+is\n there\n");
  fs::create_directories(bench_.folder() / "root/workloads");
  fs::copy(fs::path(FAULTLINE_SOURCE_DIR) / "workloads/ksm-migrate",
           bench_.folder() / "root/workloads/ksm-migrate", fs::copy_options::recursive);
  bench_.set("FAULTLINE_ROOT", bench_.folder() / "root");
  const std::string impossible =
      bench_.write("impossible.config", "CONFIG_TEST=m\n# CONFIG_MODULES is not set\n");
  const auto break_source = [](const fs::path& source) {
    write_file_atomically(source / "mm/ksm.c", "int ksm(void)\n{\n\treturn no_such_name;\n}\n");
  };
  std::string arms = built_arm("stale", ", series: [stale]") +
                     built_arm("broken", "", break_source) + built_arm("unmet", "");
  const std::string plain = (bench_.folder() / "guest.config").string() + "]}\n";
  arms.replace(arms.rfind(plain), plain.size(), impossible + "]}\n");
  const ProgramEnd end = bench_.run({"build", experiment(arms, any_workload)});
  EXPECT_EQ(end.status, 1) << end.err;
  EXPECT_THAT(end.err, HasSubstr("kernel of stale: no kernel, apply: "));
  EXPECT_THAT(end.err, HasSubstr("mm/rmap.c"));
  EXPECT_THAT(end.err, HasSubstr("kernel of broken: no kernel, compile: "));
  EXPECT_THAT(end.err, HasSubstr("no_such_name"));
  EXPECT_THAT(end.err, HasSubstr("kernel of unmet: no kernel, configure: "));
  EXPECT_THAT(end.err, HasSubstr("TEST"));
}

TEST_F(Host, ABuildThatIsInterruptedOrKilledLeavesNoCompilerBehind) {
  bench_.set("FAULTLINE_CACHE", bench_.folder() / "cache");
  const auto slow = [](const fs::path& source) { write_file_atomically(source / "slow", ""); };
  const std::string file = experiment(built_arm("slow", "", slow), any_workload);
  for (const char* command : {"build", "run"}) {
    const auto run = bench_.start({command, file});
    ASSERT_TRUE(run->says("compiling")) << run->err();
    ASSERT_TRUE(eventually([&] { return processes().size() > 1; })) << run->err();
    run->signal(SIGINT);
    const ProgramEnd end = run->wait();
    EXPECT_EQ(end.status, 4) << end.err;
    EXPECT_THAT(end.err, HasSubstr("interrupted"));
    EXPECT_THAT(processes(), IsEmpty());
  }
  const auto killed = bench_.start({"build", file});
  ASSERT_TRUE(killed->says("compiling")) << killed->err();
  ASSERT_TRUE(eventually([&] { return processes().size() > 1; })) << killed->err();
  killed->signal(SIGKILL);
  killed->wait();
  EXPECT_TRUE(eventually([&] { return processes().empty(); }, std::chrono::seconds(10)))
      << processes()[0];
  const ProgramEnd list = bench_.run({"list", "--json"});
  EXPECT_EQ(list.out, "[]\n");
  // The next program clears away what the killed one could not.
  EXPECT_EQ(bench_.run({"gc", "--dry-run"}).status, 0);
}

}  // namespace
}  // namespace faultline::testing
