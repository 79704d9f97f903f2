// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/text/columns.h"
#include "reports/text/why_text.h"

namespace faultline {
namespace {

constexpr std::size_t kWidth = 80;
// Columns of the comparison table: 4 + 16 + 9 + 9 + 8 + 2 + 15 + 4 + 1 + 12 = 80.
constexpr std::size_t kStep = 16;
constexpr std::size_t kValue = 9;
constexpr std::size_t kChange = 8;
constexpr std::size_t kInterval = 15;
constexpr std::size_t kCount = 4;
constexpr std::size_t kVerdict = 12;
constexpr std::size_t kMostRows = 200;
constexpr std::size_t kMostOthers = 10;  ///< Exploratory differences listed one by one.
constexpr std::size_t kMostLines = 20;   ///< Of each list of troubles.
constexpr std::size_t kMostBeside = 8;   ///< Of ours beside one published pair or curve.
// Columns of a curve: 4 + 26 + 14 + 18 + 2 + 16 = 80.
constexpr std::size_t kWhose = 26;
constexpr std::size_t kAlong = 14;
constexpr std::size_t kFigure = 18;

/// In the words of the column: its width has no room for more.
const char* short_verdict(const Comparison& c) {
  switch (c.verdict) {
    case Verdict::improved:
      return "improved";
    case Verdict::regressed:
      return "regressed";
    case Verdict::changed:
      return "changed";
    case Verdict::equivalent:
      return "equivalent";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::not_comparable:
      break;
  }
  return "n/a";
}

class TextReport {
 public:
  TextReport(const Report& report, bool color) : report_(report), color_(color) {}

  std::string render() {
    head();
    gate();
    if (report_.comparisons.empty()) {
      medians();
    } else {
      chief();
      others();
      open_questions();
    }
    why();
    floor();
    sweeps();
    published();
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

  void gate() {
    if (!report_.gate) return;
    line();
    line(report_.gate->passed ? "gate: " + paint("passed", "32")
                              : "gate: " + paint("FAILED", "31"));
    for (const std::string& failure : report_.gate->failures) paragraph(failure, "  ", "    ");
  }

  std::string median_text(const CellSummary* of) const {
    if (of == nullptr || of->median.n == 0) return "-";
    return format_quantity(of->median.value, run().metrics[of->metric].unit);
  }

  /// The primary metrics: a table for each metric and arm.
  void chief() {
    std::vector<const Comparison*> rows = chief_comparisons(report_);
    const auto table_of = [](const Comparison* c) { return std::tuple(c->metric, c->arm); };
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const auto* a, const auto* b) { return table_of(a) < table_of(b); });
    const Comparison* previous = nullptr;
    std::size_t listed = 0;
    for (const Comparison* c : rows) {
      if (++listed > kMostRows) {
        line(fmt::format("  and {}: in the HTML report and in compare --json",
                         count_of(rows.size() - kMostRows, "more comparison")));
        break;
      }
      const bool same = previous != nullptr && table_of(previous) == table_of(c);
      if (!same) table_head(*c);
      if (!same || previous->topology != c->topology) place(*c);
      row(*c);
      previous = c;
    }
  }

  void table_head(const Comparison& c) {
    const MetricInfo& metric = run().metrics[c.metric];
    std::string good;
    if (metric.direction == "lower") good = ", less is better";
    if (metric.direction == "higher") good = ", more is better";
    heading(fmt::format("{} of {}{}: {} against {}", short_name(metric.name, 26),
                        short_name(metric.workload, 16), good, short_name(run().arms[c.arm], 12),
                        short_name(run().baseline, 12)));
    const std::string& arm = run().arms[c.arm];
    const auto above = [](const std::string& name, const std::string& other) {
      return fit(" " + visible_line(short_name_beside(name, other, kValue - 1)), kValue,
                 Align::right);
    };
    line(paint("    " + fit("", kStep) + above(run().baseline, arm) + above(arm, run().baseline) +
                   fit("change", kChange, Align::right) + "  " + fit("95 % interval", kInterval) +
                   fit("n", kCount, Align::right) + " verdict",
               "2"));
  }

  void place(const Comparison& c) {
    std::string label;
    if (c.exact) label = ", exact";
    if (c.time_label) label = ", " + to_string(*c.time_label) + " time";
    line(fit("  " + visible_line(short_name(run().topologies[c.topology], 50)) + label, kWidth));
  }

  std::string interval_text(const Comparison& c) const {
    if (c.exact) return "exact";
    std::string text = format_interval(c, run().metrics[c.metric].unit);
    if (text.empty()) return "-";
    if (display_width(text) > kInterval)
      if (const std::size_t to = text.find(" to "); to != std::string::npos)
        text.replace(to, 4, "…");
    return visible_line(text);
  }

