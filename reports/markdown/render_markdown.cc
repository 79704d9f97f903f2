// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"

namespace faultline {
namespace {

constexpr std::size_t kMostRows = 100;  ///< GitHub cuts comments at 65,536 characters.
constexpr std::size_t kMostLines = 20;

/// Text that is only text in Markdown: no markup, link, mention or table cell can come of it.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : visible_line(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '@')
      out += "&#64;";
    else if (std::string_view("\\`*_{}[]()#|!~>").find(c) != std::string_view::npos)
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

const char* mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::improved:
      return "🟢 ";
    case Verdict::regressed:
      return "🔴 ";
    default:
      return "";
  }
}

std::string row(const Report& report, const Comparison& c) {
  const RunInfo& run = report.results.run;
  const MetricInfo& metric = run.metrics[c.metric];
  const auto median = [&](std::uint32_t arm) {
    const CellSummary* cell = cell_of(report, c, arm);
    return cell == nullptr || cell->median.n == 0
               ? std::string("–")
               : format_quantity(cell->median.value, metric.unit);
  };
  const std::string change = format_effect(c, metric.unit);
  const std::string interval = format_interval(c, metric.unit);
  std::string verdict = mark(c.verdict) + verdict_text(c);
  if (c.exact) verdict += ", exact";
  if (!c.reason.empty()) verdict += ": " + plain(short_name(c.reason, 160));
  if (c.verdict == Verdict::inconclusive) verdict += "; " + further_text(c);
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n",
                     plain(short_name(run.topologies[c.topology], 40)),
                     plain(short_name(step_name(report.results.steps[c.step]), 80)),
                     plain(median(baseline_index(run))), plain(median(c.arm)),
                     change.empty() ? "–" : plain(change), interval.empty() ? "–" : plain(interval),
                     c.effect.n, verdict);
}

/// A list behind a summary, or nothing.
std::string folded(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string out = fmt::format("\n<details><summary>{}</summary>\n\n", title);
  for (std::size_t i = 0; i < std::min(lines.size(), kMostLines); ++i)
    out += "- " + plain(short_name(lines[i], 400)) + "\n";
  if (lines.size() > kMostLines) out += fmt::format("- and {} more\n", lines.size() - kMostLines);
  return out + "\n</details>\n";
}

}  // namespace

std::string render_markdown(const Report& report) {
  const RunInfo& run = report.results.run;
  std::string out = fmt::format("### {}, run {}\n\n**{}**\n", plain(short_name(run.experiment, 80)),
                                run.run_id, plain(report.headline));
  if (report.gate) {
    out += report.gate->passed ? "\nGate: passed.\n" : "\nGate: **failed**.\n\n";
    for (const std::string& line : report.gate->failures) out += "- " + plain(line) + "\n";
  }
  std::vector<const Comparison*> rows = chief_comparisons(report);
  const auto table_of = [](const Comparison* c) { return std::tuple(c->metric, c->arm); };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto* a, const auto* b) { return table_of(a) < table_of(b); });
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
    const Comparison& c = *rows[i];
    if (i == 0 || table_of(rows[i - 1]) != table_of(&c)) {
      const MetricInfo& metric = run.metrics[c.metric];
      const std::string base = plain(short_name(run.baseline, 30));
      const std::string arm = plain(short_name(run.arms[c.arm], 30));
      out += fmt::format(
          "\n#### {} ({}): {} against {}\n\n"
          "| Topology | Step | {} | {} | Change | 95 % interval | n | Verdict |\n"
          "|---|---|--:|--:|--:|---|--:|---|\n",
          plain(short_name(metric.name, 40)),
          metric.direction == "neutral" ? "neither way is better"
                                        : plain(metric.direction) + " is better",
          arm, base, base, arm);
    }
    out += row(report, c);
  }
  if (rows.size() > kMostRows)
    out += fmt::format("\nAnd {}.\n", count_of(rows.size() - kMostRows, "more comparison"));
  if (const auto others = other_comparisons(report); !others.empty())
    out += "\nExploratory metrics: " + verdict_counts(others) + ".\n";
  out += "\nA/A floor: " + plain(calibration_text(report)) + ".\n";
  out += folded("Warnings", report.warnings) + folded("What is missing", missing_lines(report));
  out += "\nReproduce: " + plain(reproduce_line(report)) + "\n";
  return out;
}

}  // namespace faultline
