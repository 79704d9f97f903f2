// SPDX-License-Identifier: GPL-2.0-or-later
// The renderers for mails, pull requests, spreadsheets and other tools.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "reports/report.h"
#include "reports/testing/fake_results.h"
#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

Report quickstart() {
  Results calibration = fake::quickstart_results({.blocks = 12, .seed = 5});
  calibration.run.kind = "calibration";
  return make_report(fake::quickstart_results(), &calibration);
}

TEST(Lkml, IsPlainAsciiOfAtMost75Columns) {
  for (const Results& results :
       {fake::quickstart_results({.one_crash = true}), fake::hostile_results(), Results{}})
    for (const std::string& line : lines_of(render_lkml(make_report(results)))) {
      EXPECT_LE(line.size(), 75u) << line;
      for (const char c : line) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
}

TEST(Lkml, TellsWhatACoverLetterNeeds) {
  const std::string text = render_lkml(quickstart());
  for (const char* part :
       {"base:     chains = debian:linux-source-6.12 + anon-vma-shared", "rmap.fork_share=1",
        "guest:    two-node: 2 nodes, 4 CPUs, 1.00 GiB, emulated", "95% interval",
        "all with pages=64", "two-node (emulated)", "geometric mean",
        "A/A floor: identical kernels", "worse", "reproduce: faultline run quickstart.yaml"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(Lkml, ShowsTheDigitThatIsNotExact) {
  ReportBuilder builder;
  builder.results_.run.accel = "icount";
  const Report report = builder.blocks({{1, 2}, {1, 2.5}}).report();
  EXPECT_THAT(render_lkml(report),
              HasSubstr("inexact:  new on t: blocks 1 and 2 differ: m, iteration 1"));
}

TEST(Lkml, CountsTheCpusOfAGuest) {
  ReportBuilder builder;
  builder.results_.run.topology_json = {R"({"nodes":[{"cpus":1,"memory":1073741824}]})"};
  EXPECT_THAT(render_lkml(builder.report()), HasSubstr("t: 1 node, 1 CPU, 1.00 GiB"));
}

TEST(Lkml, SaysExactInPlaceOfAnInterval) {
  ReportBuilder builder;
  builder.results_.run.accel = "icount";
  const std::string text = render_lkml(builder.blocks({{1, 2}, {1, 2}}).report());
  EXPECT_THAT(text, HasSubstr("x2.00  exact          2 worse"));
}

/// Three steps whose names differ only where a narrow column has cut them.
Results steps_with_long_names() {
  Results results = fake::quickstart_results();
  results.steps[0].params = "test=page_fault1 form=threads tasks=1";
  results.steps[1].params = "test=page_fault1 form=threads tasks=2";
  results.steps[2].params = "test=page_fault2 form=processes tasks=2";
  results.run.planned_steps.clear();
  return results;
}

TEST(Lkml, TellsStepsAndArmsApartWhoseNamesDoNotFit) {
  Results results = steps_with_long_names();
  results.run.arms = {"linux-6.10", "linux-6.12"};
  results.run.baseline = "linux-6.10";
  const std::string text = render_lkml(make_report(std::move(results)));
  EXPECT_THAT(text, HasSubstr("\n test=page_fault1 form=threads tasks=1\n   "));
  EXPECT_THAT(text, HasSubstr("\n test=page_fault1 form=threads tasks=2\n   "));
  EXPECT_THAT(text, HasSubstr(" ..ux-6.10 ..ux-6.12 "));
  for (const std::string& line : lines_of(text)) EXPECT_LE(line.size(), 75u) << line;
}

TEST(Mmtests, TellsStepsApartWhoseNamesDoNotFit) {
  const std::string text = render_mmtests(make_report(steps_with_long_names()));
  EXPECT_THAT(text, HasSubstr("\nAmean     test=page_fault1 form=threads tasks=1 "));
  EXPECT_THAT(text, HasSubstr("\nAmean     test=page_fault1 form=threads tasks=2 "));
}

TEST(Headline, BeginsOneSentence) {
  ReportBuilder builder;
  builder.results_.run.arms.emplace_back("newer");
  builder.blocks({{1, 1}});
  builder.boot(2, 0, {1});
  EXPECT_THAT(builder.report().headline,
              testing::AllOf(testing::StartsWith("Too few blocks to tell new from base"),
                             HasSubstr("; too few blocks to tell newer from base")));
}

TEST(Markdown, HasARowForEveryPrimaryComparison) {
  const auto lines = lines_of(render_markdown(quickstart()));
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) {
                            return line.find("🔴 regressed (emulated)") != std::string::npos;
                          }),
            6);
}

TEST(Markdown, LetsNoNameBecomeMarkup) {
  const std::string text = render_markdown(make_report(fake::hostile_results()));
  EXPECT_THAT(text, Not(HasSubstr("<script")));
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  // Every table row has its eight cells: a bar in a name divides nothing.
  for (std::string line : lines_of(text)) {
    if (!line.starts_with("| ")) continue;
    line = std::regex_replace(line, std::regex(R"(\\\|)"), "");
    EXPECT_EQ(std::count(line.begin(), line.end(), '|'), 9) << line;
  }
}

/// The fields of one line of CSV.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields{""};
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[i++];
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      fields.emplace_back();
    else
      fields.back() += line[i];
  }
  return fields;
}