  std::string painted_verdict(const Comparison& c, std::size_t width) const {
    const std::string verdict = fit(short_verdict(c), width);
    if (c.verdict == Verdict::regressed) return paint(verdict, "31");
    return c.verdict == Verdict::improved ? paint(verdict, "32") : verdict;
  }

  /// What goes into a column of `width`: the name, or nothing after the name has got a line of its
  /// own, since names that are cut look all alike.
  std::string own_line_if_wide(const std::string& name, std::size_t width,
                               const std::string& indent) {
    const std::string shown = visible_line(short_name(name, 200));
    if (display_width(shown) <= width) return fit(shown, width);
    paragraph(shown, indent, std::string(indent.size() + 2, ' '));
    return fit("", width);
  }

  /// With a blank before it, however large.
  std::string value(const CellSummary* cell) const {
    std::string text = median_text(cell);
    if (display_width(text) >= kValue) text = fmt::format("{:.2e}", cell->median.value);
    return fit(" " + text, kValue, Align::right);
  }

  void row(const Comparison& c) {
    const std::string& unit = run().metrics[c.metric].unit;
    const std::string& params = report_.results.steps[c.step].params;
    const std::string change = format_effect(c, unit);
    // What all steps of the workload share says nothing in a row.
    line("    " +
         own_line_if_wide(params.empty() ? "all" : varying_parameters(report_, c.step), kStep,
                          "    ") +
         value(cell_of(report_, c, baseline_index(run()))) + value(cell_of(report_, c, c.arm)) +
         fit(change.empty() ? "-" : change, kChange, Align::right) + "  " +
         fit(interval_text(c), kInterval) + fit(std::to_string(c.effect.n), kCount, Align::right) +
         " " + painted_verdict(c, kVerdict));
  }

  /// The exploratory metrics: how many of each verdict, and the differences.
  void others() {
    std::vector<const Comparison*> rows = other_comparisons(report_);
    if (rows.empty()) return;
    heading("Exploratory metrics");
    paragraph(verdict_counts(rows), "  ", "  ");
    rows.erase(std::remove_if(rows.begin(), rows.end(),
                              [](const Comparison* c) {
                                return c->verdict != Verdict::improved &&
                                       c->verdict != Verdict::regressed &&
                                       c->verdict != Verdict::changed;
                              }),
               rows.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto* a, const auto* b) { return size_of(*a) > size_of(*b); });
    for (std::size_t i = 0; i < std::min(rows.size(), kMostOthers); ++i) {
      const Comparison& c = *rows[i];
      const MetricInfo& metric = run().metrics[c.metric];
      const std::string where =
          metric.name + (run().arms.size() > 2 ? " " + short_name(run().arms[c.arm], 12) : "") +
          ", " + varying_parameters(report_, c.step) + ", " + run().topologies[c.topology] +
          (c.time_label ? " (" + to_string(*c.time_label) + ")" : "");
      line("  " + own_line_if_wide(where, 39, "  ") +
           fit(format_effect(c, metric.unit), 10, Align::right) + "  " +
           fit(interval_text(c), kInterval) + " " + painted_verdict(c, kVerdict));
    }
    if (rows.size() > kMostOthers)
      line(fmt::format("  and {}: in the HTML report and in compare --json",
                       count_of(rows.size() - kMostOthers, "more difference")));
  }

  /// How far an effect is from none; differences, which have no common scale, last.
  static double size_of(const Comparison& c) {
    return c.is_ratio && c.effect.value > 0 ? std::fabs(std::log(c.effect.value)) : -1;
  }

  /// What it would take to settle what is open, and why the rest cannot be compared.
  void open_questions() {
    struct Open {
      std::size_t count = 0;
      std::size_t never = 0;  ///< That no number of further blocks would settle.
      std::uint32_t least = UINT32_MAX;
      std::uint32_t most = 0;
    };
    std::map<std::string, Open> reasons;
    for (const Comparison& c : report_.comparisons)
      if (c.verdict == Verdict::not_comparable) ++reasons["not comparable: " + c.reason].count;
    for (const Comparison* c : chief_comparisons(report_)) {
      if (c->verdict != Verdict::inconclusive) continue;
      Open& open = reasons["inconclusive: " + c->reason];
      ++open.count;
      open.never += !c->further_blocks;
      open.least = std::min(open.least, c->further_blocks.value_or(UINT32_MAX));
      open.most = std::max(open.most, c->further_blocks.value_or(0));
    }
    if (reasons.empty()) return;
    line();
    std::size_t listed = 0;
    for (const auto& [reason, open] : reasons) {
      if (++listed > kMostLines) {
        line(fmt::format("and {}", count_of(reasons.size() - kMostLines, "more reason")));
        break;
      }
      std::string text = open.count == 1 ? reason : fmt::format("{} × {}", open.count, reason);
      if (open.most > 0)
        text += open.least == open.most
                    ? fmt::format("; about {}", count_of(open.most, "further block"))
                    : fmt::format("; about {} to {} further blocks", open.least, open.most);
      if (open.never > 0) text += fmt::format("; for {} no number up to 1000 would do", open.never);
      paragraph(text, "", "  ");
    }
  }

