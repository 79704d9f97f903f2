// SPDX-License-Identifier: GPL-2.0-or-later
#include "image/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

struct Listed {
  std::string path;
  unsigned type = 0;
  unsigned permissions = 0;
  std::string content;
  std::string link;
  std::int64_t inode = 0;
  std::int64_t time = 0;
  std::int64_t owner = 0;
  unsigned device_major = 0;
  unsigned device_minor = 0;
};

// All entries of one cpio archive, read back by libarchive.
std::vector<Listed> list(const std::string& bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_cpio(reader.get());
  EXPECT_EQ(archive_read_open_memory(reader.get(), bytes.data(), bytes.size()), ARCHIVE_OK);
  std::vector<Listed> entries;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    Listed& listed = entries.emplace_back();
    listed.path = archive_entry_pathname(entry);
    listed.type = archive_entry_filetype(entry);
    listed.permissions = archive_entry_perm(entry);
    listed.content.resize(static_cast<std::size_t>(archive_entry_size(entry)));
    archive_read_data(reader.get(), listed.content.data(), listed.content.size());
    if (const char* target = archive_entry_symlink(entry)) listed.link = target;
    listed.inode = archive_entry_ino64(entry);
    listed.time = archive_entry_mtime(entry);
    listed.owner = archive_entry_uid(entry) + archive_entry_gid(entry);
    listed.device_major = static_cast<unsigned>(archive_entry_rdevmajor(entry));
    listed.device_minor = static_cast<unsigned>(archive_entry_rdevminor(entry));
  }
  EXPECT_STREQ(archive_error_string(reader.get()), nullptr);
  return entries;
}

const Listed* find(const std::vector<Listed>& entries, const std::string& path) {
  for (const Listed& entry : entries)
    if (entry.path == path) return &entry;
  return nullptr;
}

ImageRecipe a_recipe() {
  ImageRecipe recipe;
  recipe.files.push_back({"workloads/walk/run", {}, "#!/bin/sh\n", 0755, {}});
  recipe.files.push_back({"init", {}, "the agent", 0755, {}});
  recipe.files.push_back({"bin/sh", {}, {}, 0777, "busybox"});
  return recipe;
}

class Initramfs : public testing::Test {
 protected:
  TemporaryDirectory folder_;
};

TEST_F(Initramfs, HoldsWhatTheRecipeSays) {
  const GuestImage image = build_image(a_recipe(), folder_.path());
  const auto entries = list(read_file(image.path));
  std::vector<std::string> paths;
  for (const Listed& entry : entries) paths.push_back(entry.path);
  EXPECT_EQ(paths,
            (std::vector<std::string>{"dev", "dev/console", "dev/null", "bin", "bin/sh", "init",
                                      "workloads", "workloads/walk", "workloads/walk/run"}));
  EXPECT_EQ(find(entries, "init")->content, "the agent");
  EXPECT_EQ(find(entries, "init")->permissions, 0755U);
  EXPECT_EQ(find(entries, "bin/sh")->link, "busybox");
  EXPECT_EQ(find(entries, "dev/console")->type, unsigned{AE_IFCHR});
  EXPECT_EQ(find(entries, "dev/console")->device_major, 5U);
  EXPECT_EQ(find(entries, "dev/console")->device_minor, 1U);
  EXPECT_EQ(find(entries, "dev/null")->device_major, 1U);
  EXPECT_EQ(find(entries, "dev/null")->device_minor, 3U);
}

TEST_F(Initramfs, HasNoTimesNoOwnersAndInodesInOrder) {
  const GuestImage image = build_image(a_recipe(), folder_.path());
  std::int64_t inode = 0;
  for (const Listed& entry : list(read_file(image.path))) {
    EXPECT_EQ(entry.time, 0) << entry.path;
    EXPECT_EQ(entry.owner, 0) << entry.path;
    EXPECT_EQ(entry.inode, ++inode) << entry.path;
  }
}

TEST_F(Initramfs, GivesTheSameBytesForTheSameInputsInAnyOrder) {
  ImageRecipe turned = a_recipe();
  std::reverse(turned.files.begin(), turned.files.end());
  const GuestImage one = build_image(a_recipe(), folder_.path() / "one");
  const GuestImage two = build_image(turned, folder_.path() / "two");
  EXPECT_EQ(one.hash, two.hash);
  EXPECT_EQ(sha256_hex_of_file(one.path), sha256_hex_of_file(two.path));
}

TEST_F(Initramfs, HasAnotherHashWhenAnythingChanges) {
  const std::string hash = build_image(a_recipe(), folder_.path()).hash;
  ImageRecipe recipe = a_recipe();
  recipe.files[1].content = "the Agent";
  EXPECT_NE(build_image(recipe, folder_.path()).hash, hash);
  recipe = a_recipe();
  recipe.files[1].mode = 0700;
  EXPECT_NE(build_image(recipe, folder_.path()).hash, hash);
  recipe = a_recipe();
  recipe.files[2].link_target = "toybox";
  EXPECT_NE(build_image(recipe, folder_.path()).hash, hash);
  recipe = a_recipe();
  recipe.files[0].path = "workloads/walk/Run";
  EXPECT_NE(build_image(recipe, folder_.path()).hash, hash);
}

