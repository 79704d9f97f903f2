// SPDX-License-Identifier: GPL-2.0-or-later
// Text layouts on a kernel of three files, with the real ld.
#include <gmock/gmock.h>

#include <set>

#include "base/error.h"
#include "kernel/kernel_manifest.h"
#include "kernel/testing/mini_build.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using testing::compiled_files;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::run_tool;

class Layout : public testing::MiniBuild {
 protected:
  KernelRecipe layout(std::uint32_t seed) const {
    KernelRecipe recipe = recipe_;
    recipe.layout = seed;
    return recipe;
  }
  /// The functions in the order of their addresses.
  static std::string order(const KernelArtifact& kernel) {
    std::istringstream map(read_file(kernel.symbols));
    std::set<std::pair<std::string, std::string>> by_address;
    std::string address, kind, name;
    while (map >> address >> kind >> name)
      if (kind == "T") by_address.emplace(address, name);
    std::string names;
    for (const auto& [at, function] : by_address) names += function + " ";
    return names;
  }
  int object_trees() const {
    int trees = 0;
    for (const auto& source : fs::directory_iterator(layout_().build()))
      for (const auto& entry : fs::directory_iterator(source.path()))
        trees += fs::exists(entry.path() / "tree.json") ? 1 : 0;
    return trees;
  }
  CacheLayout layout_() const { return MiniBuild::layout(); }
};

TEST_F(Layout, MovesFunctionsAndIsALinkAlone) {
  const KernelArtifact natural = must_build(recipe_);
  EXPECT_EQ(natural.layout, 0u);
  std::set<std::string> orders, keys;
  for (std::uint32_t seed = 1; seed <= 6; ++seed) {
    const KernelArtifact kernel = must_build(layout(seed));
    EXPECT_EQ(kernel.layout, seed);
    EXPECT_EQ(compiled_files(layout_().log(kernel.key)), 0);
    EXPECT_TRUE(fs::exists(kernel.modules / "kernel/test.ko"));
    orders.insert(order(kernel));
    keys.insert(kernel.key);
  }
  EXPECT_GT(orders.size(), 2u);
  EXPECT_EQ(keys.size(), 6u);
  EXPECT_FALSE(keys.contains(natural.key));
  EXPECT_EQ(object_trees(), 1) << "all start from the one that has the objects";
}

TEST_F(Layout, OfOneSeedHasTheSameBytesHoweverItCameAbout) {
  const std::string vmlinux = read_file(must_build(layout(3)).vmlinux);
  EXPECT_EQ(object_trees(), 1);
  fs::remove_all(layout_().kernels());
  must_build(layout(4));
  EXPECT_EQ(read_file(must_build(layout(3)).vmlinux), vmlinux) << "from the tree of another layout";
  fs::remove_all(cache());
  must_build(recipe_);
  EXPECT_EQ(read_file(must_build(layout(3)).vmlinux), vmlinux);
}

TEST_F(Layout, LeavesTheKernelInTheOrderOfTheLinkAsItWas) {
  const std::string vmlinux = read_file(must_build(recipe_).vmlinux);
  fs::remove_all(cache());
  must_build(layout(5));  // The object tree is kept for the kernel that is not laid out.
  const KernelArtifact natural = must_build(recipe_);
  EXPECT_EQ(compiled_files(layout_().log(natural.key)), 0);
  EXPECT_EQ(read_file(natural.vmlinux), vmlinux);
}

TEST_F(Layout, FollowsTheFilesThatASeriesChanges) {
  must_build(layout(2));
  KernelRecipe patched = layout(2);
  patched.series = {rmap_series()};
  const KernelArtifact kernel = must_build(patched);
  EXPECT_EQ(compiled_files(layout_().log(kernel.key)), 1);
  EXPECT_EQ(object_trees(), 2);
  KernelRecipe natural = patched;
  natural.layout = 0;
  EXPECT_EQ(compiled_files(layout_().log(must_build(natural).key)), 0);
}

TEST_F(Layout, IsExplained) {
  must_build(recipe_);
  const BuildExplanation why = explain(layout(9));
  EXPECT_FALSE(why.cached);
  EXPECT_EQ(why.reasons.at(0), "text layout changed: the order of the link → 9");
  EXPECT_THAT(why.reasons.at(1), HasSubstr("only linked anew"));
  EXPECT_EQ(must_build(layout(9)).key, why.key);
  EXPECT_TRUE(explain(layout(9)).cached);
}

TEST_F(Layout, OfAKernelWhoseScriptIsNotUnderstoodIsAFailureWithWords) {
  write_file_atomically(source() / "arch/x86/kernel/vmlinux.lds.S",
                        "ENTRY(start_kernel)\nSECTIONS { .text : { *(.text*) } }\n");
  run_tool({"tar", "-cJf", tarball().string(), "linux"}, folder_.path());
  const BuildFailure failure = must_fail(layout(1));
  EXPECT_EQ(failure.phase, "compile");
  EXPECT_EQ(failure.title,
            "its text cannot be laid out: arch/x86/kernel/vmlinux.lds has no one place for .text");
  must_build(recipe_);
}

TEST_F(Layout, OfAFinishedImageIsRefused) {
  KernelRecipe image = layout(1);
  image.source = {KernelSource::Kind::image, tarball().string(), "", "", "image:x"};
  EXPECT_THROW(build(image), Error);
}

}  // namespace
}  // namespace faultline
