// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/files.h"
#include "spec/command_template.h"
#include "spec/read_definitions.h"
#include "spec/test_catalogue.h"

// workload.yaml, series.yaml and the catalogue of an installation.

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::vector<std::string> workload_mistakes(const std::string& from, const std::string& to) {
  std::vector<Diagnostic> diagnostics;
  const auto workload =
      parse_workload(replaced(test::walk_yaml, from, to), "w", "/root/walk", diagnostics);
  EXPECT_EQ(workload.has_value(), !has_errors(diagnostics));
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : diagnostics) found.push_back(to_string(diagnostic));
  return found;
}

std::vector<std::string> series_mistakes(const std::string& from, const std::string& to) {
  std::vector<Diagnostic> diagnostics;
  const auto series = parse_series(replaced(test::shared_yaml, from, to), "s",
                                   "/root/anon-vma-shared", diagnostics);
  EXPECT_EQ(series.has_value(), !has_errors(diagnostics));
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : diagnostics) found.push_back(to_string(diagnostic));
  return found;
}

TEST(WorkloadDefinition, IsReadWithDefaultsInCanonicalForm) {
  const WorkloadDefinition walk = test::catalogue().workloads.at("walk");
  EXPECT_EQ(walk.folder, "/root/walk");
  EXPECT_EQ(walk.timeout, std::chrono::milliseconds(300'000));
  EXPECT_EQ(walk.memory, Bytes{256} << 20);
  EXPECT_EQ(walk.image, "minimal");
  EXPECT_THAT(walk.settings, ElementsAre(Setting{"/sys/kernel/mm/ksm/run", "0"}));
  ASSERT_NE(walk.parameter("area"), nullptr);
  EXPECT_EQ(walk.parameter("area")->min, 4096);
  EXPECT_EQ(walk.parameter("area")->default_value, "1048576");
  EXPECT_EQ(walk.parameter("pause")->default_value, "10");
  EXPECT_EQ(walk.parameter("scope")->type, ParameterDefinition::Type::enumeration);
  EXPECT_EQ(walk.parameter("nothing"), nullptr);
  ASSERT_EQ(walk.metrics.size(), 1u);
  EXPECT_EQ(walk.metrics[0].direction, Direction::lower);
  EXPECT_EQ(walk.metrics[0].scale, Scale::ratio);
  EXPECT_EQ(walk.metrics[0].summary, Summary::median);
  EXPECT_TRUE(walk.metrics[0].primary);
}

TEST(WorkloadDefinition, ReportsWhatIsWrongWithAParameter) {
  EXPECT_THAT(workload_mistakes("default: 64", "default: 0"),
              ElementsAre("w:6:57: error: 'default' is 0, not within 1 to 1000"));
  EXPECT_THAT(workload_mistakes("min: 1, max: 1000", "min: 1000, max: 1"),
              testing::Contains("w:6:34: error: 'min' is more than 'max'"));
  EXPECT_THAT(
      workload_mistakes("min: 4K", "min: small"),
      ElementsAre("w:7:27: error: 'min' is 'small', which is no bound of a parameter of type "
                  "size"));
  EXPECT_THAT(workload_mistakes("type: boolean", "type: bool"),
              testing::Contains("w:9:17: error: unknown type 'bool'; did you mean 'boolean'?"));
  EXPECT_THAT(workload_mistakes("type: enum, values: [all, own, \"0\"]", "type: enum"),
              ElementsAre("w:10:3: error: parameter 'scope' of type enum needs 'values'"));
  EXPECT_THAT(workload_mistakes("type: string", "type: string, values: [a]"),
              ElementsAre("w:11:3: error: parameter 'nodes' has 'values' but is no enum"));
  EXPECT_THAT(workload_mistakes("default: all", "default: some"),
              ElementsAre("w:10:57: error: unknown scope 'some'; known: all, own, 0"));
  EXPECT_THAT(workload_mistakes("  touch:", "  \"to uch\":"),
              testing::Contains(testing::HasSubstr("'to uch' is no name of a parameter")));
}

TEST(WorkloadDefinition, ReportsWhatIsWrongWithAMetric) {
  EXPECT_THAT(
      workload_mistakes("(\\S+)$'", "\\S+$'"),
      ElementsAre("w:13:72: error: 'pattern' has 0 groups; put the number, and nothing else, "
                  "in parentheses"));
  EXPECT_THAT(
      workload_mistakes("(\\S+)$'", "(\\S+$'"),
      ElementsAre(testing::HasSubstr("'pattern' is no regular expression of RE2: missing )")));
  EXPECT_THAT(workload_mistakes("(\\S+)$'", "(?=x)$'"),
              ElementsAre(testing::HasSubstr("'pattern' is no regular expression of RE2")));
  EXPECT_THAT(
      workload_mistakes("direction: lower", "direction: down"),
      ElementsAre("w:13:41: error: unknown direction 'down'; known: lower, higher, neutral"));
}

TEST(WorkloadDefinition, NeedsAPrimaryMetric) {
  EXPECT_THAT(workload_mistakes("primary: true", "primary: false"),
              ElementsAre("w:13:3: error: no metric is primary; a comparison is about one: give it "
                          "primary: true"));
}

TEST(WorkloadDefinition, ReportsACommandThatNamesNoParameter) {
  EXPECT_THAT(workload_mistakes("{children}", "{childern}"),
              ElementsAre("w:3:19: error: unknown parameter 'childern' in 'command'; did you mean "
                          "'children'?"));
  EXPECT_THAT(
      workload_mistakes("{?touch:-T}", "{?scope:-T}"),
      ElementsAre("w:3:80: error: parameter 'scope' is no boolean; '{?flag:text}' needs one"));
  EXPECT_THAT(
      workload_mistakes("{?touch:-T}", "x{?touch:-T}"),
      ElementsAre("w:3:80: error: 'x{?touch:-T}' is no element of a command; '{?flag:text}' "
                  "stands alone"));
}

TEST(WorkloadDefinition, ReportsAFolderOfAnotherNameAndSymbolsWithTheirPrefix) {
  EXPECT_THAT(
      workload_mistakes("workload: walk", "workload: wlak"),
      ElementsAre("w:1:11: error: workload 'wlak' is in the folder 'walk'; both must have one "
                  "name"));
  EXPECT_THAT(
      workload_mistakes("timeout:", "needs: [CONFIG_KSM]\ntimeout:"),
      ElementsAre("w:14:9: error: 'CONFIG_KSM' is no config symbol; write it without CONFIG_, "
                  "for example IDLE_PAGE_TRACKING"));
}

TEST(WorkloadDefinition, SurvivesFilesOfTheWrongForm) {
  for (const char* text :
       {"[]", "3", "workload: [a]\nparameters: [1]\nmetrics: {}\ncommand: 3",
        "parameters: {a: 1, b: [], c: {type: [], values: 3}}", "metrics: [1, {}]"}) {
    std::vector<Diagnostic> diagnostics;
    EXPECT_FALSE(parse_workload(text, "w", "/root/walk", diagnostics)) << text;
    EXPECT_TRUE(has_errors(diagnostics)) << text;
    diagnostics.clear();
    EXPECT_FALSE(parse_series(text, "s", "/root/walk", diagnostics)) << text;
    EXPECT_TRUE(has_errors(diagnostics)) << text;
  }
}

TEST(Command, ReplacesParametersAndDropsFlagsThatAreFalse) {
  const WorkloadDefinition walk = test::catalogue().workloads.at("walk");
  std::map<std::string, std::string> params{{"children", "16"}, {"area", "4096"}, {"pause", "10"},
                                            {"touch", "false"}, {"scope", "all"}, {"nodes", "0,1"}};
  EXPECT_THAT(expand_command(walk, params),
              ElementsAre("walk", "--children=16", "--area=4096", "--pause=10", "--scope=all",
                          "--nodes=0,1"));
  params["touch"] = "true";
  EXPECT_THAT(expand_command(walk, params), testing::Contains("-T"));
  params["nodes"] = "{children}";
  EXPECT_THAT(expand_command(walk, params), testing::Contains("--nodes={children}"));
}

TEST(Command, TakesBracesThatNameNothingAsText) {
  const auto text_of = [](const std::string& element) {
    const CommandElement parsed = parse_command_element(element);
    std::string text = parsed.flag;
    for (const CommandPart& part : parsed.parts)
      text += part.is_parameter ? "<" + part.text + ">" : part.text;
    return text;
  };
  EXPECT_EQ(text_of("a{b}c{d}"), "a<b>c<d>");
  EXPECT_EQ(text_of("{"), "{");
  EXPECT_EQ(text_of("{}"), "{}");
  EXPECT_EQ(text_of("{ print $1 }"), "{ print $1 }");
  EXPECT_EQ(text_of("{{b}}"), "{<b>}");
  EXPECT_EQ(text_of("{?f:--x={b}}"), "f--x=<b>");
}

TEST(SeriesDefinition, IsReadAndReportsWhatIsWrong) {
  const SeriesDefinition series = test::catalogue().series.at("anon-vma-shared");
  EXPECT_EQ(series.folder, "/root/anon-vma-shared");
  EXPECT_THAT(series.applies_to, ElementsAre("6.12"));
  EXPECT_THAT(series.patches, ElementsAre("0001-share.patch"));
  ASSERT_EQ(series.switches.size(), 1u);
  EXPECT_THAT(series.switches[0].values, ElementsAre("0", "1"));
  EXPECT_THAT(series_mistakes("default: \"0\"", "default: \"2\""),
              ElementsAre("s:6:73: error: '2' is none of 'values'"));
  EXPECT_THAT(series_mistakes("kind: cmdline", "kind: module"),
              ElementsAre("s:6:35: error: unknown kind of switch 'module'; known: cmdline, sysctl, "
                          "sysfs"));
  EXPECT_THAT(series_mistakes("0001-share.patch", "../x.patch"),
              ElementsAre("s:4:11: error: '../x.patch' is no file of the series' folder"));
  EXPECT_THAT(
      series_mistakes("series: anon-vma-shared", "series: other"),
      ElementsAre("s:1:9: error: series 'other' is in the folder 'anon-vma-shared'; both must "
                  "have one name"));
}

class CatalogueFolder : public testing::Test {
 protected:
  void write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = folder_.path() / path;
    std::filesystem::create_directories(file.parent_path());
    write_file_atomically(file, text);
  }
  TemporaryDirectory folder_;
};

TEST_F(CatalogueFolder, LoadsWhatIsThereAndLeavesOutWhatIsWrong) {
  write("workloads/walk/workload.yaml", test::walk_yaml);
  write("workloads/spin/workload.yaml", "workload: spin\n");
  write("workloads/common/clock.h", "");
  write("kernel-patches/anon-vma-shared/series.yaml", test::shared_yaml);
  write("kernel-patches/anon-vma-shared/0001-share.patch", "");
  write("kernel-patches/vmap-nodes/series.yaml", test::nodes_yaml);
  write("kernel-patches/config/guest.config", "CONFIG_KSM=y\n");
  write("kernel-patches/config/README.md", "");
  std::vector<Diagnostic> diagnostics;
  const Catalogue catalogue = Catalogue::load(folder_.path(), diagnostics);
  ASSERT_EQ(catalogue.workloads.size(), 1u);
  EXPECT_EQ(catalogue.workloads.at("walk").folder, (folder_.path() / "workloads/walk").string());
  ASSERT_EQ(catalogue.series.size(), 1u);
  ASSERT_EQ(catalogue.config_fragments.size(), 1u);
  EXPECT_EQ(catalogue.config_fragments.at("guest"),
            folder_.path() / "kernel-patches/config/guest.config");
  std::vector<std::string> found;
  for (const Diagnostic& diagnostic : diagnostics) found.push_back(to_string(diagnostic));
  const std::string root = folder_.path().string();
  EXPECT_THAT(
      found,
      ElementsAre(root + "/workloads/spin/workload.yaml:1:1: error: a workload needs the key "
                         "'summary'",
                  root + "/workloads/spin/workload.yaml:1:1: error: a workload needs the key "
                         "'command'",
                  root + "/workloads/spin/workload.yaml:1:1: error: a workload needs the key "
                         "'metrics'",
                  root + "/kernel-patches/vmap-nodes/series.yaml: error: patch "
                         "'0001-nodes.patch' is not in the folder"));
}

TEST_F(CatalogueFolder, OfAnEmptyFolderIsEmpty) {
  std::vector<Diagnostic> diagnostics;
  const Catalogue catalogue = Catalogue::load(folder_.path(), diagnostics);
  EXPECT_THAT(catalogue.workloads, IsEmpty());
  EXPECT_THAT(diagnostics, IsEmpty());
}

}  // namespace
}  // namespace faultline
