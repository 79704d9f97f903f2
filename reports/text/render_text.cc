// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/text/columns.h"

namespace faultline {
namespace {

constexpr std::size_t kWidth = 80;
// Columns of the comparison table: 2 + 18 + 9 + 9 + 9 + 2 + 19 + 4 + 1 + 7 = 80.
constexpr std::size_t kMetric = 18;
constexpr std::size_t kValue = 9;
constexpr std::size_t kChange = 9;
constexpr std::size_t kInterval = 19;
constexpr std::size_t kCount = 4;
constexpr std::size_t kVerdict = 7;
constexpr std::size_t kMostRows = 200;  ///< Beyond these only primary metrics are listed.
constexpr std::size_t kMostLines = 20;  ///< Of each list of troubles.

const char* short_verdict(const Comparison& c) {
  const double none = c.is_ratio ? 1 : 0;
  if (c.effect.low == none && c.effect.high == none) return "equal";
  if (c.better) return "better";
  if (c.worse) return "worse";
  if (c.verdict == "higher") return "higher";
  if (c.verdict == "lower") return "lower";
  if (c.verdict == "no clear difference") return "unclear";
  return c.verdict == "too few blocks" ? "too few" : "n/a";
}

/// What stands in the place of an interval that does not exist.
std::string why_no_interval(const Comparison& c) {
  if (c.verdict == "not comparable") return "zero or negative";
  return c.note.starts_with(std::to_string(c.effect.n) + " of ")
             ? c.note.substr(0, c.note.find(" complete"))
             : count_of(c.effect.n, "block");
}

class TextReport {
 public:
  TextReport(const Report& report, bool color) : report_(report), color_(color) {}

  std::string render() {
    head();
    if (report_.comparisons.empty())
      medians();
    else
      comparisons();
    sweeps();
    list("What is missing", missing_lines(report_));
    provenance();
    return std::move(out_);
  }

 private:
  void line(std::string text = "") {
    text.erase(text.find_last_not_of(' ') + 1);
    out_ += text + "\n";
  }

  std::string paint(const std::string& text, const char* code) const {
    return color_ ? std::string("\x1b[") + code + "m" + text + "\x1b[0m" : text;
  }

  void paragraph(std::string_view text, const std::string& first, const std::string& rest,
                 const char* code = nullptr) {
    bool is_first = true;
    for (const std::string& part : wrap(visible_line(text), kWidth - display_width(rest))) {
      line((is_first ? first : rest) + (code != nullptr ? paint(part, code) : part));
      is_first = false;
    }
  }

  void heading(std::string_view text) {
    line();
    const std::string shown = visible_line(text);
    line(paint(display_width(shown) > kWidth ? fit(shown, kWidth) : shown, "1"));
  }

  const RunInfo& run() const { return report_.results.run; }

  void head() {
    if (!run().experiment.empty())
      paragraph(fmt::format("{}, run {}", short_name(run().experiment, 60), run().run_id), "", "");
    paragraph(short_name(run().question, 400), "", "");
    if (!out_.empty()) line();
    paragraph(report_.headline, "", "", "1");
    std::size_t listed = 0;
    if (!report_.warnings.empty()) line();
    for (const std::string& warning : report_.warnings) {
      if (++listed > kMostLines) {
        line(fmt::format("! and {} more; the HTML report has them all",
                         report_.warnings.size() - kMostLines));
        break;
      }
      paragraph(warning, paint("!", "33") + " ", "  ");
    }
  }

  const CellSummary* cell(std::uint32_t arm, const Comparison& like) const {
    const auto key = [](const CellSummary& c) {
      return std::tuple(c.topology, c.step, c.metric, c.arm);
    };
    const std::tuple wanted(like.topology, like.step, like.metric, arm);
    const auto found =
        std::lower_bound(report_.cells.begin(), report_.cells.end(), wanted,
                         [&](const CellSummary& c, const auto& value) { return key(c) < value; });
    return found != report_.cells.end() && key(*found) == wanted ? &*found : nullptr;
  }

  std::string median_text(const CellSummary* of) const {
    if (of == nullptr || of->median.n == 0) return "-";
    return format_quantity(of->median.value, run().metrics[of->metric].unit);
  }

  void comparisons() {
    const bool all = report_.comparisons.size() <= kMostRows;
    const auto found = std::find(run().arms.begin(), run().arms.end(), run().baseline);
    const auto baseline = static_cast<std::uint32_t>(found - run().arms.begin());
    std::size_t left_out = 0;
    for (std::uint32_t topology = 0; topology < run().topologies.size(); ++topology)
      for (std::uint32_t arm = 0; arm < run().arms.size(); ++arm) {
        const Comparison* previous = nullptr;
        for (const Comparison& c : report_.comparisons) {
          if (c.topology != topology || c.arm != arm) continue;
          if (!all && !run().metrics[c.metric].primary) {
            ++left_out;
            continue;
          }
          if (previous == nullptr) table_head(c);
          if (previous == nullptr || previous->step != c.step)
            line(fit("  " + visible_line(short_name(step_name(report_.results.steps[c.step]), 200)),
                     kWidth));
          row(c, baseline);
          previous = &c;
        }
      }
    line();
    paragraph(
        "* primary metric. Changes are paired within n blocks: + and - in percent, × and ÷ as "
        "factors. " +
            chance_note(report_),
        "", "");
    if (left_out > 0)
      line(fmt::format("{} of other metrics: in the HTML report and in compare --json.",
                       count_of(left_out, "comparison")));
  }