TEST(Csv, HasAsManyFieldsInEveryLineWhateverTheNames) {
  for (const Results& results :
       {fake::quickstart_results({.one_crash = true}), fake::hostile_results()}) {
    const auto lines = lines_of(render_csv(make_report(results)));
    ASSERT_EQ(lines.size(), 25u);
    for (const std::string& line : lines) EXPECT_EQ(fields_of(line).size(), 28u) << line;
  }
}

TEST(Csv, GivesNumbersThatReadBack) {
  const Report report = quickstart();
  const auto lines = lines_of(render_csv(report));
  const auto head = fields_of(lines[0]);
  const auto at = [&](const char* name) {
    return static_cast<std::size_t>(std::find(head.begin(), head.end(), name) - head.begin());
  };
  const auto row = fields_of(lines[1]);
  EXPECT_EQ(std::stod(row[at("effect")]), report.comparisons[0].effect.value);
  EXPECT_EQ(row[at("verdict")], "regressed");
  EXPECT_EQ(row[at("time_label")], "emulated");
}

TEST(Csv, DefusesNamesThatASpreadsheetWouldRun) {
  Results results = fake::quickstart_results();
  results.run.arms[1] = "=HYPERLINK(\"x\")";
  EXPECT_THAT(render_csv(make_report(std::move(results))),
              HasSubstr(",\"'=HYPERLINK(\"\"x\"\")\","));
}

// https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md
TEST(Benchfmt, IsInTheGrammarOfTheFormatWhateverTheNames) {
  const std::regex benchmark(R"(Benchmark[A-Z0-9_.=+-]\S* 1( [-+0-9.eE]+ \S+)+)");
  const std::regex setting(R"([a-z][^A-Z\s]*: .*)");
  const std::regex unit(R"(Unit \S+ better=(lower|higher))");
  // A line for each boot and step; of the hostile ones a boot crashed in its last step.
  for (const auto& [results, lines] : {std::pair(fake::quickstart_results(), std::size_t{72}),
                                       std::pair(fake::hostile_results(), std::size_t{71})}) {
    std::size_t benchmarks = 0;
    for (const std::string& line : lines_of(render_benchfmt(make_report(results)))) {
      const bool is_benchmark = std::regex_match(line, benchmark);
      benchmarks += is_benchmark;
      EXPECT_TRUE(line.empty() || is_benchmark || std::regex_match(line, setting) ||
                  std::regex_match(line, unit))
          << line;
    }
    EXPECT_EQ(benchmarks, lines);
  }
}

TEST(Mmtests, ShowsTheBaselineFirstAndBetterAsPositive) {
  Results results = fake::quickstart_results();
  results.run.baseline = "shared";
  const std::string text = render_mmtests(make_report(std::move(results)));
  EXPECT_THAT(text, HasSubstr("                      shared                      chains\n"));
  EXPECT_THAT(text, HasSubstr("\nwith pages=64\n"));
  EXPECT_TRUE(std::regex_search(
      text, std::regex(R"(Amean     children=256 +9\.\d+ \(   0\.00%\) +0\.1\d+ \*  98\.\d+%\*)")))
      << text;
}

TEST(Mmtests, IsPlainAsciiWhateverTheNames) {
  for (const char c : render_mmtests(make_report(fake::hostile_results())))
    EXPECT_TRUE((c >= 0x20 && c < 0x7f) || c == '\n');
}

TEST(Executed, StandsInEveryFormatThatSaysWhy) {
  const Report report = make_report(fake::exact_results());
  EXPECT_THAT(render_text(report, false), HasSubstr("kernel page_vma_mapped_walk"));
  const std::string html = render_html(report);
  EXPECT_THAT(html, HasSubstr("kernel page_vma_mapped_walk"));
  EXPECT_THAT(html, HasSubstr("123,162,624"));  // Every digit of 117 * 16 * 256 * 257.
  EXPECT_THAT(html, HasSubstr("3 are equal to the last instruction"));
  EXPECT_THAT(render_json(report), HasSubstr("\"equal_functions\": 3"));
}

TEST(Explain, IsTheSameOnAnyNumberOfThreads) {
  const Report one = make_report(fake::explained_results(), nullptr, 1);
  const Report many = make_report(fake::explained_results(), nullptr, 5);
  EXPECT_EQ(render_json(one), render_json(many));
  EXPECT_EQ(render_html(one), render_html(many));
}

}  // namespace
}  // namespace faultline
