// SPDX-License-Identifier: GPL-2.0-or-later
// All series of kernel-patches that are made for Debian's kernel can be combined at will: whatever
// their order, every hunk finds its place exactly, and the same source comes out. Only what a
// series builds on comes before it. A new folder is part of this test by being there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
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

using Names = std::vector<std::string>;

std::string text_of(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
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
      series_[name] = read_series(definition);
      needed_[name] = definition.needed;
      for (const Patch& patch : series_[name].patches)
        for (const std::string& path : paths_of_patch(patch.text))
          if (is_safe_path(path)) paths.insert(path);
    }
    ASSERT_GE(series_.size(), 3U);
    testing::run_to_end(copy_originals(runner_, paths, originals_.path()),
                        std::chrono::seconds(3600));
  }

  /// What comes out when the series are applied in this order; names the patch that does not apply.
  Overlay apply(const Names& names) {
    const TemporaryDirectory scratch;
    std::vector<Series> order;
    for (const std::string& name : names) order.push_back(series_.at(name));
    const PristineFile pristine = [this](const std::string& path) {
      const fs::path file = originals_.path() / path;
      return fs::exists(file) ? file : fs::path();
    };
    const AppliedSeries applied =
        testing::run_to_end(apply_series(runner_, order, scratch.path(), pristine));
    EXPECT_FALSE(applied.failure) << text_of(names) << ":\n"
                                  << applied.failure->title << "\n"
                                  << applied.failure->detail;
    return applied.overlay;
  }

  /// The series with what it builds on, in an order that is allowed.
  Names with_needed(const std::string& name) const {
    Names names;
    for (const std::string& needed : needed_.at(name))
      for (const std::string& one : with_needed(needed))
        if (std::find(names.begin(), names.end(), one) == names.end()) names.push_back(one);
    names.push_back(name);
    return names;
  }

  bool allowed(const Names& names) const {
    for (auto name = names.begin(); name != names.end(); ++name)
      for (const std::string& needed : needed_.at(*name))
        if (std::find(names.begin(), name, needed) == name) return false;
    return true;
  }

  ProcessRunner runner_;
  TemporaryDirectory originals_;
  std::map<std::string, Series> series_;
  std::map<std::string, Names> needed_;
};

TEST_F(SeriesOrder, MakesNoDifference) {
  Names sorted;
  for (const auto& [name, series] : series_) sorted.push_back(name);
  std::vector<Names> orders;
  const auto add = [&](const Names& order) {
    if (allowed(order)) orders.push_back(order);
  };
  Names order = sorted;
  if (sorted.size() <= most_permuted) {
    do add(order);
    while (std::next_permutation(order.begin(), order.end()));
  } else {
    // With each at the front and the rest forwards and backwards, every pair stands in both orders.
    for (const std::string& first : sorted) {
      order = with_needed(first);
      for (const std::string& one : sorted)
        if (std::find(order.begin(), order.end(), one) == order.end()) order.push_back(one);
      add(order);
      std::reverse(order.begin() + 1, order.end());
      add(order);
    }
  }
  ASSERT_GE(orders.size(), 2U);
  const Overlay together = apply(orders.front());
  ASSERT_FALSE(together.empty());
  for (const Names& each : orders) {
    EXPECT_EQ(apply(each), together) << text_of(each);
    if (HasFailure()) return;
  }
  std::cout << orders.size() << " orders of " << text_of(sorted) << std::endl;
}

TEST_F(SeriesOrder, DoesNotMatterForASeriesAlone) {
  for (const auto& [name, series] : series_) EXPECT_FALSE(apply(with_needed(name)).empty()) << name;
}

TEST_F(SeriesOrder, FitsTheVersionThatDebianShips) {
  const std::string version = version_in_makefile(read_file(originals_.path() / "Makefile"));
  EXPECT_TRUE(version.starts_with("6.12.")) << version;
  for (const auto& [name, series] : series_)
    EXPECT_FALSE(not_for_version({series}, "debian:linux-source-6.12", version));
}

}  // namespace
}  // namespace faultline
