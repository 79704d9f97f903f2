// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel that every guest of the quickstart runs, built for real from Debian's source package
// in the cache that everything else shares (FAULTLINE_CACHE, or ~/.cache/faultline). Minutes when
// the cache is empty, seconds afterwards.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"
#include "kernel/kernel_builder.h"
#include "kernel/kernel_image.h"
#include "kernel/kernel_manifest.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

fs::path shared_cache() {
  if (const char* cache = std::getenv("FAULTLINE_CACHE")) return cache;
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : "/root") / ".cache/faultline";
}

class GuestKernel : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/src/linux-source-6.12.tar.xz"))
      GTEST_SKIP() << "needs the package linux-source-6.12";
    std::vector<Diagnostic> diagnostics;
    const Catalogue catalogue = Catalogue::load(FAULTLINE_SOURCE_DIR, diagnostics);
    Arm arm;
    arm.source.kind = KernelSource::Kind::debian;
    arm.source.location = "linux-source-6.12";
    arm.source.text = "debian:linux-source-6.12";
    arm.series = {"anon-vma-shared"};
    arm.config = {"guest"};
    recipe_ = recipe_of(arm, catalogue);
  }

  KernelArtifact build(const KernelRecipe& recipe) {
    unsigned done = 0, total = 0;
    std::string phase;
    steps_ = 0;
    const auto progress = [&](const BuildProgress& now) {
      EXPECT_LE(now.done, now.total);
      if (phase != now.phase) std::cout << now.phase << std::endl;
      if (now.done % 100 == 99) std::cout << now.done << "/" << now.total << std::endl;
      phase = now.phase;
      done = steps_ = now.done;
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

  ProcessRunner runner_;
  KernelBuilder builder_{runner_, shared_cache(), 0};
  KernelRecipe recipe_;
  double seconds_ = 0;
  unsigned steps_ = 0;
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
  EXPECT_EQ(steps_, 0U);
}

TEST_F(GuestKernel, IsMadeAnewFromTheOldObjectsWhenOneFileChanges) {
  const KernelArtifact first = build(recipe_);
  // A comment before the first line of a file, whatever that is.
  const std::string id =
      manifest_from_json(read_file(first.config.parent_path() / "manifest.json")).value().source_id;
  const CacheLayout cache(shared_cache());
  if (!fs::exists(cache.objects(id) / first.key.substr(0, 16)))
    GTEST_SKIP()
        << "the kernel is in the cache, but its objects are not: later builds took their place";
  // The tree lies as the last build left it, which may have been this test's changed one.
  const fs::path original = cache.source(id) / "originals/mm/page_idle.c";
  std::istringstream source(
      read_file(fs::exists(original) ? original : cache.tree(id) / "mm/page_idle.c"));
  std::string patch =
      "--- a/mm/page_idle.c\n+++ b/mm/page_idle.c\n@@ -1,3 +1,4 @@\n+/* changed */\n";
  for (int line = 0; line < 3; ++line) {
    std::string text;
    std::getline(source, text);
    patch += " " + text + "\n";
  }
  const TemporaryDirectory folder;
  write_file_atomically(folder.path() / "1.patch", patch);
  SeriesDefinition series;
  series.name = "one-file";
  series.folder = folder.path().string();
  series.patches = {"1.patch"};
  KernelRecipe changed = recipe_;
  changed.series.push_back(series);

  const BuildExplanation why = testing::run_to_end(builder_.explain(changed));
  for (const auto& reason : why.reasons) std::cout << "explain: " << reason << std::endl;
  EXPECT_FALSE(why.cached);
  {
    const KernelArtifact kernel = build(changed);
    EXPECT_GT(kernel.build_seconds, 0);
    EXPECT_LT(steps_, 100U);
  }
  // The cache is for kernels that somebody wants.
  fs::remove_all(cache.kernel(why.key));
  fs::remove_all(cache.objects(id) / why.key.substr(0, 16));
}

}  // namespace
}  // namespace faultline
