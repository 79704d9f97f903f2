// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/series_patch.h"

#include <gtest/gtest.h>

#include "async/process_runner.h"
#include "async/test_support.h"
#include "base/error.h"
#include "base/files.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

TEST(PatchPaths, AreTakenFromEveryKindOfHeader) {
  EXPECT_EQ(paths_of_patch("diff --git a/mm/old.c b/mm/new.c\nrename from mm/old.c\n"
                           "rename to mm/new.c\n--- a/mm/rmap.c\t2026-01-01\n+++ b/mm/rmap.c\n"
                           "--- /dev/null\n+++ b/mm/created.c\n"
                           "diff --git a/scripts/x.sh b/scripts/x.sh\nold mode 100644\n"
                           "diff --git \"a/caf\\303\\251.c\" \"b/caf\\303\\251.c\"\n"),
            (std::vector<std::string>{"caf\303\251.c", "mm/created.c", "mm/new.c", "mm/old.c",
                                      "mm/rmap.c", "scripts/x.sh"}));
}

TEST(PatchPaths, AreSafeOnlyInsideTheTree) {
  for (const char* good : {"mm/rmap.c", "a", "a..b/c", ".gitignore", "x/.config"})
    EXPECT_TRUE(is_safe_path(good)) << good;
  for (const char* bad : {"", "/etc/passwd", "../x", "a/../../x", "a/./b", "a//b", ".git/config",
                          "a/.GIT/hooks/x", "a/"})
    EXPECT_FALSE(is_safe_path(bad)) << bad;
}

/// A source of two files, and whatever patches a test makes of them.
class ApplySeries : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(source() / "mm");
    fs::create_directories(outside());
    fs::create_directory_symlink("mm", source() / "link");
    write_file_atomically(source() / "mm/rmap.c", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
    write_file_atomically(source() / "mm/ksm.c", "ksm\n");
  }
  fs::path source() const { return folder_.path() / "source"; }
  fs::path scratch() const { return folder_.path() / "scratch"; }
  fs::path outside() const { return folder_.path() / "outside"; }

  AppliedSeries apply(const std::vector<std::string>& patches) {
    Series series;
    series.name = "s";
    for (const auto& text : patches) {
      Patch patch;
      patch.name = std::to_string(series.patches.size() + 1) + ".patch";
      patch.text = text;
      series.patches.push_back(patch);
    }
    fs::remove_all(scratch());
    fs::create_directories(scratch());
    const fs::path root = source();
    const PristineFile pristine = [root](const std::string& path) {
      return fs::is_regular_file(root / path) && has_plain_parents(root, path) ? root / path
                                                                               : fs::path();
    };
    return testing::run_to_end(apply_series(runner_, {series}, scratch(), pristine));
  }

  /// Nothing outside the scratch folder may have been touched.
  void expect_harmless() {
    EXPECT_TRUE(fs::is_empty(outside()));
    EXPECT_FALSE(fs::exists(folder_.path() / "evil"));
    EXPECT_EQ(read_file(source() / "mm/ksm.c"), "ksm\n");
  }

  TemporaryDirectory folder_;
  ProcessRunner runner_;
};

const std::string change_two =
    "diff --git a/mm/rmap.c b/mm/rmap.c\n--- a/mm/rmap.c\n+++ b/mm/rmap.c\n@@ -1,4 +1,4 @@\n one\n"
    "-two\n+TWO\n three\n four\n";

