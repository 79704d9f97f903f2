// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kernel_builder.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "async/fake_command_runner.h"
#include "base/error.h"
#include "base/sha256.h"
#include "kernel/kernel_image.h"
#include "kernel/testing/mini_build.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Builder = testing::MiniBuild;
using testing::compiled_files;
using testing::run_tool;

TEST_F(Builder, MakesAWholeArtifactFromATarball) {
  const KernelArtifact kernel = must_build(recipe_);
  EXPECT_EQ(kernel.release, "6.99.1-mini");
  EXPECT_EQ(inspect_kernel_image(kernel.bzimage).release, "6.99.1-mini");
  EXPECT_EQ(read_file(kernel.vmlinux).substr(1, 3), "ELF");
  EXPECT_THAT(read_file(kernel.symbols), HasSubstr(" start_kernel\n"));
  EXPECT_THAT(read_file(kernel.config), HasSubstr("CONFIG_TEST=m\n"));
  EXPECT_TRUE(fs::exists(kernel.modules / "kernel/test.ko"));
  EXPECT_FALSE(fs::exists(fs::symlink_status(kernel.modules / "build")));
  EXPECT_EQ(kernel.source_hash, sha256_hex_of_file(tarball()));
  EXPECT_THAT(kernel.compiler, HasSubstr("gcc"));
  EXPECT_GT(kernel.build_seconds, 0);
  EXPECT_THAT(phases_, ElementsAre("unpacking", "applying", "configuring", "compiling"));
  EXPECT_EQ(compiled_files(layout().log(kernel.key)), 3);
}

TEST_F(Builder, RunsNoCommandAtAllForAKernelThatIsThere) {
  const KernelArtifact first = must_build(recipe_);
  must_build(recipe_);  // the tarball was too young at first for its hash to be remembered
  fs::last_write_time(tarball(), fs::file_time_type::clock::now() - std::chrono::hours(1));
  must_build(recipe_);
  recorder_.forget();
  const KernelArtifact again = must_build(recipe_);
  EXPECT_EQ(recorder_.count(), 0);
  EXPECT_EQ(again.key, first.key);
  EXPECT_EQ(again.build_seconds, 0);
  EXPECT_EQ(again.modules, first.modules);
  EXPECT_TRUE(phases_.empty());
  EXPECT_TRUE(explain(recipe_).cached);
  EXPECT_EQ(recorder_.count(), 0);
}

TEST_F(Builder, CompilesOnlyTheFileThatAPatchChanges) {
  must_build(recipe_);
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  const BuildExplanation why = explain(patched);
  EXPECT_FALSE(why.cached);
  EXPECT_EQ(why.reasons.at(0), "series rmap2 added");
  const KernelArtifact kernel = must_build(patched);
  EXPECT_EQ(kernel.key, why.key);
  EXPECT_EQ(compiled_files(layout().log(kernel.key)), 1);
  EXPECT_THAT(tree_file("mm/rmap.c"), HasSubstr("walked = 2"));
  EXPECT_THAT(phases_, ElementsAre("applying", "configuring", "compiling"));
  EXPECT_EQ(recorder_.count("tinyconfig"), 1) << "the configuration cannot have changed";
}

TEST_F(Builder, GivesTheSameBitsFromNothingAndFromAnEarlierBuild) {
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  must_build(recipe_);
  const KernelArtifact incremental = must_build(patched);
  const std::string vmlinux = read_file(incremental.vmlinux);
  fs::remove_all(cache());
  const KernelArtifact fresh = must_build(patched);
  EXPECT_EQ(fresh.key, incremental.key);
  EXPECT_EQ(read_file(fresh.vmlinux), vmlinux);
  fs::remove_all(layout().kernels());
  must_build(recipe_);
  EXPECT_NE(read_file(must_build(recipe_).vmlinux), vmlinux);
}

TEST_F(Builder, CompilesNothingWhenItGoesBackToAnEarlierSeries) {
  KernelRecipe two = recipe_, three = recipe_;
  two.series = {rmap_series("2"), series("head", "include/mm.h", "4096", "8192")};
  three.series = {rmap_series("3"), two.series[1]};
  const std::string first = read_file(must_build(two).vmlinux);
  EXPECT_EQ(compiled_files(layout().log(must_build(three).key)), 1);
  must_build(recipe_);
  fs::remove_all(layout().kernels());
  const KernelArtifact again = must_build(two);
  EXPECT_EQ(compiled_files(layout().log(again.key)), 0);
  EXPECT_EQ(read_file(again.vmlinux), first);
  EXPECT_THAT(tree_file("include/mm.h"), HasSubstr("8192"));
}