TEST_F(Initramfs, HashesTheContentOfSourcesNotTheirNames) {
  write_file_atomically(folder_.path() / "a", "same");
  write_file_atomically(folder_.path() / "b", "same");
  ImageRecipe recipe;
  recipe.files.push_back({"init", folder_.path() / "a", {}, 0755, {}});
  const std::string hash = build_image(recipe, folder_.path()).hash;
  recipe.files[0].source = folder_.path() / "b";
  EXPECT_EQ(build_image(recipe, folder_.path()).hash, hash);
  write_file_atomically(folder_.path() / "b", "other");
  EXPECT_NE(build_image(recipe, folder_.path()).hash, hash);
}

TEST_F(Initramfs, IsPaddedToFourBytesWhateverTheSizes) {
  for (std::size_t size = 0; size < 5; ++size) {
    ImageRecipe recipe;
    recipe.files.push_back({"f" + std::string(size, 'x'), {}, std::string(size, 'y'), 0644, {}});
    const GuestImage image = build_image(recipe, folder_.path());
    EXPECT_EQ(fs::file_size(image.path) % 4, 0U) << size;
  }
}

TEST_F(Initramfs, IsBuiltOnce) {
  const GuestImage first = build_image(a_recipe(), folder_.path());
  const auto written = fs::last_write_time(first.path);
  const GuestImage second = build_image(a_recipe(), folder_.path());
  EXPECT_EQ(second.path, first.path);
  EXPECT_EQ(fs::last_write_time(second.path), written);
}

TEST_F(Initramfs, IsSafeAgainstConcurrentBuilders) {
  std::vector<std::thread> builders;
  std::vector<std::string> hashes(8);
  for (std::string& hash : hashes)
    builders.emplace_back([&] {
      const GuestImage image = build_image(a_recipe(), folder_.path());
      hash = sha256_hex_of_file(image.path);
    });
  for (std::thread& builder : builders) builder.join();
  for (const std::string& hash : hashes) EXPECT_EQ(hash, hashes.front());
  EXPECT_TRUE(fs::is_empty(folder_.path() / "images" / ".tmp"));
}

TEST_F(Initramfs, IgnoresWhatAKilledBuilderLeft) {
  const GuestImage image = build_image(a_recipe(), folder_.path());
  const fs::path left = folder_.path() / "images" / ".tmp" / "faultline.killed";
  fs::create_directories(left);
  std::ofstream(left / "initramfs.cpio") << "half";
  const std::string good = read_file(image.path);
  fs::remove_all(image.path.parent_path());
  EXPECT_EQ(read_file(build_image(a_recipe(), folder_.path()).path), good);
}

TEST_F(Initramfs, AppendsTheRunSheetAsASegmentOfItsOwn) {
  const GuestImage image = build_image(a_recipe(), folder_.path());
  const fs::path boot = folder_.path() / "boot.cpio";
  write_boot_initramfs(image, "{\"protocol\":1}", boot);
  const std::string base = read_file(image.path);
  const std::string whole = read_file(boot);
  ASSERT_EQ(whole.substr(0, base.size()), base);
  EXPECT_EQ(whole.size() % 4, 0U);
  const auto entries = list(whole.substr(base.size()));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].path, "faultline");
  EXPECT_EQ(entries[1].path, "faultline/run-sheet.json");
  EXPECT_EQ(entries[1].content, "{\"protocol\":1}");
}

TEST_F(Initramfs, IsReadableByTheCpioProgram) {
  if (std::system("command -v cpio >/dev/null") != 0) GTEST_SKIP() << "cpio is not installed";
  const GuestImage image = build_image(a_recipe(), folder_.path());
  const std::string command = "cpio -t --quiet < '" + image.path.string() + "'";
  FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string text;
  char buffer[4096];
  while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, got);
  EXPECT_EQ(::pclose(pipe), 0);
  EXPECT_EQ(text,
            "dev\ndev/console\ndev/null\nbin\nbin/sh\ninit\nworkloads\nworkloads/walk\n"
            "workloads/walk/run\n");
}

TEST_F(Initramfs, RefusesPathsThatLeaveTheRootOrClash) {
  const auto refused = [&](std::vector<ImageFile> files) {
    EXPECT_THROW(build_image({std::move(files)}, folder_.path()), Error);
  };
  refused({{"/init", {}, "x", 0755, {}}});
  refused({{"../init", {}, "x", 0755, {}}});
  refused({{"a/./b", {}, "x", 0755, {}}});
  refused({{"a//b/", {}, "x", 0755, {}}});
  refused({{"", {}, "x", 0755, {}}});
  refused({{"a", {}, "x", 0755, {}}, {"a", {}, "y", 0755, {}}});
  refused({{"a", {}, "x", 0755, {}}, {"a/b", {}, "y", 0755, {}}});
  refused({{"dev/console", {}, "x", 0755, {}}});
}

TEST_F(Initramfs, NamesASourceThatIsMissing) {
  ImageRecipe recipe;
  recipe.files.push_back({"init", folder_.path() / "nowhere", {}, 0755, {}});
  try {
    build_image(recipe, folder_.path());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::host);
    EXPECT_NE(std::string(error.what()).find("nowhere"), std::string::npos) << error.what();
  }
}

TEST_F(Initramfs, LeavesNoBootImageBehindWhenItCannotBeWritten) {
  const fs::path boot = folder_.path() / "boot.cpio";
  EXPECT_THROW(write_boot_initramfs({"", folder_.path() / "nowhere"}, "{}", boot), Error);
  EXPECT_FALSE(fs::exists(boot));
}

}  // namespace
}  // namespace faultline
