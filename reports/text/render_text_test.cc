// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/files.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/testing/fake_results.h"
#include "reports/text/columns.h"

namespace faultline {
namespace {

/// Holds the text to reports/text/testdata/NAME.txt; UPDATE_GOLDENS=1 rewrites it instead.
void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file =
      std::filesystem::path(FAULTLINE_SOURCE_DIR) / "reports/text/testdata" / (name + ".txt");
  if (std::getenv("UPDATE_GOLDENS") != nullptr) write_file_atomically(file, text);
  EXPECT_EQ(read_file(file), text) << "UPDATE_GOLDENS=1 rewrites " << file;
}

void expect_narrow_and_clean(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), 80u) << line;
    EXPECT_EQ(visible_line(line), line);
  }
}

Results with_zeros_and_negatives() {
  Results results = fake::quickstart_results();
  results.run.metrics[3].scale = "difference";
  for (ResultSample& sample : results.samples) {
    const ResultBoot& boot = results.boots[sample.boot];
    if (sample.metric == 1 && boot.block == 2) sample.value = 0;
    if (sample.metric == 2) sample.value = -sample.value;
    if (sample.metric == 3 && boot.arm == 1) sample.value = -double(boot.block);
  }
  return results;
}

TEST(RenderText, ShowsTheQuickstart) {
  const std::string text = render_text(make_report(fake::quickstart_results()), false);
  expect_narrow_and_clean(text);
  expect_golden("quickstart", text);
}

TEST(RenderText, ShowsACrash) {
  const std::string text =
      render_text(make_report(fake::quickstart_results({.one_crash = true})), false);
  expect_narrow_and_clean(text);
  expect_golden("crash", text);
}

TEST(RenderText, SaysWhatMovedAlong) {
  const std::string text = render_text(make_report(fake::explained_results()), false);
  expect_narrow_and_clean(text);
  expect_golden("explained", text);
}

TEST(RenderText, StaysNarrowAndHarmlessWhateverTheNames) {
  const std::string text = render_text(make_report(fake::hostile_results()), false);
  expect_narrow_and_clean(text);
  expect_golden("hostile", text);
}

TEST(RenderText, ShowsOursBelowPublishedCurves) {
  const std::string text = render_text(make_report(fake::published_results()), false);
  expect_narrow_and_clean(text);
  const std::size_t begin = text.find("Published, and here");
  ASSERT_NE(begin, std::string::npos);
  expect_golden("published", text.substr(begin, text.find("\nWhere the numbers") - begin));
}

TEST(RenderText, CutsCurvesThatAreLongOrMany) {
  Results results = fake::published_results();
  PublishedCurve& curve = results.run.published.curves[0];
  for (int i = 0; i < 30; ++i) curve.points.emplace_back(300 + i, 6000);
  for (int i = 0; i < 12; ++i) {
    results.run.arms.push_back("arm-" + std::to_string(i));
    ResultBoot boot = results.boots[0];
    boot.arm = static_cast<std::uint32_t>(results.run.arms.size() - 1);
    results.samples.push_back({static_cast<std::uint32_t>(results.boots.size()), 0, 0, 0, 1});
    results.boots.push_back(boot);
  }
  const std::string text = render_text(make_report(std::move(results)), false);
  expect_narrow_and_clean(text);
  EXPECT_THAT(text, testing::HasSubstr(" and 13 more\n"));
  EXPECT_THAT(text, testing::HasSubstr("    and 6 more curves: in the HTML report\n"));
}

TEST(RenderText, TellsLongNamesOfArmsApartAndLargeValues) {
  Results results = fake::quickstart_results();
  results.run.arms = {"linux-6.1", "linux-6.12"};
  results.run.baseline = "linux-6.1";
  for (MetricInfo& metric : results.run.metrics) metric.unit = "1/s";
  for (ResultSample& sample : results.samples) sample.value = std::floor(sample.value * 1e9);
  const std::string text = render_text(make_report(std::move(results)), false);
  expect_narrow_and_clean(text);
  EXPECT_THAT(text, testing::HasSubstr(" …nux-6.1 …ux-6.12 "));
  EXPECT_THAT(text, testing::ContainsRegex(" [0-9.]+e[+][0-9]+ +[0-9.,]+(e[+][0-9]+)? "));
}