  void why() {
    if (report_.why.empty()) return;
    heading("Why: what moved along");
    for (std::string& one : why_lines(report_)) line(std::move(one));
  }

  void floor() {
    if (report_.results.boots.empty() || all_exact(report_)) return;
    line();
    paragraph("A/A floor: " + calibration_text(report_), "", "  ");
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
    auto sweeps = chief_sweeps(report_);
    // Of two points there is none, and the table above shows them side by side.
    std::erase_if(sweeps, [](const SweepSummary* sweep) {
      return std::all_of(sweep->series.begin(), sweep->series.end(),
                         [](const SweepSeries& series) { return series.exponent.n == 0; });
    });
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
        std::string exponent = " none: fewer than 3 positive points";
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

  /// What others published, and what stands beside it here.
  void published() {
    const PublishedRecord& record = run().published;
    if (record.name.empty()) return;
    heading("Published, and here");
    paragraph(record.source, "  ", "    ");
    paragraph(record.said, "  ", "  ");
    for (const PublishedBeside& one : report_.published) {
      const PublishedPair& pair = record.pairs[one.pair];
      paragraph(pair.what, "  ", "    ");
      line("    published  " + visible_line(published_text(pair)));
      if (one.comparisons.empty()) line("    here       nothing of the kind is measured");
      for (std::size_t i = 0; i < std::min(one.comparisons.size(), kMostBeside); ++i)
        beside(report_.comparisons[one.comparisons[i]]);
      if (one.comparisons.size() > kMostBeside)
        line(fmt::format("               and {} more", one.comparisons.size() - kMostBeside));
    }
    for (const CurveBeside& one : report_.curves) curve(one);
    if (!record.may_differ.empty()) line("  Why they may differ");
    for (const std::string& reason : record.may_differ) paragraph(reason, "  - ", "    ");
  }

  void beside(const Comparison& c) {
    const std::string where =
        varying_parameters(report_, c.step) + ", " + run().topologies[c.topology];
    const std::string effect = format_effect(c, run().metrics[c.metric].unit);
    const std::string last = own_line_if_wide(where, 27, "    here       ");
    const bool same_line = last.find_first_not_of(' ') != std::string::npos;
    line((same_line ? "    here       " : "               ") +
         fit(effect.empty() ? "-" : effect, kChange) + " " + fit(interval_text(c), kInterval) +
         " " + last + " " + painted_verdict(c, kVerdict));
  }

  /// A published curve, and below it ours: their levels differ by machine, their growth need not.
  void curve(const CurveBeside& one) {
    const PublishedCurve& published = run().published.curves[one.curve];
    paragraph(published.what, "  ", "    ");
    line(paint("    " + fit("", kWhose) +
                   fit(visible_line(short_name(published.over, 80)), kAlong, Align::right),
               "2"));
    curve_rows(published_rows(published, one));
    paragraph("here: " + ours_text(published, one), "    ", "      ");
    for (std::size_t i = 0; i < std::min(one.series.size(), kMostBeside); ++i)
      curve_rows(series_rows(report_, one, one.series[i]));
    if (one.series.size() > kMostBeside)
      line(fmt::format("    and {}: in the HTML report",
                       count_of(one.series.size() - kMostBeside, "more curve")));
  }

  void curve_rows(const CurveRows& curve) {
    const std::vector<CurveRows::Row>& rows = curve.rows;
    std::string first = own_line_if_wide(curve.whose, kWhose, "    ");
    const auto row = [&](const std::string& at, const std::string& figure,
                         const std::string& boots) {
      line("    " + std::exchange(first, fit("", kWhose)) + fit(at, kAlong, Align::right) +
           fit(visible_line(figure), kFigure, Align::right) + "  " + boots);
    };
    for (std::size_t i = 0; i < std::min(rows.size(), kMostLines); ++i)
      row(format_number(rows[i].at), rows[i].figure,
          rows[i].boots == 0 ? "" : count_of(rows[i].boots, "boot"));
    if (rows.size() > kMostLines) row("", fmt::format("and {} more", rows.size() - kMostLines), "");
    if (curve.exponent) row("exponent", fmt::format("{:.2f}", *curve.exponent), "");
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
