// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/debian_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"

namespace faultline {
namespace {
namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

DebianRecipe read(const std::string& text, const std::string& mirror = "") {
  const TemporaryDirectory folder;
  std::ofstream(folder.path() / "recipe") << text;
  return read_debian_recipe(folder.path() / "recipe", mirror);
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::user_input);
    return std::string(error.what());
  }
  return "accepted";
}

TEST(DebianRecipe, IsReadLineByLine) {
  const DebianRecipe recipe = read(
      "# a comment\n\nsuite bookworm\npackage gcc\npackage make\nwithout /usr/share/doc/*\n"
      "run rm -f \"$1/x\"\n");
  EXPECT_EQ(recipe.suite, "bookworm");
  EXPECT_THAT(recipe.packages, ElementsAre("gcc", "make"));
  EXPECT_THAT(recipe.without, ElementsAre("/usr/share/doc/*"));
  EXPECT_THAT(recipe.run, ElementsAre("rm -f \"$1/x\""));
}

TEST(DebianRecipe, NamesTheLineThatIsWrong) {
  EXPECT_THAT(refusal("suite bookworm\npakage gcc\n"), HasSubstr("recipe:2"));
  EXPECT_THAT(refusal("suite bookworm\npackage\n"), HasSubstr("has no value"));
  EXPECT_THAT(refusal("suite bookworm\nsuite trixie\n"), HasSubstr("second suite"));
  EXPECT_THAT(refusal("package gcc\n"), HasSubstr("no suite"));
}

TEST(DebianRecipe, HasAnotherHashWhenAnythingChanges) {
  const std::string text = "suite bookworm\npackage gcc\nwithout /a\nrun true\n";
  const std::string hash = read(text).hash();
  EXPECT_EQ(read("# other words\n" + text).hash(), hash);
  EXPECT_NE(read("suite trixie\npackage gcc\nwithout /a\nrun true\n").hash(), hash);
  EXPECT_NE(read("suite bookworm\npackage gcc-13\nwithout /a\nrun true\n").hash(), hash);
  EXPECT_NE(read("suite bookworm\npackage gcc\nrun true\n").hash(), hash);
  EXPECT_NE(read("suite bookworm\npackage gcc\nwithout /a\nrun false\n").hash(), hash);
  EXPECT_NE(read(text, "http://mirror.example").hash(), hash);
}

TEST(DebianRecipe, BecomesArgumentsThatNoShellReads) {
  const DebianRecipe recipe = read(
      "suite bookworm\npackage gcc\npackage make\nwithout /usr/*\nrun x \"$1\"; y\n", "http://m");
  EXPECT_THAT(mmdebstrap_command(recipe, "/tmp/a b.tar"),
              ElementsAre("mmdebstrap", "--mode=auto", "--format=tar", "--variant=apt",
                          "--dpkgopt=force-unsafe-io", "--include=gcc,make",
                          "--dpkgopt=path-exclude=/usr/*", "--customize-hook=x \"$1\"; y",
                          "bookworm", "/tmp/a b.tar", "http://m"));
  const auto squashfs = squashfs_command("/tmp/a b.tar", "/tmp/$(x).squashfs");
  EXPECT_EQ(squashfs[3], "/tmp/a b.tar");
  EXPECT_EQ(squashfs.back(), "/tmp/$(x).squashfs");
  EXPECT_THAT(squashfs[2], testing::Not(HasSubstr("/tmp")));
}

TEST(DebianRecipe, OfThisTreeHasWhatItsReadmePromises) {
  const DebianRecipe recipe =
      read_debian_recipe(fs::path(FAULTLINE_SOURCE_DIR) / "guest-images/debian/recipe", "");
  EXPECT_EQ(recipe.suite, "bookworm");
  for (const char* package : {"linux-perf", "stress-ng", "numactl", "gcc", "make"})
    EXPECT_THAT(recipe.packages, Contains(package));
}

}  // namespace
}  // namespace faultline
