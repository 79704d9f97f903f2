// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/source_version.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(SourceVersion, IsReadFromTheTopOfTheMakefile) {
  EXPECT_EQ(version_in_makefile("# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n"
                                "EXTRAVERSION = -rc1\nVERSION_CHECK = 3\n"),
            "6.12.117");
  EXPECT_EQ(version_in_makefile("VERSION=7\nPATCHLEVEL=0\nSUBLEVEL ="), "7.0");
  EXPECT_EQ(version_in_makefile("OBJECTS := x\n"), "");
  EXPECT_EQ(version_in_makefile("VERSION\nPATCHLEVEL = x\n"), "");
  EXPECT_EQ(version_in_makefile(""), "");
}

TEST(SourceVersion, BelongsToItsBeginnings) {
  EXPECT_TRUE(is_for_version({"6.12"}, "6.12.117"));
  EXPECT_TRUE(is_for_version({"6.1", "6.12.117"}, "6.12.117"));
  EXPECT_FALSE(is_for_version({"6.1"}, "6.12.117"));
  EXPECT_FALSE(is_for_version({"6.12"}, "6.1.192"));
  EXPECT_TRUE(is_for_version({}, "6.1"));
  EXPECT_TRUE(is_for_version({"6.12"}, ""));
}

TEST(SourceVersion, NamesTheSeriesAndBothVersions) {
  Series fits;
  fits.name = "fits";
  fits.applies_to = {"6.1"};
  Series other = fits;
  other.name = "other";
  other.applies_to = {"6.11", "6.12"};
  EXPECT_FALSE(not_for_version({fits}, "debian:linux-source-6.1", "6.1.192"));
  const auto bad = not_for_version({fits, other}, "debian:linux-source-6.1", "6.1.192");
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->title,
            "series other applies to 6.11, 6.12, but debian:linux-source-6.1 is 6.1.192");
}

}  // namespace
}  // namespace faultline
