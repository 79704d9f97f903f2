// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "base/files.h"
#include "spec/parse_experiment.h"
#include "spec/test_catalogue.h"

namespace faultline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

const std::string good = R"(published: walks
source: a thread, 2010
said: It helps.
figures:
  - {what: a walk, unit: s, without: 12.5, with: 1e-1,
     here: {workload: walk, metric: seconds, arm: b, params: {children: 16}}}
  - {what: a vote, without: 3, with: 4}
  - {what: walks, unit: MiB, over: processes, points: {64: 350, 128: 1228.8, 256: 5488.6},
     here: {workload: walk, metric: seconds, over: children, params: {touch: true}}}
may-differ: [Another machine.]
)";

/// The good file with something in it written differently.
std::string good_with(const std::string& from, const std::string& to) {
  std::string text = good;
  return text.replace(text.find(from), from.size(), to);
}

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
  ASSERT_EQ(read->figures.size(), 3U);
  EXPECT_EQ(read->figures[0].without, 12.5);
  EXPECT_EQ(read->figures[0].with, 0.1);
  ASSERT_EQ(read->figures[0].here.size(), 1U);
  EXPECT_EQ(read->figures[0].here[0].workload, "walk");
  EXPECT_EQ(read->figures[0].here[0].over, "");
  EXPECT_EQ(read->figures[0].here[0].params.at("children"), "16");
  EXPECT_THAT(read->figures[1].here, IsEmpty());
  EXPECT_THAT(read->may_differ, ElementsAre("Another machine."));
}

TEST(PublishedFigures, MayBeACurve) {
  std::vector<Diagnostic> diagnostics;
  const auto read = parse_published(good, "/x/walks.yaml", diagnostics);
  ASSERT_TRUE(read.has_value());
  const PublishedFigure& curve = read->figures.at(2);
  EXPECT_EQ(curve.over, "processes");
  EXPECT_THAT(curve.points, ElementsAre(Pair(64, 350), Pair(128, 1228.8), Pair(256, 5488.6)));
  ASSERT_EQ(curve.here.size(), 1U);
  EXPECT_EQ(curve.here[0].over, "children");
  EXPECT_EQ(curve.here[0].arm, "");
}

TEST(PublishedFigures, HaveACurveOfOursAlongTheSameParameterUnlessTheySayOtherwise) {
  std::vector<Diagnostic> diagnostics;
  std::string text = good_with("over: processes", "over: children");
  text.replace(text.find(", over: children, params"), 16, "");
  const auto read = parse_published(text, "/x/walks.yaml", diagnostics);
  ASSERT_TRUE(read.has_value()) << to_string(diagnostics.front());
  EXPECT_EQ(read->figures.at(2).here.at(0).over, "children");
}

TEST(PublishedFigures, MayHaveSeveralPlacesOfOursBesideACurve) {
  std::vector<Diagnostic> diagnostics;
  const auto read =
      parse_published(good_with("here: {workload: walk, metric: seconds, over: children, "
                                "params: {touch: true}}",
                                "here: [{workload: walk, metric: seconds, over: area}, "
                                "{workload: spin, metric: rounds, over: rounds, arm: a}]"),
                      "/x/walks.yaml", diagnostics);
  ASSERT_TRUE(read.has_value()) << to_string(diagnostics.front());
  ASSERT_EQ(read->figures.at(2).here.size(), 2U);
  EXPECT_EQ(read->figures[2].here[1].workload, "spin");
  EXPECT_EQ(read->figures[2].here[1].arm, "a");
}

TEST(PublishedFigures, HaveTheirMistakesReported) {
  EXPECT_THAT(mistakes(good_with("12.5", "a lot")), ElementsAre(HasSubstr("'a lot' is no number")));
  EXPECT_THAT(mistakes(good_with("12.5", "1e999")), ElementsAre(HasSubstr("is no number")));
  EXPECT_THAT(mistakes(good_with("published: walks", "published: runs")),
              ElementsAre(HasSubstr("in a file named 'walks'")));
}