  void table_head(const Comparison& c) {
    heading(short_name(run().topologies[c.topology], 30) + ": " +
            short_name(run().arms[c.arm], 20) + " against " + short_name(run().baseline, 20));
    line(
        paint("  " + fit("", kMetric) +
                  fit(" " + visible_line(short_name(run().baseline, 40)), kValue, Align::right) +
                  fit(" " + visible_line(short_name(run().arms[c.arm], 40)), kValue, Align::right) +
                  fit("change", kChange, Align::right) + "  " + fit("95 % interval", kInterval) +
                  fit("n", kCount, Align::right) + " verdict",
              "2"));
  }

  void row(const Comparison& c, std::uint32_t baseline) {
    const MetricInfo& metric = run().metrics[c.metric];
    std::string name = "  " + short_name(metric.name, 100);
    std::string interval = format_interval(c, metric.unit);
    if (interval.empty()) interval = why_no_interval(c);
    if (display_width(interval) > kInterval)
      if (const std::size_t to = interval.find(" to "); to != std::string::npos)
        interval.replace(to, 4, "…");
    const std::string verdict = fit(short_verdict(c), kVerdict);
    name = fit(visible_line(name), kMetric - (metric.primary ? 1 : 0));
    if (metric.primary) {  // The star stands at the name, not at the end of the column.
      const std::size_t end = name.find_last_not_of(' ') + 1;
      name.insert(end, "*");
    }
    const std::string change = format_effect(c, metric.unit);
    line("  " + name + fit(median_text(cell(baseline, c)), kValue, Align::right) +
         fit(median_text(cell(c.arm, c)), kValue, Align::right) +
         fit(change.empty() ? "-" : change, kChange, Align::right) + "  " +
         fit(visible_line(interval), kInterval) +
         fit(std::to_string(c.effect.n), kCount, Align::right) + " " +
         (c.worse    ? paint(verdict, "31")
          : c.better ? paint(verdict, "32")
                     : verdict));
  }

  /// Without a second arm there is nothing to compare, but there are medians.
  void medians() {
    const CellSummary* previous = nullptr;
    std::size_t listed = 0;
    for (const CellSummary& c : report_.cells) {
      if (++listed > kMostRows) {
        line(fmt::format("  and {} more", report_.cells.size() - kMostRows));
        break;
      }
      const MetricInfo& metric = run().metrics[c.metric];
      if (previous == nullptr || previous->topology != c.topology) {
        heading(short_name(run().topologies[c.topology], 60));
        line("  " + fit("", 40) + fit("median", 10, Align::right) + fit("least", 10, Align::right) +
             fit("most", 10, Align::right) + fit("n", 6, Align::right));
      }
      if (previous == nullptr || previous->topology != c.topology || previous->step != c.step)
        line(fit("  " + visible_line(short_name(step_name(report_.results.steps[c.step]), 200)),
                 kWidth));
      line("    " + fit(visible_line(short_name(run().arms[c.arm], 15) + " " + metric.name), 38) +
           fit(median_text(&c), 10, Align::right) +
           fit(c.median.n > 0 ? format_quantity(c.min, metric.unit) : "-", 10, Align::right) +
           fit(c.median.n > 0 ? format_quantity(c.max, metric.unit) : "-", 10, Align::right) +
           fit(std::to_string(c.median.n), 6, Align::right));
      previous = &c;
    }
  }

  void sweeps() {
    const auto sweeps = chief_sweeps(report_);
    if (sweeps.empty()) return;
    heading("How it grows (exponent 1: linear, 2: quadratic)");
    std::size_t listed = 0;
    for (const SweepSummary* sweep : sweeps) {
      if (++listed > kMostLines) {
        line(fmt::format("  and {}", count_of(sweeps.size() - kMostLines, "more sweep")));
        break;
      }
      paragraph(
          fmt::format("{} of {} over {} = {} to {}{}",
                      short_name(run().metrics[sweep->metric].name, 40),
                      short_name(sweep->workload, 40), short_name(sweep->parameter, 40),
                      format_number(sweep->values.front()), format_number(sweep->values.back()),
                      sweep->held.empty() ? "" : " with " + short_name(sweep->held, 80)),
          "  ", "    ");
      for (const SweepSeries& series : sweep->series) {
        const Estimate& e = series.exponent;
        std::string exponent = "no exponent: fewer than 3 positive points in a boot";
        if (e.n > 0) {
          exponent = fmt::format("{:5.2f}", e.value);
          if (e.low && e.high) exponent += fmt::format("  {:.2f} to {:.2f}", *e.low, *e.high);
          exponent += "  " + count_of(e.n, "boot");
        }
        line("    " + fit(visible_line(short_name(run().topologies[series.topology], 80)), 16) +
             " " + fit(visible_line(short_name(run().arms[series.arm], 80)), 16) + " " + exponent);
      }
    }
  }

  void list(const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    heading(title);
    for (std::size_t i = 0; i < lines.size() && i < kMostLines; ++i)
      paragraph(lines[i], "  ", "    ");
    if (lines.size() > kMostLines) line(fmt::format("  and {} more", lines.size() - kMostLines));
  }

  void provenance() {
    const auto facts = provenance_facts(report_);
    if (!facts.empty()) heading("Where the numbers come from");
    for (const auto& [label, value] : facts)
      paragraph(short_name(value, 400), "  " + fit(label, 12) + " ", std::string(15, ' '));
  }

  const Report& report_;
  bool color_;
  std::string out_;
};

}  // namespace

std::string render_text(const Report& report, bool color) {
  return TextReport(report, color).render();
}

}  // namespace faultline
