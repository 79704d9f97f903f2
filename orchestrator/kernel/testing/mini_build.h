// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/files.h"
#include "kernel/kernel_builder.h"
#include "kernel/testing/mini_kernel.h"

namespace faultline::testing {

/// For tests of a second or so that must not fail on a machine with much else to do.
constexpr std::chrono::seconds patience{300};

/// A fixture with a mini kernel in a tarball, an empty cache and a recipe to change.
class MiniBuild : public ::testing::Test {
 protected:
  using fs_path = std::filesystem::path;

  void SetUp() override {
    write_mini_kernel(source());
    run_tool({"tar", "-cJf", tarball().string(), "linux"}, folder_.path());
    recipe_.source.kind = KernelSource::Kind::tar;
    recipe_.source.location = tarball().string();
    recipe_.source.text = "tar:mini.tar.xz";
    recipe_.config_fragments = {folder_.path() / "guest.config"};
    write_file_atomically(recipe_.config_fragments[0],
                          "CONFIG_MODULES=y\nCONFIG_KSM=y\nCONFIG_TEST=m\n");
  }

  fs_path source() const { return folder_.path() / "linux"; }
  fs_path tarball() const { return folder_.path() / "mini.tar.xz"; }
  fs_path cache() const { return folder_.path() / "cache"; }
  CacheLayout layout() const { return CacheLayout(cache()); }

  /// A series of one patch that replaces a line of a file of the mini kernel.
  SeriesDefinition series(const std::string& name, const std::string& file, const std::string& from,
                          const std::string& to) {
    const fs_path folder = folder_.path() / "series" / name;
    std::filesystem::create_directories(folder);
    const std::string before = read_file(source() / file);
    std::string after = before;
    after.replace(after.find(from), from.size(), to);
    write_file_atomically(folder_.path() / "before", before);
    write_file_atomically(folder_.path() / "after", after);
    ProcessRunner runner;
    Command diff;
    diff.argv = {"diff",
                 "-u",
                 "--label",
                 "a/" + file,
                 "--label",
                 "b/" + file,
                 (folder_.path() / "before").string(),
                 (folder_.path() / "after").string()};
    const std::string patch = run_to_end(runner.run(diff)).standard_output;
    write_file_atomically(folder / "0001-change.patch", patch);
    SeriesDefinition definition;
    definition.name = name;
    definition.folder = folder.string();
    definition.patches = {"0001-change.patch"};
    return definition;
  }
  /// The usual one: only mm/rmap.c changes.
  SeriesDefinition rmap_series(const std::string& number = "2") {
    return series("rmap" + number, "mm/rmap.c", "walked = 1", "walked = " + number);
  }

  BuildResult build(const KernelRecipe& recipe) {
    phases_.clear();
    KernelBuilder builder(recorder_, cache(), 2);
    const auto progress = [this](const BuildProgress& now) {
      EXPECT_LE(now.done, now.total);
      if (phases_.empty() || phases_.back() != now.phase) phases_.push_back(now.phase);
    };
    return run_to_end(builder.build(recipe, progress), patience);
  }
  KernelArtifact must_build(const KernelRecipe& recipe) {
    BuildResult result = build(recipe);
    if (const auto* failure = std::get_if<BuildFailure>(&result))
      throw std::runtime_error(failure->phase + ": " + failure->title + "\n" + failure->detail);
    return std::get<KernelArtifact>(std::move(result));
  }
  BuildFailure must_fail(const KernelRecipe& recipe) {
    BuildResult result = build(recipe);
    if (std::holds_alternative<KernelArtifact>(result)) throw std::runtime_error("it was built");
    return std::get<BuildFailure>(std::move(result));
  }
  BuildExplanation explain(const KernelRecipe& recipe) {
    KernelBuilder builder(recorder_, cache(), 2);
    return run_to_end(builder.explain(recipe), patience);
  }
  /// The file of the unpacked source, as it is now.
  std::string tree_file(const std::string& file) const {
    for (const auto& entry : std::filesystem::directory_iterator(cache() / "sources"))
      if (std::filesystem::exists(entry.path() / "tree" / file))
        return read_file(entry.path() / "tree" / file);
    return {};
  }

  TemporaryDirectory folder_;
  ProcessRunner runner_;
  RecordingRunner recorder_{runner_};
  KernelRecipe recipe_;
  std::vector<std::string> phases_;
};

}  // namespace faultline::testing