TEST(PublishedFigures, AreAPairOrACurve) {
  const std::string forms =
      "; a figure is a pair ('without', 'with') or a curve ('over', 'points')";
  EXPECT_THAT(mistakes(good_with("over: processes", "over: processes, without: 3, with: 4")),
              ElementsAre("/x/walks.yaml:8:56: error: 'without' does not go with 'points'" + forms,
                          "/x/walks.yaml:8:65: error: 'with' does not go with 'points'" + forms));
  EXPECT_THAT(mistakes(good_with("without: 3, with: 4", "without: 3")),
              ElementsAre("/x/walks.yaml:7:5: error: a figure needs the key 'with'; or, for a "
                          "curve, 'over' and 'points'"));
  EXPECT_THAT(
      mistakes(good_with("without: 3, with: 4", "without: 3, with: 4, over: votes")),
      ElementsAre(HasSubstr("'over' does not go without 'points'; write points: {64: 350")));
  EXPECT_THAT(mistakes(good_with("over: processes, ", "")),
              ElementsAre(HasSubstr("a curve needs the key 'over'; name what it is along")));
  EXPECT_THAT(mistakes(good_with(", arm: b", "")),
              ElementsAre(HasSubstr("a place of ours beside a pair needs the key 'arm'")));
  EXPECT_THAT(mistakes(good_with(", arm: b", ", arm: b, over: children")),
              ElementsAre(HasSubstr("'over' belongs to a curve")));
  EXPECT_THAT(mistakes(good_with("with: 4}",
                                 "with: 4, here: [{workload: w, metric: m, arm: a}, {workload: w, "
                                 "metric: m, arm: b}]}")),
              ElementsAre(HasSubstr("a pair stands beside one place of ours")));
}

TEST(PublishedFigures, HaveCurvesOfNumbersEachOnce) {
  const std::string points = "{64: 350, 128: 1228.8, 256: 5488.6}";
  EXPECT_THAT(mistakes(good_with(points, "{}")),
              ElementsAre("/x/walks.yaml:8:55: error: 'points' is empty; write {64: 350, 128: "
                          "1228.8}, the published figure at each value of 'over'"));
  EXPECT_THAT(mistakes(good_with(points, "")), ElementsAre(HasSubstr("'points' must be a map")));
  EXPECT_THAT(mistakes(good_with(points, "[64, 350]")),
              ElementsAre(HasSubstr("'points' must be a map, not a list")));
  EXPECT_THAT(mistakes(good_with("350,", "1.20 GiB,")),
              ElementsAre("/x/walks.yaml:8:60: error: '1.20 GiB' is no number; write it like "
                          "14902.6"));
  EXPECT_THAT(mistakes(good_with("64: 350", "many: 350")),
              ElementsAre(HasSubstr("8:56: error: 'many' is no number")));
  EXPECT_THAT(mistakes(good_with("64: 350", "nan: inf")),
              ElementsAre(HasSubstr("'nan' is no number"), HasSubstr("'inf' is no number")));
  EXPECT_THAT(mistakes(good_with("128: 1228.8", "64.0: 1228.8")),
              ElementsAre(HasSubstr("'64.0' is in 'points' twice")));
  EXPECT_THAT(mistakes(good_with("350,", "[1, 2],")), ElementsAre(HasSubstr("must be text")));
  std::string many = "{";
  for (int i = 0; i < 201; ++i) many += std::to_string(i) + ": 1, ";
  EXPECT_THAT(mistakes(good_with(points, many + "}")),
              ElementsAre(HasSubstr("'points' has 201 points, more than 200")));
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
  const std::string file = (root.path() / "experiments/published/walks.yaml").string();
  for (const auto& [from, to, message] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"workload: walk", "workload: wlak",
            ":6:12: error: there is no workload 'wlak', beside which 'a walk' is to stand; did you "
            "mean 'walk'?"},
           {"seconds", "secnds",
            ":6:12: error: there is no metric 'secnds' of walk, beside which 'a walk' is to stand; "
            "did you mean 'seconds'?"},
           {"children", "childern",
            ":6:12: error: there is no parameter 'childern' of walk, beside which 'a walk' is to "
            "stand; did you mean 'children'?"},
           {"over: children", "over: childern",
            ":9:12: error: there is no numeric parameter or metric 'childern' of walk, beside "
            "which "
            "'walks' is to stand; did you mean 'children'?"},
           {"over: children", "over: scope", "there is no numeric parameter or metric 'scope'"}}) {
    const auto diagnostics = loaded(good_with(from, to));
    ASSERT_EQ(diagnostics.size(), 1U);
    EXPECT_THAT(to_string(diagnostics[0]), HasSubstr(message[0] == ':' ? file + message : message));
  }
  EXPECT_THAT(loaded(good_with("over: children", "over: seconds")), IsEmpty());
}

}  // namespace
}  // namespace faultline