TEST_F(Builder, PutsFilesBackAndRemovesFilesOfASeriesThatIsGone) {
  KernelRecipe patched = recipe_;
  SeriesDefinition adds = rmap_series();
  write_file_atomically(
      fs::path(adds.folder) / "0002-new.patch",
      "diff --git a/new/dir/x.c b/new/dir/x.c\nnew file mode 100644\n"
      "--- /dev/null\n+++ b/new/dir/x.c\n@@ -0,0 +1 @@\n+x\n"
      "diff --git a/mm/ksm.c b/mm/other.c\nrename from mm/ksm.c\n"
      "rename to mm/other.c\ndiff --git a/Makefile b/Makefile\n--- a/Makefile\n"
      "+++ b/Makefile\n@@ -1,3 +1,3 @@\n # mini kernel\n"
      "-OBJECTS := mm/rmap.o mm/ksm.o kernel/fork.o\n"
      "+OBJECTS := mm/rmap.o mm/other.o kernel/fork.o\n MODULES := lib/test.ko\n");
  adds.patches.emplace_back("0002-new.patch");
  patched.series = {adds};
  EXPECT_THAT(must_fail(patched).detail, HasSubstr("mm/ksm.o"));  // modules wants it
  EXPECT_EQ(tree_file("new/dir/x.c"), "x\n");
  EXPECT_EQ(tree_file("mm/ksm.c"), "");
  must_build(recipe_);
  EXPECT_EQ(tree_file("new/dir/x.c"), "");
  EXPECT_EQ(tree_file("mm/ksm.c"), read_file(source() / "mm/ksm.c"));
  EXPECT_EQ(tree_file("mm/rmap.c"), read_file(source() / "mm/rmap.c"));
  EXPECT_EQ(tree_file("mm/other.c"), "");
}

TEST_F(Builder, ReportsAPatchThatDoesNotApplyAndKeepsTheTree) {
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  must_build(patched);
  SeriesDefinition bad = rmap_series();  // wants "walked = 1", which the first one replaced
  bad.name = "bad";
  patched.series.push_back(bad);
  const BuildFailure failure = must_fail(patched);
  EXPECT_EQ(failure.phase, "apply");
  EXPECT_EQ(failure.title, "bad/0001-change.patch does not apply to mm/rmap.c:2");
  EXPECT_THAT(failure.detail, HasSubstr("walked = 2"));
  EXPECT_THAT(read_file(failure.log), HasSubstr(failure.title));
  EXPECT_THAT(tree_file("mm/rmap.c"), HasSubstr("walked = 2"));
}

TEST_F(Builder, RefusesASeriesThatWasMadeForAnotherVersion) {
  write_file_atomically(source() / "Makefile", "VERSION = 6\nPATCHLEVEL = 99\nSUBLEVEL = 1\n" +
                                                   read_file(source() / "Makefile"));
  run_tool({"tar", "-cJf", tarball().string(), "linux"}, folder_.path());
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  patched.series[0].applies_to = {"6.9"};
  const BuildFailure failure = must_fail(patched);
  EXPECT_EQ(failure.phase, "apply");
  EXPECT_EQ(failure.title, "series rmap2 applies to 6.9, but tar:mini.tar.xz is 6.99.1");
  EXPECT_THAT(read_file(failure.log), HasSubstr("applies-to"));
  patched.series[0].applies_to = {"6.9", "6.99"};
  must_build(patched);
}

TEST_F(Builder, ReportsEverySymbolThatDidNotTakeWithTheReason) {
  write_file_atomically(recipe_.config_fragments[0], "CONFIG_TEST=m\nCONFIG_KMS=y\nCONFIG_KSM=y\n");
  const BuildFailure failure = must_fail(recipe_);
  EXPECT_EQ(failure.phase, "configure");
  EXPECT_EQ(failure.title, "CONFIG_KMS=y and 1 other symbol cannot be set");
  EXPECT_EQ(failure.detail,
            "CONFIG_KMS=y (fragment guest): no such symbol in this kernel; did you mean "
            "CONFIG_KSM?\n"
            "CONFIG_TEST=m (fragment guest): depends on MODULES (=n)\n");
}

