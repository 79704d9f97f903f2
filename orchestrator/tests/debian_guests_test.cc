// SPDX-License-Identifier: GPL-2.0-or-later
// Whole runs with the Debian image. Needs a guest kernel and the image's disk in the user's cache
// (`faultline build experiments/where-time-goes.yaml` makes both); without them it is skipped.
#include <map>

#include "base/files.h"
#include "base/sha256.h"
#include "image/debian_recipe.h"
#include "image/image_cache.h"
#include "tests/end_to_end.h"

namespace faultline::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class RunOfDebian : public EndToEnd {
 protected:
  void SetUp() override {
    if (test_kernel().empty())
      GTEST_SKIP() << "FAULTLINE_TEST_KERNEL names no guest kernel to boot";
    const fs::path recipe = fs::path(FAULTLINE_SOURCE_DIR) / "guest-images/debian/recipe";
    const char* mirror = std::getenv("FAULTLINE_MIRROR");
    const std::string key = read_debian_recipe(recipe, mirror ? mirror : "").hash().substr(0, 16);
    const char* given = std::getenv("FAULTLINE_TEST_CACHE");
    const char* home = std::getenv("HOME");
    const ImageCache cache(given ? fs::path(given)
                                 : fs::path(home ? home : "/") / ".cache/faultline");
    std::error_code error;
    const std::string hash = fs::read_symlink(cache.disk_of(key), error);
    if (error || !fs::exists(cache.image(hash) / "root.squashfs"))
      GTEST_SKIP() << "the Debian image is not made yet: "
                      "faultline build experiments/where-time-goes.yaml";
    disk_ = cache.image(hash) / "root.squashfs";
    const ImageCache own(bench_.folder() / "cache");
    fs::create_directories(own.image(hash).parent_path());
    fs::create_directory_symlink(cache.image(hash), own.image(hash));
    fs::create_directory_symlink(hash, own.disk_of(key));
    bench_.set("FAULTLINE_CACHE", bench_.folder() / "cache");
    bench_.write("root/guest-images/debian/recipe", read_file(recipe));
    bench_.write("root/workloads/tools/workload.yaml", R"(workload: tools
summary: programs of the Debian image
question: Do they run?
image: debian
needs: []
command: ["/bin/sh", "-c", "{what}"]
parameters:
  what: {type: string, default: "stress-ng --fork 1 -t 2 --metrics-brief 2>&1 && echo value: 1", what: "a script"}
metrics:
  - {name: value, unit: s, direction: lower, scale: ratio, primary: true, summary: median, pattern: '^value: (\S+)$', what: "a number"}
timeout: 60s
settings: []
memory: 64M
)");
    bench_.set("FAULTLINE_ROOT", bench_.folder() / "root");
  }

  std::string output_of(const std::string& boot_id) const {
    const BootRecord boot = store().boot(boot_id);
    return boot.steps.empty() || boot.steps[0].iterations.empty()
               ? boot.outcome.detail + "\n" + boot.console
               : boot.steps[0].iterations[0].standard_output +
                     boot.steps[0].iterations[0].standard_error;
  }
  std::string tools(const std::string& script, const std::string& more = "") {
    return experiment(arm("only", "faultline.test=0"),
                      "  - {use: tools, params: {what: '" + script + "'}}\n" + more,
                      "runs: {blocks: 1, seed: 1}\n", "", "768M");
  }

  fs::path disk_;
};

TEST_F(RunOfDebian, RunsStressNgAndPowersOff) {
  const std::string file = tools("stress-ng --fork 1 -t 2 --metrics-brief 2>&1 && echo value: 1");
  const ProgramEnd run = bench_.run({"run", file});
  ASSERT_EQ(run.status, 0) << run.err;
  const BootRecord boot = store().boot("r1-b1-only-one");
  EXPECT_EQ(boot.outcome.kind, OutcomeKind::completed) << boot.outcome.detail;
  EXPECT_THAT(output_of("r1-b1-only-one"), AllOf(HasSubstr("fork"), HasSubstr("successful run")));
  EXPECT_THAT(boot.domain_xml, AllOf(HasSubstr("root.squashfs"), HasSubstr("<readonly/>")));
  const auto image = store().image(boot.image_hash);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->name, "debian");
  EXPECT_EQ(image->disk_hash, sha256_hex_of_file(disk_));
  std::map<std::string, std::string> versions;
  for (const ImageRecord::Package& package : image->packages)
    versions[package.name] = package.version;
  for (const char* package : {"linux-perf", "stress-ng", "numactl", "gcc", "make", "libc6"})
    EXPECT_NE(versions[package], "") << package;
}

TEST_F(RunOfDebian, HasItsToolsAndARootThatCanBeWritten) {
  const std::string file = tools(
      "perf --version; numactl --hardware; cd /tmp; echo int main\\(\\){return 0\\;} > a.c; "
      "make a && ./a && echo compiled; echo hello > /usr/new && cat /usr/new; echo value: 1");
  const ProgramEnd run = bench_.run({"run", file});
  ASSERT_EQ(run.status, 0) << run.err << output_of("r1-b1-only-one");
  EXPECT_THAT(output_of("r1-b1-only-one"),
              AllOf(HasSubstr("perf version"), HasSubstr("available: 1 nodes"),
                    HasSubstr("compiled"), HasSubstr("hello")));
}

TEST_F(RunOfDebian, KeepsAProfileApartFromWhatIsMeasured) {
  const std::string file =
      tools("stress-ng --fork 1 -t 2 2>&1; echo value: 1", "collect: [vmstat, perf]\n");
  const ProgramEnd run = bench_.run({"run", file});
  ASSERT_EQ(run.status, 0) << run.err;
  const BootRecord boot = store().boot("r1-b1-only-one");
  ASSERT_EQ(boot.steps.size(), 2U);
  EXPECT_FALSE(boot.steps[0].perturbed);
  EXPECT_TRUE(boot.steps[1].perturbed);
  EXPECT_EQ(results().samples.size(), 1U);
  EXPECT_EQ(results().perturbed_samples, 1U);
  EXPECT_THAT(boot.collectors, Contains(CollectorRecord{"perf", true, ""}));
  double forks = 0;
  for (const CounterRecord& counter : boot.steps[1].counters)
    if (counter.source == "perf" && counter.name.starts_with("stress-ng") &&
        counter.name.find("kernel_clone") != std::string::npos)
      forks += counter.after;
  EXPECT_GT(forks, 0) << "a program that forks is never seen in kernel_clone";
  for (const CounterRecord& counter : boot.steps[0].counters) EXPECT_NE(counter.source, "perf");
}

}  // namespace
}  // namespace faultline::testing
