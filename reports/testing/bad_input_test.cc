// SPDX-License-Identifier: GPL-2.0-or-later
// A report comes out of whatever there is, by every renderer; it says what is missing and drops
// nothing in silence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "reports/report.h"
#include "reports/testing/fake_results.h"
#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// The report in every format.
std::map<std::string, std::string> all_formats(const Report& report) {
  return {{"text", render_text(report, false)},  {"lkml", render_lkml(report)},
          {"markdown", render_markdown(report)}, {"csv", render_csv(report)},
          {"html", render_html(report)},         {"json", render_json(report)},
          {"benchfmt", render_benchfmt(report)}, {"mmtests", render_mmtests(report)}};
}

/// A report comes out in every format.
void expect_rendered(const Report& report) {
  for (const auto& [format, text] : all_formats(report)) EXPECT_FALSE(text.empty()) << format;
}

/// The text without what formats put between words: line ends, indents, Markdown's backslashes.
std::string flat(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') continue;
    if (c != '\n' && c != ' ')
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return out;
}

/// Every format says it in these words; of `but` nothing is asked.
void expect_told(const Report& report, const std::string& words,
                 const std::set<std::string>& but = {}) {
  for (const auto& [format, text] : all_formats(report))
    if (!but.contains(format)) {
      EXPECT_THAT(flat(text), HasSubstr(words)) << format;
    }
}
/// Formats of figures alone: what has no comparison or no value is not in them.
const std::set<std::string> of_values{"benchfmt", "mmtests"};

const std::vector<std::pair<double, double>> six{{1, 2}, {1, 3}, {1, 2}, {1, 4}, {1, 2}, {1, 3}};

TEST(BadInput, ACellWithoutData) {
  ReportBuilder builder;
  builder.blocks(six);
  builder.results_.run.planned_steps = {"w\tn=1", "w\tn=2"};
  builder.results_.boots[1].outcome.kind = OutcomeKind::timed_out;  // Any boot may have had it.
  const Report report = builder.report();
  expect_rendered(report);
  for (const auto& [format, text] : all_formats(report))
    if (format != "csv") {  // Rows are comparisons; the baseline is planned without this step.
      EXPECT_THAT(text, testing::AnyOf(HasSubstr("new on t, w n=2"), HasSubstr("| t | w n=2"),
                                       HasSubstr("\"params\": \"n=2\"")))
          << format;
    }
}

TEST(BadInput, OneBlock) {
  const Report report = ReportBuilder().blocks({{1, 2}}).report();
  expect_told(report, "1 block complete, 6 are needed", {"lkml", "benchfmt", "mmtests"});
  EXPECT_THAT(render_lkml(report), HasSubstr("Too few blocks to tell new from base"));
  expect_rendered(make_report(fake::quickstart_results({.blocks = 1})));
}

TEST(BadInput, AllValuesEqual) {
  const Report report =
      ReportBuilder().blocks({{2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}, {2, 2}}).report();
  expect_rendered(report);
  EXPECT_EQ(report.comparisons.at(0).verdict, Verdict::equivalent);
}

TEST(BadInput, ZerosAndNegativesInARatio) {
  for (const double bad : {0.0, -1.0, -0.0}) {
    std::vector<std::pair<double, double>> blocks = six;
    blocks[3].second = bad;
    const Report report = ReportBuilder().blocks(blocks).report();
    EXPECT_EQ(report.comparisons.at(0).verdict, Verdict::not_comparable);
    expect_told(report, "zero or negative value in 1 of 6 blocks", of_values);
    expect_rendered(report);
  }
}

TEST(BadInput, WhatIsNoNumber) {
  const double most = std::numeric_limits<double>::max();
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL, most}) {
    std::vector<std::pair<double, double>> blocks = six;
    for (auto& block : blocks) block.second = bad;
    for (const char* scale : {"ratio", "difference"})
      for (const char* method : {"hodges-lehmann", "mean-t", "bootstrap"}) {
        ReportBuilder builder;
        builder.metric(scale, "lower", "sum").blocks(blocks);
        builder.results_.run.declared["analysis.method"] = method;
        builder.results_.run.declared["gate"] = "";
        expect_rendered(builder.report());
      }
  }
}

