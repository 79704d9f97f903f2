// SPDX-License-Identifier: GPL-2.0-or-later
// Sources of the kinds git: and dir:, with the real git.
#include <gmock/gmock.h>

#include "base/error.h"
#include "kernel/testing/mini_build.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;
using testing::compiled_files;
using ::testing::HasSubstr;
using testing::run_tool;

class GitSource : public testing::MiniBuild {
 protected:
  void SetUp() override {
    MiniBuild::SetUp();
    git({"init", "-q", "-b", "main"});
    git({"add", "-A"});
    git({"-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "first"});
    recipe_.source.location = source().string();
    as_folder();
  }
  std::string git(std::vector<std::string> words) {
    words.insert(words.begin(), "git");
    return run_tool(words, source());
  }
  void as_folder() {
    recipe_.source.kind = KernelSource::Kind::dir;
    recipe_.source.text = "dir:linux";
  }
  void as_commit(const std::string& ref) {
    recipe_.source.kind = KernelSource::Kind::git;
    recipe_.source.ref = ref;
    recipe_.source.text = "git:linux#" + ref;
  }
  void edit(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = read_file(source() / file);
    text.replace(text.find(from), from.size(), to);
    write_file_atomically(source() / file, text);
  }
};

TEST_F(GitSource, IsTheSameKernelAsACommitAndAsACleanFolder) {
  const KernelArtifact folder = must_build(recipe_);
  as_commit("main");
  const KernelArtifact commit = must_build(recipe_);
  EXPECT_EQ(commit.key, folder.key);
  EXPECT_EQ(commit.build_seconds, 0);
  EXPECT_THAT(commit.source_hash, HasSubstr("git-tree:"));
}

TEST_F(GitSource, TakesUncommittedAndUntrackedFilesButNotIgnoredOnes) {
  const std::string first = must_build(recipe_).key;
  write_file_atomically(source() / "mm/ignored.o", "x");
  EXPECT_EQ(must_build(recipe_).key, first);
  edit("mm/rmap.c", "walked = 1", "walked = 7");
  const KernelArtifact edited = must_build(recipe_);
  EXPECT_NE(edited.key, first);
  EXPECT_EQ(compiled_files(layout().log(edited.key)), 1) << "only the edited file";
  EXPECT_THAT(tree_file("mm/rmap.c"), HasSubstr("walked = 7"));
  write_file_atomically(source() / "mm/untracked.c", "x");
  EXPECT_NE(must_build(recipe_).key, edited.key);
  EXPECT_EQ(tree_file("mm/untracked.c"), "x");
  EXPECT_EQ(tree_file("mm/ignored.o"), "");
  as_commit("HEAD");
  EXPECT_EQ(must_build(recipe_).key, first);
}

TEST_F(GitSource, OnlyReadsTheUsersRepository) {
  edit("mm/rmap.c", "walked = 1", "walked = 7");
  const std::string status = git({"status", "--porcelain"});
  const std::string objects = run_tool({"find", ".git", "-type", "f"}, source());
  const std::string index = read_file(source() / ".git/index");
  must_build(recipe_);
  EXPECT_EQ(read_file(source() / ".git/index"), index);
  EXPECT_EQ(run_tool({"find", ".git", "-type", "f"}, source()), objects);
  EXPECT_EQ(git({"status", "--porcelain"}), status);
}

TEST_F(GitSource, SwitchesBetweenCommitsAndSeriesExactly) {
  edit("mm/rmap.c", "walked = 1", "walked = 9");
  write_file_atomically(source() / "mm/extra.c", "x");
  git({"add", "-A"});
  git({"-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", "second"});
  const SeriesDefinition ksm = series("ksm", "mm/ksm.c", "PAGE", "3 * PAGE");
  as_commit("HEAD");
  recipe_.series = {ksm};
  const std::string newer = read_file(must_build(recipe_).vmlinux);
  EXPECT_EQ(tree_file("mm/extra.c"), "x");
  as_commit("HEAD~1");
  recipe_.series.clear();
  must_build(recipe_);
  EXPECT_EQ(tree_file("mm/extra.c"), "");
  EXPECT_THAT(tree_file("mm/rmap.c"), HasSubstr("walked = 1"));
  EXPECT_THAT(tree_file("mm/ksm.c"), HasSubstr("return PAGE"));
  as_commit("HEAD");
  recipe_.series = {ksm};
  fs::remove_all(layout().kernels());
  EXPECT_EQ(read_file(must_build(recipe_).vmlinux), newer);
}

TEST_F(GitSource, WorksWithoutARepository) {
  fs::remove_all(source() / ".git");
  const std::string first = must_build(recipe_).key;
  EXPECT_EQ(must_build(recipe_).key, first);
  edit("mm/rmap.c", "walked = 1", "walked = 7");
  EXPECT_NE(must_build(recipe_).key, first);
  EXPECT_FALSE(fs::exists(source() / ".git"));
}

TEST_F(GitSource, IsNotMisledByARepositoryAround) {
  fs::remove_all(source() / ".git");
  run_tool({"git", "init", "-q"}, folder_.path());
  must_build(recipe_);
  KernelRecipe patched = recipe_;
  patched.series = {rmap_series()};
  must_build(patched);
  EXPECT_THAT(tree_file("mm/rmap.c"), HasSubstr("walked = 2"));
}

TEST_F(GitSource, SurvivesAnIndexThatCannotBeUsed) {
  write_file_atomically(source() / ".git/index", "rubbish");
  must_build(recipe_);
  const auto repository = fs::directory_iterator(layout().sources())->path() / "repository.git";
  write_file_atomically(repository / "snapshot", "rubbish");
  write_file_atomically(repository / "snapshot.lock", "");
  write_file_atomically(repository / "index.lock", "");
  edit("mm/rmap.c", "walked = 1", "walked = 7");
  must_build(recipe_);
}

TEST_F(GitSource, SaysWhatIsNotThere) {
  const auto cause = [&] {
    try {
      build(recipe_);
    } catch (const Error& error) {
      return (error.kind() == ErrorKind::user_input ? "" : "not the user: ") + error.cause();
    }
    return std::string("built");
  };
  as_commit("no-such-branch");
  EXPECT_EQ(cause(), "no such branch, tag or commit");
  as_commit("--upload-pack=evil");
  EXPECT_EQ(cause(), "no such branch, tag or commit");
  fs::remove_all(source() / ".git");
  EXPECT_EQ(cause(), "not a git repository");
  recipe_.source.location = "/no/such/folder";
  EXPECT_EQ(cause(), "there is no folder /no/such/folder");
  as_folder();
  EXPECT_EQ(cause(), "there is no folder /no/such/folder");
  fs::create_directories(folder_.path() / "empty");
  recipe_.source.location = (folder_.path() / "empty").string();
  EXPECT_EQ(must_fail(recipe_).phase, "source");
}

}  // namespace
}  // namespace faultline