TEST_F(ApplySeries, GivesTheFilesThatChangedAndLeavesTheSourceAlone) {
  const AppliedSeries applied = apply(
      {"Subject: a letter\n\nWords.\n---\n" + change_two + "-- \n2.39.5\n",
       "diff --git a/mm/new.c b/mm/new.c\nnew file mode 100755\n--- /dev/null\n+++ b/mm/new.c\n"
       "@@ -0,0 +1 @@\n+new\ndiff --git a/mm/ksm.c b/mm/ksm.c\ndeleted file mode 100644\n"
       "--- a/mm/ksm.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-ksm\n"});
  ASSERT_FALSE(applied.failure) << applied.failure->title << applied.failure->detail;
  ASSERT_EQ(applied.overlay.size(), 3U);
  EXPECT_EQ(applied.overlay.at("mm/ksm.c").hash, "");
  EXPECT_EQ(applied.overlay.at("mm/rmap.c"), version_of(scratch() / "mm/rmap.c"));
  EXPECT_EQ(read_file(scratch() / "mm/rmap.c"), "one\nTWO\nthree\nfour\nfive\nsix\nseven\n");
  EXPECT_TRUE((fs::status(scratch() / "mm/new.c").permissions() & fs::perms::owner_exec) !=
              fs::perms::none);
  EXPECT_EQ(read_file(source() / "mm/rmap.c"), "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
}

TEST_F(ApplySeries, HasNoOverlayWhenPatchesCancelOut) {
  std::string back = change_two;
  back.replace(back.find("-two\n+TWO"), 9, "-TWO\n+two");
  const AppliedSeries applied = apply({change_two, back});
  EXPECT_FALSE(applied.failure);
  EXPECT_TRUE(applied.overlay.empty());
}

TEST_F(ApplySeries, NamesPatchFileAndHunkThatDoNotFitAndShowsWhatIsThere) {
  const AppliedSeries applied =
      apply({change_two,
             "diff --git a/mm/rmap.c b/mm/rmap.c\n--- a/mm/rmap.c\n+++ b/mm/rmap.c\n"
             "@@ -3,4 +3,4 @@ int f(void)\n three\n four\n-5\n+FIVE\n six\n"});
  ASSERT_TRUE(applied.failure);
  EXPECT_EQ(applied.failure->title, "s/2.patch does not apply to mm/rmap.c:3");
  EXPECT_NE(applied.failure->detail.find("    -5\n    +FIVE\n"), std::string::npos)
      << applied.failure->detail;
  EXPECT_NE(applied.failure->detail.find("    2\tTWO\n    3\tthree\n"), std::string::npos)
      << applied.failure->detail;
  EXPECT_NE(applied.failure->detail.find("    5\tfive\n"), std::string::npos);
}

TEST_F(ApplySeries, SaysWhenThePatchIsThereAlready) {
  const AppliedSeries applied = apply({change_two, change_two});
  ASSERT_TRUE(applied.failure);
  EXPECT_NE(applied.failure->detail.find("to have this patch already"), std::string::npos)
      << applied.failure->detail;
}

TEST_F(ApplySeries, ReportsMissingFilesAndTextThatIsNoPatch) {
  const AppliedSeries missing = apply({"--- a/mm/none.c\n+++ b/mm/none.c\n@@ -1 +1 @@\n-a\n+b\n"});
  ASSERT_TRUE(missing.failure);
  EXPECT_EQ(missing.failure->title,
            "s/1.patch does not apply: mm/none.c: No such file or directory");
  const AppliedSeries text = apply({"hello\n"});
  ASSERT_TRUE(text.failure);
  EXPECT_NE(text.failure->title.find("No valid patches in input"), std::string::npos);
}

TEST_F(ApplySeries, RefusesPathsThatLeadOutOfTheTree) {
  const std::string target = (outside() / "evil").string();
  for (const std::string& path :
       {std::string("../evil"), std::string("mm/../../evil"), target, std::string(".git/config")}) {
    const AppliedSeries applied = apply({"diff --git a/" + path + " b/" + path +
                                         "\nnew file mode 100644\n--- /dev/null\n+++ b/" + path +
                                         "\n@@ -0,0 +1 @@\n+evil\n"});
    EXPECT_TRUE(applied.failure) << path;
    expect_harmless();
  }
  // Without a/ and b/ the first part of the name is cut off instead: an odd place, but inside.
  EXPECT_EQ(
      apply({"--- " + target + "\n+++ " + target + "\n@@ -0,0 +1 @@\n+evil\n"}).overlay.size(), 1U);
  expect_harmless();
}

TEST_F(ApplySeries, RefusesLinksThatLeadOutOfTheTree) {
  const auto link_to = [](const std::string& target) {
    return "diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+" +
           target + "\n\\ No newline at end of file\n";
  };
  const std::string through =
      "diff --git a/l/evil b/l/evil\nnew file mode 100644\n--- /dev/null\n+++ b/l/evil\n"
      "@@ -0,0 +1 @@\n+evil\n";
  EXPECT_TRUE(apply({link_to("../outside")}).failure);
  EXPECT_TRUE(apply({link_to(outside().string())}).failure);
  EXPECT_TRUE(apply({link_to("../outside") + through}).failure);
  EXPECT_TRUE(apply({link_to("../outside"), through}).failure);
  expect_harmless();
  const AppliedSeries inside = apply({link_to("mm/ksm.c")});
  EXPECT_FALSE(inside.failure);
  EXPECT_EQ(inside.overlay.size(), 1U);
}

TEST(ReadSeries, RefusesPatchesThatAreTooLargeMissingOrElsewhere) {
  const TemporaryDirectory folder;
  SeriesDefinition definition;
  definition.name = "s";
  definition.folder = folder.path().string();
  definition.patches = {"none.patch"};
  EXPECT_THROW(read_series(definition), Error);
  definition.patches = {"../none.patch"};
  EXPECT_THROW(read_series(definition), Error);
  write_file_atomically(folder.path() / "huge.patch",
                        std::string((std::size_t{16} << 20) + 1, 'x'));
  definition.patches = {"huge.patch"};
  try {
    read_series(definition);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::user_input);
    EXPECT_NE(error.cause().find("larger than"), std::string::npos) << error.cause();
  }
}

TEST(ReadSeries, HashesContentsNotNames) {
  const TemporaryDirectory folder;
  write_file_atomically(folder.path() / "a.patch", "same");
  write_file_atomically(folder.path() / "b.patch", "same");
  SeriesDefinition definition;
  definition.folder = folder.path().string();
  definition.patches = {"a.patch"};
  const std::string hash = read_series(definition).hash;
  definition.patches = {"b.patch"};
  EXPECT_EQ(read_series(definition).hash, hash);
  definition.config = "CONFIG_X=y\n";
  EXPECT_NE(read_series(definition).hash, hash);
}

}  // namespace
}  // namespace faultline
