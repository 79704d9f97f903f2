// SPDX-License-Identifier: GPL-2.0-or-later
// All series of kernel-patches that are made for Debian's kernel can be combined at will: whatever
// their order, every hunk finds its place exactly, and the same source comes out. A new folder is
// part of this test by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"
#include "kernel/source_tree.h"
#include "kernel/source_version.h"
#include "kernel/waiting_lock.h"
#include "spec/catalogue.h"

namespace faultline {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// 120 orders take seconds; 720 would take a minute.
constexpr std::size_t most_permuted = 5;

fs::path shared_cache() {
  if (const char* cache = std::getenv("FAULTLINE_CACHE")) return cache;
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : "/root") / ".cache/faultline";
}

/// Copies the unpatched content of `paths` to `folder`, and the Makefile. Throws
/// std::runtime_error.
asio::awaitable<void> copy_originals(CommandRunner& commands, std::set<std::string> paths,
                                     fs::path folder) {
  const CacheLayout layout(shared_cache());
  for (const fs::path& needed : {layout.sources(), layout.memo(), layout.root() / "locks"})
    fs::create_directories(needed);
  KernelSource source;
  source.kind = KernelSource::Kind::debian;
  source.location = "linux-source-6.12";
  source.text = "debian:linux-source-6.12";
  const ResolvedSource resolved = co_await resolve_source(commands, layout, source);
  const std::function<void()> on_wait = [] { std::cout << "waiting for a build" << std::endl; };
  const FileLock lock = co_await wait_for_lock(layout.source_lock(resolved.id), on_wait);
  const std::function<void()> on_unpack = [] { std::cout << "unpacking" << std::endl; };
  auto opened = co_await SourceTree::open(commands, layout, resolved, folder / "log", on_unpack);
  if (const auto* bad = std::get_if<SourceFailure>(&opened)) throw std::runtime_error(bad->title);
  const auto& tree = std::get<SourceTree>(opened);
  paths.insert("Makefile");
  for (const std::string& path : paths) {
    const fs::path original = tree.pristine(path);
    if (original.empty()) continue;  // a file that a series makes
    fs::create_directories((folder / path).parent_path());
    fs::copy_file(original, folder / path);
  }
}

std::string names_of(const std::vector<Series>& order) {
  std::string names;
  for (const Series& series : order) names += (names.empty() ? "" : ", ") + series.name;
  return names;
}

class SeriesOrder : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/src/linux-source-6.12.tar.xz"))
      GTEST_SKIP() << "needs the package linux-source-6.12";
    std::vector<Diagnostic> diagnostics;
    const Catalogue catalogue = Catalogue::load(FAULTLINE_SOURCE_DIR, diagnostics);
    ASSERT_TRUE(diagnostics.empty()) << diagnostics.front().message;
    std::set<std::string> paths;
    for (const auto& [name, definition] : catalogue.series) {
      if (!is_for_version(definition.applies_to, "6.12")) continue;
      series_.push_back(read_series(definition));
      for (const Patch& patch : series_.back().patches)
        for (const std::string& path : paths_of_patch(patch.text))
          if (is_safe_path(path)) paths.insert(path);
    }
    ASSERT_GE(series_.size(), 3U);
    testing::run_to_end(copy_originals(runner_, paths, originals_.path()),
                        std::chrono::seconds(3600));
  }

  /// What comes out when the series are applied in this order; names the patch that does not apply.
  Overlay apply(const std::vector<Series>& order) {
    const TemporaryDirectory scratch;
    const PristineFile pristine = [this](const std::string& path) {
      const fs::path file = originals_.path() / path;
      return fs::exists(file) ? file : fs::path();
    };
    const AppliedSeries applied =
        testing::run_to_end(apply_series(runner_, order, scratch.path(), pristine));
    EXPECT_FALSE(applied.failure) << names_of(order) << ":\n"
                                  << applied.failure->title << "\n"
                                  << applied.failure->detail;
    return applied.overlay;
  }

  ProcessRunner runner_;
  TemporaryDirectory originals_;
  std::vector<Series> series_;
};

TEST_F(SeriesOrder, MakesNoDifference) {
  const Overlay together = apply(series_);
  ASSERT_FALSE(together.empty());
  std::vector<std::vector<Series>> orders;
  const auto by_name = [](const Series& a, const Series& b) { return a.name < b.name; };
  std::vector<Series> order = series_;
  std::sort(order.begin(), order.end(), by_name);
  if (series_.size() <= most_permuted) {
    while (std::next_permutation(order.begin(), order.end(), by_name)) orders.push_back(order);
  } else {
    // Each series once at each place covers every ordered pair, and so do the reversed ones.
    for (std::size_t turn = 0; turn < order.size(); ++turn) {
      std::rotate(order.begin(), order.begin() + 1, order.end());
      orders.push_back(order);
      orders.emplace_back(order.rbegin(), order.rend());
    }
  }
  for (const auto& each : orders) {
    EXPECT_EQ(apply(each), together) << names_of(each);
    if (HasFailure()) return;
  }
  std::cout << orders.size() + 1 << " orders of " << names_of(series_) << std::endl;
}

TEST_F(SeriesOrder, DoesNotMatterForASeriesAlone) {
  for (const Series& one : series_) EXPECT_FALSE(apply({one}).empty()) << one.name;
}

TEST_F(SeriesOrder, FitsTheVersionThatDebianShips) {
  const std::string version = version_in_makefile(read_file(originals_.path() / "Makefile"));
  EXPECT_TRUE(version.starts_with("6.12.")) << version;
  EXPECT_FALSE(not_for_version(series_, "debian:linux-source-6.12", version));
}

}  // namespace
}  // namespace faultline
