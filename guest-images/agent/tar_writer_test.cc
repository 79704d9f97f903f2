// SPDX-License-Identifier: GPL-2.0-or-later
#include "tar_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace faultline::agent {
namespace {

struct Member {
  std::string name;
  std::string content;
  unsigned mode = 0;
};

// Read back by libarchive, which checks the checksums.
std::vector<Member> read(const std::string& bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(reader.get());
  EXPECT_EQ(archive_read_open_memory(reader.get(), bytes.data(), bytes.size()), ARCHIVE_OK);
  std::vector<Member> members;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader.get(), &entry) == ARCHIVE_OK) {
    Member& member = members.emplace_back();
    member.name = archive_entry_pathname(entry);
    member.mode = archive_entry_mode(entry);
    member.content.resize(static_cast<std::size_t>(archive_entry_size(entry)));
    archive_read_data(reader.get(), member.content.data(), member.content.size());
    EXPECT_EQ(archive_entry_mtime(entry), 0);
  }
  EXPECT_STREQ(archive_error_string(reader.get()), nullptr);
  EXPECT_EQ(archive_format(reader.get()), ARCHIVE_FORMAT_TAR_USTAR);
  return members;
}

TEST(TarWriter, MakesAnArchiveThatOthersRead) {
  const std::string big(1000, 'x');
  const std::string exact(512, 'y');
  const auto members = read(tar_member("step0/before/vmstat", "a 1\n") + tar_member("empty", "") +
                            tar_member("big", big) + tar_member("exact", exact) + tar_end());
  ASSERT_EQ(members.size(), 4U);
  EXPECT_EQ(members[0].name, "step0/before/vmstat");
  EXPECT_EQ(members[0].content, "a 1\n");
  EXPECT_EQ(members[0].mode, unsigned{AE_IFREG | 0644});
  EXPECT_EQ(members[1].content, "");
  EXPECT_EQ(members[2].content, big);
  EXPECT_EQ(members[3].content, exact);
}

TEST(TarWriter, IsMadeOfBlocks) {
  EXPECT_EQ(tar_member("a", "b").size(), 1024U);
  EXPECT_EQ(tar_member("a", "").size(), 512U);
  EXPECT_EQ(tar_end().size(), 1024U);
}

TEST(TarWriter, CutsANameThatIsTooLong) {
  const auto members = read(tar_member(std::string(150, 'n'), "x") + tar_end());
  ASSERT_EQ(members.size(), 1U);
  EXPECT_EQ(members[0].name, std::string(100, 'n'));
  EXPECT_EQ(members[0].content, "x");
}

}  // namespace
}  // namespace faultline::agent