TEST(BadInput, PublishedCurvesOfAnything) {
  Results results = fake::published_results();
  const std::string nasty = "<b>\x1b[31m\xff" + std::string(10'240, 'x');
  PublishedRecord& published = results.run.published;
  for (PublishedCurve& curve : published.curves) {
    curve.what = curve.unit = curve.over = nasty;
    curve.points = {{-1, 0}, {0, -1e308}, {1e-320, 1e308}};
  }
  published.curves.push_back({nasty, "", "", {}, {{nasty, nasty, nasty, nasty, {nasty}}}});
  for (std::string& arm : results.run.arms) arm += nasty;
  results.run.baseline = results.run.arms[0];
  for (MetricInfo& metric : results.run.metrics) metric.unit = nasty;
  expect_rendered(make_report(results));
  results.run.arms.clear();  // Boots of arms that are not there.
  expect_rendered(make_report(std::move(results)));
}

TEST(BadInput, CountsTheSamplesThatAreNoNumber) {
  std::vector<std::pair<double, double>> blocks = six;
  blocks[2].second = std::nan("");
  blocks[4].second = HUGE_VAL;
  const Report report = ReportBuilder().blocks(blocks).report();
  EXPECT_THAT(report.warnings, Contains("2 samples left out: not a finite number."));
  expect_told(report, "2 of 6 boots missing: 2 no finite value", {"csv"});
}

TEST(BadInput, TinyAndHugeRatios) {
  const double least = std::numeric_limits<double>::denorm_min();
  const double most = std::numeric_limits<double>::max();
  expect_rendered(ReportBuilder()
                      .blocks({{least, most},
                               {least, most},
                               {least, most},
                               {least, most},
                               {least, most},
                               {least, most}})
                      .report());
}

TEST(BadInput, AnArmThatCrashedInEveryBlock) {
  Results results = fake::quickstart_results();
  for (ResultBoot& boot : results.boots)
    if (boot.arm == 1) boot.outcome.kind = OutcomeKind::boot_failed;
  std::erase_if(results.samples,
                [&](const ResultSample& s) { return results.boots[s.boot].arm == 1; });
  const Report report = make_report(std::move(results));
  expect_told(report, "6 of 6 boots missing: 6 boot_failed");
  ASSERT_EQ(report.comparisons.size(), 24u);
  for (const Comparison& c : report.comparisons) {
    EXPECT_EQ(c.verdict, Verdict::not_comparable);
    EXPECT_EQ(c.reason, "shared has no value (6 of 6 boots missing: 6 boot_failed)");
  }
}

TEST(BadInput, AMetricOfOneArmOnly) {
  Results results = fake::quickstart_results();
  std::erase_if(results.samples, [&](const ResultSample& s) {
    return s.metric == 1 && results.boots[s.boot].arm == 0;
  });
  const Report report = make_report(std::move(results));
  expect_told(report, "6 of 6 boots missing: 6 no finite value");
  EXPECT_THAT(render_markdown(report), HasSubstr("not comparable"));
  for (const Comparison& c : report.comparisons)
    if (c.metric == 1) {
      EXPECT_EQ(c.verdict, Verdict::not_comparable);
      EXPECT_THAT(c.reason, HasSubstr("chains has no value"));
    }
}

TEST(BadInput, UnitsThatAreNotThoseOfTheCalibration) {
  Results calibration = fake::quickstart_results({.blocks = 12});
  calibration.run.kind = "calibration";
  calibration.run.metrics[0].unit = "ms";
  const Report report = make_report(fake::quickstart_results(), &calibration);
  expect_told(report, "of another set-up", {"csv", "benchfmt"});
  EXPECT_THAT(report.warnings, Contains(HasSubstr("the unit of walk_seconds was ms, is s")));
}

TEST(BadInput, TenThousandCells) {
  Results results = fake::quickstart_results({.blocks = 1});
  const std::vector<ResultSample> samples = results.samples;
  for (std::uint32_t i = 4; i < 840; ++i) {
    MetricInfo metric = results.run.metrics[i % 4];
    metric.name += std::to_string(i);
    results.run.metrics.push_back(metric);
    for (const ResultSample& sample : samples)
      if (sample.metric == i % 4) {
        results.samples.push_back(sample);
        results.samples.back().metric = i;
      }
  }
  const Report report = make_report(std::move(results));
  EXPECT_EQ(report.cells.size(), 10'080u);
  expect_rendered(report);
}

TEST(BadInput, NamesOfAnyKind) {
  expect_rendered(make_report(fake::hostile_results()));
}

TEST(BadInput, WhatWasDeclaredMayBeAnything) {
  Results results = fake::quickstart_results();
  results.run.declared = {
      {"analysis.method", "magic"}, {"analysis.equivalence", "-1"},       {"analysis.margin", "2"},
      {"analysis.margin x", "nan"}, {"analysis.margin fork_seconds", ""}, {"gate", "\x1b[31m"},
      {"gate.times", "<b>"},        {"other\n", std::string(9000, 'x')}};
  expect_rendered(make_report(std::move(results)));
}

TEST(BadInput, IndicesThatNameNothing) {
  Results results = fake::quickstart_results();
  results.boots[0].arm = 77;
  results.boots[1].topology = 77;
  results.samples[5].boot = 999'999;
  results.samples[6].step = 999'999;
  results.samples[7].metric = 999'999;
  results.run.topology_json.clear();
  results.run.arm_cmdlines.clear();
  const Report report = make_report(std::move(results));
  expect_rendered(report);
  EXPECT_THAT(report.warnings, Contains(HasSubstr("of no known boot, step or metric")));
}

TEST(BadInput, NothingAtAll) {
  expect_rendered(make_report({}));
  const Results nothing;
  expect_rendered(make_report(fake::quickstart_results(), &nothing));
}

}  // namespace
}  // namespace faultline