TEST(RenderText, NamesTheMetricThatIsMissingWhereOthersAreThere) {
  Results results = fake::quickstart_results();
  std::erase_if(results.samples, [&](const ResultSample& sample) {
    return results.boots[sample.boot].arm == 1 && sample.metric == 0;
  });
  const std::string text = render_text(make_report(std::move(results)), false);
  expect_narrow_and_clean(text);
  EXPECT_THAT(text, testing::HasSubstr("walk_seconds:"));
}

TEST(RenderText, ShowsOneBlock) {
  const std::string text = render_text(make_report(fake::quickstart_results({.blocks = 1})), false);
  expect_narrow_and_clean(text);
  expect_golden("one-block", text);
}

TEST(RenderText, ShowsOneArmByItsMedians) {
  Results results = fake::quickstart_results();
  std::erase_if(results.samples,
                [&](const ResultSample& s) { return results.boots[s.boot].arm == 1; });
  results.run.arms.pop_back();
  results.run.arm_cmdlines.pop_back();
  for (ResultBoot& boot : results.boots) boot.arm = boot.arm == 1 ? 99 : 0;  // None of the arms.
  const std::string text = render_text(make_report(std::move(results)), false);
  expect_narrow_and_clean(text);
  expect_golden("one-arm", text);
}

TEST(RenderText, ShowsZerosAndNegativeValues) {
  const std::string text = render_text(make_report(with_zeros_and_negatives()), false);
  expect_narrow_and_clean(text);
  expect_golden("zeros", text);
}

TEST(RenderText, TellsStepsApartWhoseNamesDoNotFit) {
  Results results = fake::quickstart_results();
  results.steps[0].params = "children=16 scope=own";
  results.steps[1].params = "children=16 scope=all_pages_of_the_machine pages=64";
  results.steps[2].params = "children=64 scope=own";
  results.run.planned_steps.clear();
  const std::string text = render_text(make_report(std::move(results)), false);
  expect_narrow_and_clean(text);
  EXPECT_THAT(text, testing::HasSubstr("\n    children=16 scope=own\n      "));
  EXPECT_THAT(text, testing::HasSubstr(
                        "\n    children=16 scope=all_pages_of_the_machine pages=64\n      "));
}

TEST(RenderText, SaysNothingOfTheGrowthFromOnePointToAnother) {
  Results results = fake::quickstart_results();
  std::erase_if(results.samples, [](const ResultSample& sample) { return sample.step == 2; });
  results.steps.pop_back();
  results.run.planned_steps.pop_back();
  EXPECT_THAT(render_text(make_report(std::move(results)), false),
              testing::Not(testing::HasSubstr("How it grows")));
}

TEST(RenderText, ShowsThatThereIsNothing) {
  const std::string text = render_text(make_report({}), false);
  expect_narrow_and_clean(text);
  EXPECT_THAT(text, testing::HasSubstr("nothing has been booted"));
}

TEST(RenderText, ColoursOnlyWhenAsked) {
  const Report report = make_report(fake::quickstart_results());
  std::string colored = render_text(report, true);
  EXPECT_THAT(colored, testing::HasSubstr("\x1b[31m"));
  for (std::size_t at = 0; (at = colored.find("\x1b[", at)) != std::string::npos;)
    colored.erase(at, colored.find('m', at) - at + 1);
  const auto without_trailing_blanks = [](const std::string& text) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);)
      out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return out;
  };
  EXPECT_EQ(without_trailing_blanks(colored), render_text(report, false));
}

TEST(RenderText, SaysInItsWidthThatASeriesHasTooFewPoints) {
  Results results = fake::quickstart_results();
  std::erase_if(results.samples, [&](const ResultSample& sample) {
    return sample.step == 0 && results.boots[sample.boot].arm == 1;
  });
  const std::string text = render_text(make_report(std::move(results)), false);
  expect_narrow_and_clean(text);
  EXPECT_THAT(text, testing::HasSubstr("none: fewer than 3 positive points"));
}

TEST(RenderText, StaysShortWithManyMetrics) {
  Results results = fake::large_results(4800);
  for (int copy = 0; copy < 20; ++copy) {
    MetricInfo metric = results.run.metrics[1];
    metric.name = "extra" + std::to_string(copy);
    results.run.metrics.push_back(metric);
  }
  const std::string text = render_text(make_report(std::move(results)), false);
  expect_narrow_and_clean(text);
  EXPECT_THAT(text, testing::HasSubstr("Exploratory metrics\n"));
  EXPECT_THAT(text,
              testing::HasSubstr("more differences: in the HTML report and in compare --json"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 140);
}

}  // namespace
}  // namespace faultline
