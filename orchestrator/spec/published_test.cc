// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "spec/parse_experiment.h"
#include "spec/test_catalogue.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string good = R"(published: walks
source: a thread, 2010
said: It helps.
figures:
  - {what: a walk, unit: s, without: 12.5, with: 1e-1,
     here: {workload: walk, metric: seconds, arm: b, params: {children: 16}}}
  - {what: a vote, without: 3, with: 4}
may-differ: [Another machine.]
)";

std::vector<std::string> mistakes(const std::string& text) {
  std::vector<Diagnostic> diagnostics;
  EXPECT_FALSE(parse_published(text, "/x/walks.yaml", diagnostics).has_value());
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : diagnostics) found.push_back(to_string(diagnostic));
  return found;
}

TEST(PublishedFigures, AreRead) {
  std::vector<Diagnostic> diagnostics;
  const auto read = parse_published(good, "/x/walks.yaml", diagnostics);
  ASSERT_TRUE(read.has_value()) << to_string(diagnostics.front());
  EXPECT_THAT(diagnostics, IsEmpty());
  EXPECT_EQ(read->source, "a thread, 2010");
  ASSERT_EQ(read->figures.size(), 2U);
  EXPECT_EQ(read->figures[0].without, 12.5);
  EXPECT_EQ(read->figures[0].with, 0.1);
  EXPECT_EQ(read->figures[0].workload, "walk");
  EXPECT_EQ(read->figures[0].params.at("children"), "16");
  EXPECT_EQ(read->figures[1].metric, "");
  EXPECT_THAT(read->may_differ, ElementsAre("Another machine."));
}

TEST(PublishedFigures, HaveTheirMistakesReported) {
  std::string text = good;
  text.replace(text.find("12.5"), 4, "a lot");
  EXPECT_THAT(mistakes(text), ElementsAre(HasSubstr("'a lot' is no number")));
  text = good;
  text.replace(text.find("12.5"), 4, "1e999");
  EXPECT_THAT(mistakes(text), ElementsAre(HasSubstr("is no number")));
  text = good;
  text.replace(text.find("published: walks"), 16, "published: runs");
  EXPECT_THAT(mistakes(text), ElementsAre(HasSubstr("in a file named 'walks'")));
}

TEST(PublishedFigures, AreFoundByAnExperiment) {
  Catalogue catalogue = test::catalogue();
  std::vector<Diagnostic> diagnostics;
  catalogue.published.emplace("walks", *parse_published(good, "walks.yaml", diagnostics));
  const auto with = [&](const std::string& line) {
    return parse_experiment(test::edited(10, line), "x.yaml", catalogue);
  };
  EXPECT_EQ(with("reference: published/walks").experiment->reference, "walks");
  const ParsedExperiment wrong = with("reference: published/wlaks");
  ASSERT_EQ(wrong.diagnostics.size(), 1U);
  EXPECT_EQ(to_string(wrong.diagnostics[0]),
            "x.yaml:10:12: error: there are no published figures 'published/wlaks'; did you mean "
            "'walks'?");
}

TEST(PublishedFigures, StandBesideSomethingThatExists) {
  const TemporaryDirectory root;
  const auto write = [&](const std::string& name, const std::string& text) {
    const auto file = root.path() / name;
    std::filesystem::create_directories(file.parent_path());
    write_file_atomically(file, text);
  };
  write("workloads/walk/workload.yaml", test::walk_yaml);
  const auto loaded = [&](const std::string& text) {
    write("experiments/published/walks.yaml", text);
    std::vector<Diagnostic> diagnostics;
    Catalogue::load(root.path(), diagnostics);
    return diagnostics;
  };
  EXPECT_THAT(loaded(good), IsEmpty());
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"workload: walk", "workload: wlak"}, {"seconds", "secnds"}, {"children", "childern"}}) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    const auto diagnostics = loaded(text);
    ASSERT_EQ(diagnostics.size(), 1U);
    EXPECT_THAT(to_string(diagnostics[0]), HasSubstr("there is no "));
  }
}

}  // namespace
}  // namespace faultline