TEST_F(Builder, LetsTheSeriesAskForSymbolsToo) {
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  patched.series[0].config = "# CONFIG_KSM is not set\n";
  EXPECT_THAT(read_file(must_build(patched).config), HasSubstr("# CONFIG_KSM is not set\n"));
  EXPECT_EQ(explain(recipe_).reasons.at(1), "config fragment guest: CONFIG_KSM n → y");
}

TEST_F(Builder, ReportsTheFirstCompilerErrorsAndBuildsOnceTheyAreCorrected) {
  must_build(recipe_);
  KernelRecipe broken = recipe_;
  broken.series = {series("broken", "mm/rmap.c", "return walked", "return walkd")};
  const BuildFailure failure = must_fail(broken);
  EXPECT_EQ(failure.phase, "compile");
  EXPECT_THAT(failure.title, HasSubstr("mm/rmap.c:6:16: error: "));
  EXPECT_THAT(failure.title, HasSubstr("walkd"));
  EXPECT_THAT(failure.detail, HasSubstr("return walkd;"));
  EXPECT_THAT(read_file(failure.log), HasSubstr("walkd"));
  broken.series = {rmap_series()};
  EXPECT_EQ(compiled_files(layout().log(must_build(broken).key)), 1);
}

TEST_F(Builder, ReportsSourcesThatAreNone) {
  write_file_atomically(tarball(), "no archive");
  BuildFailure failure = must_fail(recipe_);
  EXPECT_EQ(failure.phase, "source");
  EXPECT_EQ(failure.title, tarball().string() + " cannot be unpacked");
  EXPECT_FALSE(failure.detail.empty());

  fs::create_directories(folder_.path() / "other");
  write_file_atomically(folder_.path() / "other/file", "x");
  run_tool({"tar", "-cJf", tarball().string(), "other"}, folder_.path());
  EXPECT_EQ(must_fail(recipe_).title, tarball().string() + " is not a kernel source");
  EXPECT_TRUE(fs::is_empty(layout().sources()));
}

TEST_F(Builder, UnpacksNothingOutsideItsFolder) {
  write_file_atomically(folder_.path() / "payload", "evil");
  const fs::path outside = folder_.path() / "outside";
  fs::create_directories(outside);
  // A member that climbs out, and one that goes through a link of the archive.
  run_tool(
      {"tar", "-cPf", tarball().string(), "--transform", "s|payload|../../../../evil|", "payload"},
      folder_.path());
  EXPECT_EQ(must_fail(recipe_).phase, "source");
  EXPECT_FALSE(fs::exists(folder_.path() / "evil"));

  fs::create_directory_symlink(outside, folder_.path() / "l");
  run_tool({"tar", "-cf", tarball().string(), "l"}, folder_.path());
  run_tool({"tar", "-rf", tarball().string(), "--transform", "s|payload|l/evil|", "payload"},
           folder_.path());
  EXPECT_EQ(must_fail(recipe_).phase, "source");
  EXPECT_TRUE(fs::is_empty(outside));
}

TEST_F(Builder, SaysHowToGetAMissingPackage) {
  recipe_.source.kind = KernelSource::Kind::debian;
  recipe_.source.location = "linux-source-0.1";
  recipe_.source.text = "debian:linux-source-0.1";
  try {
    build(recipe_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::host);
    EXPECT_EQ(error.hint(), "apt-get install linux-source-0.1");
  }
}

