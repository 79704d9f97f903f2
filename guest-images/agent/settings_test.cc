// SPDX-License-Identifier: GPL-2.0-or-later
#include "settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "base/files.h"

namespace faultline::agent {
namespace {

TEST(CurrentValue, IsTrimmed) {
  EXPECT_EQ(current_value("  60\n"), "60");
}

TEST(CurrentValue, OfAChoiceIsTheOneInBrackets) {
  EXPECT_EQ(current_value("always [madvise] never\n"), "madvise");
  EXPECT_EQ(current_value("[none] scan-time\n"), "none");
}

TEST(CurrentValue, KeepsBracketsThatAreNoChoice) {
  EXPECT_EQ(current_value("a[0] b[1]"), "a[0] b[1]");
  EXPECT_EQ(current_value("[open"), "[open");
  EXPECT_EQ(current_value("line [x]\nline [y]"), "line [x]\nline [y]");
}

TEST(SameValue, ComparesNumbersByValue) {
  EXPECT_TRUE(same_value("16", "0x10"));
  EXPECT_TRUE(same_value("007", "7"));
  EXPECT_TRUE(same_value("1G", "1073741824"));
  EXPECT_TRUE(same_value("-1", "-1"));
  EXPECT_FALSE(same_value("1", "10"));
  EXPECT_FALSE(same_value("-1", "1"));
  EXPECT_FALSE(same_value("1Gx", "1073741824"));
}

TEST(SameValue, ComparesBooleansByMeaning) {
  EXPECT_TRUE(same_value("1", "Y"));
  EXPECT_TRUE(same_value("off", "0"));
  EXPECT_FALSE(same_value("1", "N"));
  EXPECT_FALSE(same_value("2", "Y"));
}

TEST(SameValue, ComparesListsWordByWord) {
  EXPECT_TRUE(same_value("256 0x20 0", "256\t32\t0\n"));
  EXPECT_FALSE(same_value("256 32", "256 32 0"));
  EXPECT_FALSE(same_value("256 32 0", "256 32"));
  EXPECT_FALSE(same_value("never", "madvise"));
}

class Settings : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& content) {
    const std::string path = (folder_.path() / name).string();
    std::ofstream(path) << content;
    return path;
  }
  std::string content(const std::string& path) { return read_file(path); }

  TemporaryDirectory folder_;
};

TEST_F(Settings, AreWrittenAndReadBack) {
  const std::string path = file("swappiness", "6");
  const auto result = apply_setting({path, "7"});
  EXPECT_TRUE(result.ok);
  EXPECT_EQ(result.found, "7");
  EXPECT_EQ(result.error, 0);
}

TEST_F(Settings, ThatDoNotTakeSaySo) {
  // A plain file keeps what follows a shorter write, as a sysfs file keeps a value it refused.
  const std::string path = file("stubborn", "600");
  const auto result = apply_setting({path, "7"});
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.found, "700");
  EXPECT_EQ(result.error, 0);
}

TEST_F(Settings, WithoutAFileGiveTheErrno) {
  const auto result = apply_setting({(folder_.path() / "none").string(), "7"});
  EXPECT_FALSE(result.ok);
  EXPECT_EQ(result.error, ENOENT);
}

TEST_F(Settings, OfAStepArePutBackInReverse) {
  const std::string one = file("one", "1");
  const std::string two = file("two", "always [never] madvise");
  StepSettings settings;
  const auto results = settings.apply({{one, "5"}, {one, "6"}});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(content(one), "6");
  EXPECT_TRUE(settings.restore().empty());
  EXPECT_EQ(content(one), "1");
  EXPECT_TRUE(settings.restore().empty()) << "restored twice";
}

TEST_F(Settings, OfAStepThatCannotBePutBackAreReported) {
  const std::string path = file("value", "1");
  StepSettings settings;
  settings.apply({{path, "5"}});
  ::unlink(path.c_str());
  const auto failures = settings.restore();
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].path, path);
  EXPECT_EQ(failures[0].wanted, "1");
}

}  // namespace
}  // namespace faultline::agent
