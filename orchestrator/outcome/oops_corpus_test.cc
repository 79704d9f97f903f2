// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/files.h"
#include "outcome/oops.h"

// Every testdata/*.log is a console log with a heading that says what find_oops has to make of it;
// testdata/README.md describes the format.

namespace faultline {
namespace {
namespace fs = std::filesystem;

struct Case {
  std::string title;  ///< "none": no problem is to be found.
  bool fatal = false;
  std::string log;
};

Case read_case(const fs::path& file) {
  const std::string text = read_file(file);
  Case result;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) {
      ADD_FAILURE() << file << ": no blank line after the heading";
      return result;
    }
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) break;
    if (line.starts_with("EXPECT-TITLE: ")) result.title = line.substr(14);
    if (line.starts_with("EXPECT-FATAL: ")) result.fatal = line.substr(14) == "yes";
  }
  result.log = text.substr(begin);
  return result;
}

std::vector<fs::path> corpus() {
  std::vector<fs::path> files;
  for (const auto& entry :
       fs::directory_iterator(fs::path(FAULTLINE_SOURCE_DIR) / "orchestrator/outcome/testdata"))
    if (entry.path().extension() == ".log") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Corpus : public testing::TestWithParam<fs::path> {};

TEST_P(Corpus, GivesTheTitleOfTheHeading) {
  const Case wanted = read_case(GetParam());
  ASSERT_FALSE(wanted.title.empty()) << "no EXPECT-TITLE in " << GetParam();
  const std::optional<Oops> found = find_oops(wanted.log);
  EXPECT_EQ(found ? found->title : "none", wanted.title);
  EXPECT_EQ(found && found->fatal, wanted.fatal);
  if (!found) return;
  EXPECT_LE(found->text.size(), 16U * 1024);
  EXPECT_FALSE(found->text.empty());
}

/// Serial consoles end lines with CR LF, and logs are cut anywhere.
TEST_P(Corpus, DoesNotDependOnLineEnds) {
  const Case wanted = read_case(GetParam());
  std::string log;
  for (const char c : wanted.log) {
    if (c == '\n') log += '\r';
    log += c;
  }
  const std::optional<Oops> found = find_oops(log);
  EXPECT_EQ(found ? found->title : "none", wanted.title);
}

TEST_P(Corpus, SurvivesEveryTruncation) {
  const Case wanted = read_case(GetParam());
  for (std::size_t size = 0; size < wanted.log.size(); size += 97) {
    find_oops(std::string_view(wanted.log).substr(0, size));
    find_oops(std::string_view(wanted.log).substr(size));
  }
}

INSTANTIATE_TEST_SUITE_P(Logs, Corpus, testing::ValuesIn(corpus()), [](const auto& info) {
  std::string name = info.param.stem().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Corpus, IsThere) {
  EXPECT_GE(corpus().size(), 30U);
}

}  // namespace
}  // namespace faultline