TEST_F(Builder, BlamesTheUserForFilesThatAreNotThere) {
  const auto kind_of = [&](const KernelRecipe& recipe) {
    try {
      build(recipe);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::store;
  };
  KernelRecipe recipe = recipe_;
  recipe.source.location = "/none.tar";
  EXPECT_EQ(kind_of(recipe), ErrorKind::user_input);
  recipe = recipe_;
  recipe.config_fragments.emplace_back("/none.config");
  EXPECT_EQ(kind_of(recipe), ErrorKind::user_input);
  recipe = recipe_;
  write_file_atomically(recipe.config_fragments[0], "KSM=y\n");
  EXPECT_EQ(kind_of(recipe), ErrorKind::user_input);
}

TEST_F(Builder, DoesNotLetTheCallersEnvironmentIn) {
  for (const char* name : {"MAKEFLAGS", "GIT_DIR", "KCFLAGS", "LOCALVERSION", "CC", "O"})
    ::setenv(name, "/nonsense -n", 1);
  const BuildResult result = build(recipe_);
  for (const char* name : {"MAKEFLAGS", "GIT_DIR", "KCFLAGS", "LOCALVERSION", "CC", "O"})
    ::unsetenv(name);
  EXPECT_TRUE(std::holds_alternative<KernelArtifact>(result));
}

TEST_F(Builder, CallsAFullDiskAFaultOfTheHost) {
  FakeCommandRunner commands;
  CommandResult full;
  full.exit_code = 2;
  full.standard_error = "tar: linux/mm/rmap.c: Cannot write: No space left on device\n";
  CommandResult hash;
  hash.standard_output = std::string(64, 'a') + " *file\n";
  commands.when({"tar"}, full);
  commands.when({"sha256sum"}, hash);
  KernelBuilder builder(commands, cache(), 1);
  try {
    testing::run_to_end(builder.build(recipe_, nullptr));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::host);
    EXPECT_EQ(error.cause(), "the disk is full");
    EXPECT_THAT(error.hint(), HasSubstr("gc"));
  }
}

TEST_F(Builder, CallsAMissingToolAFaultOfTheHost) {
  write_file_atomically(source() / "Makefile", read_file(source() / "Makefile") +
                                                   "\nbzImage: lacking\nlacking:\n\tlz4x -9\n");
  run_tool({"tar", "-cJf", tarball().string(), "linux"}, folder_.path());
  try {
    build(recipe_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::build_tool) << error.what();
    EXPECT_EQ(error.cause(), "lz4x is not installed");
  }
}

TEST_F(Builder, TakesACacheThatCannotBeWrittenAsAFaultOfTheHost) {
  write_file_atomically(cache(), "a file where the folder should be");
  EXPECT_THROW(build(recipe_), Error);
}

TEST_F(Builder, CopiesAnImageAndItsModules) {
  KernelRecipe recipe;
  recipe.source.kind = KernelSource::Kind::image;
  recipe.source.location = (folder_.path() / "vmlinuz").string();
  recipe.source.text = "image:vmlinuz";
  write_file_atomically(recipe.source.location, testing::mini_bzimage("5.10.0-1"));
  recipe.source.modules = (folder_.path() / "lib/modules/5.10.0-1").string();
  fs::create_directories(fs::path(recipe.source.modules) / "kernel");
  write_file_atomically(fs::path(recipe.source.modules) / "kernel/a.ko", "module");
  const KernelArtifact first = must_build(recipe);
  EXPECT_EQ(first.release, "5.10.0-1");
  EXPECT_EQ(first.vmlinux, "");
  EXPECT_EQ(read_file(first.bzimage), read_file(recipe.source.location));
  EXPECT_EQ(read_file(first.modules / "kernel/a.ko"), "module");
  EXPECT_EQ(must_build(recipe).key, first.key);

  write_file_atomically(recipe.source.location, testing::mini_bzimage("5.10.0-2"));
  EXPECT_THAT(must_fail(recipe).detail, HasSubstr("5.10.0-2"));
  recipe.source.modules.clear();
  EXPECT_NE(must_build(recipe).key, first.key);
  write_file_atomically(recipe.source.location, "hello");
  const BuildFailure failure = must_fail(recipe);
  EXPECT_EQ(failure.phase, "source");
  EXPECT_EQ(failure.title, recipe.source.location + " is not a kernel image");
}

TEST(RecipeOfArm, ResolvesNamesAndKeepsPaths) {
  Catalogue catalogue;
  catalogue.series["s"].name = "s";
  catalogue.config_fragments["guest"] = "/patches/config/guest.config";
  Arm arm;
  arm.series = {"s"};
  arm.config = {"guest", "/mine.config"};
  const KernelRecipe recipe = recipe_of(arm, catalogue);
  EXPECT_EQ(recipe.series.at(0).name, "s");
  EXPECT_THAT(recipe.config_fragments, ElementsAre("/patches/config/guest.config", "/mine.config"));
  arm.series = {"none"};
  EXPECT_THROW(recipe_of(arm, catalogue), Error);
}

}  // namespace
}  // namespace faultline
