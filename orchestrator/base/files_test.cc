// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/files.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"

namespace faultline {
namespace {

TEST(Files, WritesReplaceTheWholeContentAndLeaveNothingAside) {
  TemporaryDirectory folder;
  const auto file = folder.path() / "a";
  write_file_atomically(file, "first, longer content");
  write_file_atomically(file, "second");
  EXPECT_EQ(read_file(file), "second");
  std::size_t entries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    (void)entry;
    ++entries;
  }
  EXPECT_EQ(entries, 1u);
}

TEST(Files, RefusesToReadMoreThanTheLimit) {
  TemporaryDirectory folder;
  write_file_atomically(folder.path() / "big", std::string(1000, 'x'));
  EXPECT_THROW(read_file(folder.path() / "big", 999), Error);
  EXPECT_EQ(read_file(folder.path() / "big", 1000).size(), 1000u);
}

TEST(Files, NamesTheFileThatCannotBeRead) {
  try {
    read_file("/nowhere/at-all");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::host);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at-all"), std::string::npos);
  }
}

TEST(Files, PublishingKeepsTheFirstFinisher) {
  TemporaryDirectory folder;
  const auto make = [&](const char* name) {
    std::filesystem::create_directory(folder.path() / name);
    write_file_atomically(folder.path() / name / "who", name);
    return folder.path() / name;
  };
  EXPECT_TRUE(publish_directory(make("one"), folder.path() / "final"));
  EXPECT_FALSE(publish_directory(make("two"), folder.path() / "final"));
  EXPECT_EQ(read_file(folder.path() / "final" / "who"), "one");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "two"));
}

TEST(Files, ALockIsExclusiveUntilItsOwnerIsGone) {
  TemporaryDirectory folder;
  {
    const FileLock held = FileLock::try_lock(folder.path() / "lock");
    EXPECT_TRUE(static_cast<bool>(held));
    EXPECT_FALSE(static_cast<bool>(FileLock::try_lock(folder.path() / "lock")));
  }
  EXPECT_TRUE(static_cast<bool>(FileLock::try_lock(folder.path() / "lock")));
}

TEST(Files, TemporaryDirectoriesVanishWithTheirContent) {
  std::filesystem::path path;
  {
    TemporaryDirectory folder;
    path = folder.path();
    write_file_atomically(path / "x", "y");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace faultline
