// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel that every guest of the quickstart runs, built for real from Debian's source package
// in the cache that everything else shares (FAULTLINE_CACHE, or ~/.cache/faultline). Minutes when
// the cache is empty, seconds afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"
#include "kernel/kernel_builder.h"
#include "kernel/kernel_image.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path shared_cache() {
  if (const char* cache = std::getenv("FAULTLINE_CACHE")) return cache;
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : "/root") / ".cache/faultline";
}

SeriesDefinition series_in(const fs::path& folder) {
  SeriesDefinition series;
  series.name = folder.filename().string();
  series.folder = folder.string();
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".patch")
      series.patches.push_back(entry.path().filename().string());
  std::sort(series.patches.begin(), series.patches.end());
  return series;
}

class GuestKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/src/linux-source-6.12.tar.xz"))
      GTEST_SKIP() << "needs the package linux-source-6.12";
    recipe_.source.kind = KernelSource::Kind::debian;
    recipe_.source.location = "linux-source-6.12";
    recipe_.source.text = "debian:linux-source-6.12";
    recipe_.series = {series_in(patches_ / "anon-vma-shared")};
    recipe_.config_fragments = {patches_ / "config/guest.config"};
  }

  KernelArtifact build(const KernelRecipe& recipe) {
    unsigned done = 0, total = 0;
    std::string phase;
    const auto progress = [&](const BuildProgress& now) {
      EXPECT_LE(now.done, now.total);
      if (phase != now.phase) std::cout << now.phase << std::endl;
      if (now.done % 100 == 99) std::cout << now.done << "/" << now.total << std::endl;
      phase = now.phase;
      done = now.done;
      if (done <= 1) total = now.total;
    };
    const auto started = std::chrono::steady_clock::now();
    BuildResult result = testing::run_to_end(builder_.build(recipe, progress), 7200s);
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    if (const auto* failure = std::get_if<BuildFailure>(&result))
      throw std::runtime_error(failure->phase + ": " + failure->title + "\n" + failure->detail);
    std::cout << seconds_ << " s, " << done << " steps, " << total << " were expected" << std::endl;
    return std::get<KernelArtifact>(result);
  }

  const fs::path patches_ = fs::path(FAULTLINE_SOURCE_DIR) / "kernel-patches";
  ProcessRunner runner_;
  KernelBuilder builder_{runner_, shared_cache(), 0};
  KernelRecipe recipe_;
  double seconds_ = 0;
};

TEST_F(GuestKernel, IsBuiltOnceAndThenComesFromTheCache) {
  const KernelArtifact first = build(recipe_);
  EXPECT_EQ(inspect_kernel_image(first.vmlinux).format, KernelImage::Format::elf);
  EXPECT_EQ(inspect_kernel_image(first.bzimage).format, KernelImage::Format::bzimage);
  EXPECT_EQ(inspect_kernel_image(first.bzimage).release, first.release);
  EXPECT_EQ(inspect_kernel_image(first.vmlinux).release, first.release);
  EXPECT_TRUE(fs::exists(first.modules / "modules.dep")) << first.modules;
  EXPECT_TRUE(fs::exists(first.symbols));
  EXPECT_TRUE(fs::exists(first.config));

  const KernelArtifact second = build(recipe_);
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(second.build_seconds, 0);
  EXPECT_LT(seconds_, 1) << "the budget is 0.2 s on an idle machine";
}

TEST_F(GuestKernel, IsMadeAnewFromTheOldObjectsWhenOneFileChanges) {
  build(recipe_);
  const TemporaryDirectory folder;
  const std::string patch =
      "--- a/mm/ksm.c\n+++ b/mm/ksm.c\n@@ -1,3 +1,4 @@\n"
      "+/* one-file change */\n";
  // The first lines of the file, whatever they are.
  const std::string source = [&] {
    for (const auto& entry : fs::directory_iterator(shared_cache() / "sources"))
      if (fs::exists(entry.path() / "tree/mm/ksm.c"))
        return read_file(entry.path() / "tree/mm/ksm.c");
    return std::string();
  }();
  ASSERT_FALSE(source.empty());
  std::string context;
  std::size_t begin = 0;
  for (int line = 0; line < 3; ++line) {
    const auto end = source.find('\n', begin);
    context += " " + source.substr(begin, end - begin + 1);
    begin = end + 1;
  }
  write_file_atomically(folder.path() / "1.patch", patch + context);
  KernelRecipe changed = recipe_;
  changed.series.push_back(series_in(folder.path()));
  const BuildExplanation why = testing::run_to_end(builder_.explain(changed));
  for (const auto& reason : why.reasons) std::cout << "explain: " << reason << std::endl;

  const KernelArtifact kernel = build(changed);
  EXPECT_GT(kernel.build_seconds, 0);
  EXPECT_LT(seconds_, 120) << "the budget is 30 s on an idle machine with 2 processors";
}

}  // namespace
}  // namespace faultline
