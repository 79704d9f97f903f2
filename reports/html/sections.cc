// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/topology_svg.h"

namespace faultline {
namespace {

constexpr std::size_t kMostFailures = 100;       ///< Listed with their console.
constexpr std::size_t kMostConsole = 16 * 1024;  ///< Bytes of one console's end.
constexpr std::size_t kMostTopologies = 50;
constexpr std::size_t kMostLines = 500;
constexpr std::size_t kMostBoots = 1000;  ///< In the table of boots.
constexpr std::size_t kMostCurves = 50;   ///< Of ours beside one that was published.
constexpr std::size_t kMostExperiment = 256 * 1024;

std::string name(std::string_view text) {
  return visible_line(short_name(text, 80));
}

std::string_view tail_of(const std::string& text, std::size_t bytes) {
  std::string_view tail(text);
  if (tail.size() > bytes) tail.remove_prefix(tail.size() - bytes);
  return tail;
}

/// The columns from `numeric` on, before `text`, hold numbers.
void table_head(HtmlWriter& html, std::initializer_list<std::string_view> titles,
                std::size_t numeric = SIZE_MAX, std::size_t text = SIZE_MAX) {
  html.open("thead").open("tr");
  std::size_t column = 0;
  for (const std::string_view title : titles) {
    const bool is_number = column >= numeric && column < text;
    html.element("th", title, {{"scope", "col"}, {"data-type", is_number ? "number" : "text"}});
    ++column;
  }
  html.close().close();
}

/// A box that scrolls sideways by itself, so that the page never does.
void open_scroll(HtmlWriter& html, std::string_view label) {
  html.open("div",
            {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", label}});
}

void write_failure(HtmlWriter& html, const RunInfo& run, const ResultBoot& boot) {
  html.open("details").open("summary");
  const bool known = boot.arm < run.arms.size() && boot.topology < run.topologies.size();
  html.element("strong", to_string(boot.outcome.kind), {{"class", "worse"}});
  html.text(fmt::format(" {} on {}, block {}", known ? name(run.arms[boot.arm]) : "unknown arm",
                        known ? name(run.topologies[boot.topology]) : "unknown topology",
                        boot.block + 1));
  if (boot.attempt > 0) html.text(fmt::format(", attempt {}", boot.attempt + 1));
  const std::string& why =
      boot.outcome.oops_title.empty() ? boot.outcome.detail : boot.outcome.oops_title;
  if (!why.empty()) html.text(": " + visible_line(short_name(why, 200)));
  html.close();
  html.open("dl");
  const auto fact = [&](const char* label, std::string_view value) {
    if (!value.empty())
      html.element("dt", label).element("dd", visible_line(short_name(value, 500)));
  };
  fact("boot", boot.boot_id);
  fact("where", boot.outcome.phase);
  fact("what", boot.outcome.detail);
  fact("kernel", boot.kernel_release);
  html.close();
  if (!boot.console_tail.empty()) {
    html.element("p", "End of the console:");
    html.element("pre", tail_of(boot.console_tail, kMostConsole), {{"tabindex", "0"}});
  }
  html.element("p", "All of it: faultline show --console " + name(boot.boot_id),
               {{"class", "faint"}});
  html.close();
}

void write_boot_chart(HtmlWriter& html) {
  html.open("div", {{"class", "needs-script"}});
  html.element("p",
               "Bands are blocks. A slope that all arms share is drift of the host, which pairing "
               "within blocks cancels.");
  html.open("div", {{"class", "controls"}});
  html.open("label").text("Metric ").open("select", {{"id", "boots-metric"}}).close().close();
  html.open("label").text("Step ").open("select", {{"id", "boots-step"}}).close().close();
  html.open("label").text("Topology ").open("select", {{"id", "boots-topology"}}).close().close();
  html.open("label");
  html.empty("input", {{"type", "checkbox"}, {"id", "boots-relative"}});
  html.text(" from each arm's median").close();
  html.close();
  html.open("div", {{"id", "boots-chart"},
                    {"class", "chart"},
                    {"role", "img"},
                    {"aria-label", "Every boot's value in run order"}})
      .close();
  html.element("p", "", {{"id", "boots-note"}, {"class", "faint"}, {"role", "status"}});
  html.close();
}

void write_boot_table(HtmlWriter& html, const Report& report) {
  const auto& boots = report.results.boots;
  const RunInfo& run = report.results.run;
  const std::size_t shown = std::min(boots.size(), kMostBoots);
  html.open("details").element("summary", "The boots as a table");
  open_scroll(html, "Every boot in run order");
  html.open("table", {{"class", "sortable compact"}});
  html.element("caption", "Every boot in run order", {{"class", "unseen"}});
  table_head(html, {"Boot", "Block", "Arm", "Topology", "Outcome", "Ready, s", "In all, s"}, 5);
  html.open("tbody");
  for (std::size_t i = 0; i < shown; ++i) {
    const ResultBoot& boot = boots[i];
    html.open("tr").element("th", name(boot.boot_id),
                            {{"scope", "row"}, {"data-sort", std::to_string(i)}});
    html.element("td", std::to_string(boot.block + 1), {{"class", "num"}});
    html.element("td", boot.arm < run.arms.size() ? name(run.arms[boot.arm]) : "?");
    html.element("td",
                 boot.topology < run.topologies.size() ? name(run.topologies[boot.topology]) : "?");
    html.open("td", {{"class", boot.outcome.kind == OutcomeKind::completed ? "" : "worse"}});
    html.text(to_string(boot.outcome.kind));
    if (boot.attempt > 0) html.text(fmt::format(", attempt {}", boot.attempt + 1));
    if (!boot.contamination.empty()) html.text(", contaminated: " + name(boot.contamination));
    html.close();
    html.element("td", fmt::format("{:.2f}", boot.boot_seconds), {{"class", "num"}});
    html.element("td", fmt::format("{:.1f}", boot.wall_seconds), {{"class", "num"}}).close();
  }
  html.close().close().close();
  if (shown < boots.size())
    html.element("p", fmt::format("And {} more: faultline list has all.", boots.size() - shown));
  html.close();
}

void write_curve_rows(HtmlWriter& html, const CurveRows& curve) {
  const std::size_t shown = std::min(curve.rows.size(), kMostLines);
  const std::size_t more = curve.rows.size() - shown;
  const std::size_t lines = shown + (more > 0 ? 1 : 0) + (curve.exponent ? 1 : 0);
  bool first = true;
  const auto row = [&](const std::string& at, const std::string& figure, const std::string& boots) {
    html.open("tr");
    if (first)
      html.element("th", visible_line(curve.whose),
                   {{"scope", "rowgroup"}, {"rowspan", std::to_string(lines)}});
    first = false;
    html.element("td", at, {{"class", "num"}});
    html.element("td", visible_line(figure), {{"class", "num strong"}});
    html.element("td", boots, {{"class", "num"}}).close();
  };
  html.open("tbody");
  for (std::size_t i = 0; i < shown; ++i)
    row(format_number(curve.rows[i].at), curve.rows[i].figure,
        curve.rows[i].boots == 0 ? "–" : std::to_string(curve.rows[i].boots));
  if (more > 0) row("", fmt::format("and {} more", more), "");
  if (curve.exponent) row("exponent", fmt::format("{:.2f}", *curve.exponent), "");
  html.close();
}

void write_curve(HtmlWriter& html, const Report& report, const CurveBeside& one) {
  const RunInfo& run = report.results.run;
  const PublishedCurve& published = run.published.curves[one.curve];
  const std::string what = visible_line(short_name(published.what, 200));
  open_scroll(html, what);
  html.open("table").element("caption", what);
  table_head(html, {"Whose", name(published.over), "Figure", "Boots"}, 1);
  write_curve_rows(html, published_rows(published, one));
  for (std::size_t i = 0; i < std::min(one.series.size(), kMostCurves); ++i) {
    CurveRows ours = series_rows(report, one, one.series[i]);
    ours.whose.insert(0, "here: ");
    write_curve_rows(html, ours);
  }
  html.close().close();
  html.element("p", "Here: " + visible_line(ours_text(published, one)) + ".", {{"class", "faint"}});
  if (one.series.size() > kMostCurves)
    html.element("p",
                 fmt::format("And {}.", count_of(one.series.size() - kMostCurves, "more curve")));
}

/// The growth of each curve; nothing where no curve has the points that a slope needs.
void write_exponents(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  const auto is_fitted = [](const SweepSeries& series) { return series.exponent.n > 0; };
  bool any = false, all = true;
  for (const SweepSummary* sweep : chief_sweeps(report)) {
    any |= std::any_of(sweep->series.begin(), sweep->series.end(), is_fitted);
    all &= std::all_of(sweep->series.begin(), sweep->series.end(), is_fitted);
  }
  if (any)
    html.element("p",
                 "The exponent is the slope on logarithmic axes, fitted in every boot: 1 is "
                 "linear growth, 2 quadratic.");
  if (!all)
    html.element("p",
                 any ? "Curves of fewer than three positive points have none."
                     : "No exponents: they need three positive points of a curve.",
                 {{"class", "faint"}});
  if (!any) return;
  open_scroll(html, "Exponents");
  html.open("table", {{"class", "sortable"}});
  html.element("caption", "Exponents of growth", {{"class", "unseen"}});
  table_head(html, {"Arm", "Topology", "Exponent", "95 % interval", "n", "Metric", "Over"}, 2, 5);
  html.open("tbody");
  for (const SweepSummary* sweep : chief_sweeps(report))
    for (const SweepSeries& series : sweep->series) {
      if (!is_fitted(series)) continue;
      const Estimate& e = series.exponent;
      html.open("tr");
      html.element("td", name(run.arms[series.arm]));
      html.element("td", name(run.topologies[series.topology]));
      html.element("td", fmt::format("{:.2f}", e.value), {{"class", "num strong"}});
      html.element("td", e.low && e.high ? fmt::format("{:.2f} to {:.2f}", *e.low, *e.high) : "–",
                   {{"class", "num"}});
      html.element("td", std::to_string(e.n), {{"class", "num"}});
      html.element("td", name(run.metrics[sweep->metric].name));
      html.element(
          "td",
          fmt::format("{} = {} to {}{}", name(sweep->parameter),
                      format_number(sweep->values.front()), format_number(sweep->values.back()),
                      sweep->held.empty() ? "" : " with " + name(sweep->held)),
          {{"class", "long"}});
      html.close();
    }
  html.close().close().close();
}

}  // namespace

void write_gate(HtmlWriter& html, const Report& report) {
  if (!report.gate) return;
  html.open("section", {{"id", "gate"}, {"aria-labelledby", "gate-heading"}});
  html.element("h2", "Gate", {{"id", "gate-heading"}});
  html.element("p", report.gate->passed ? "Passed." : "Failed:",
               {{"class", report.gate->passed ? "better" : "worse"}});
  if (!report.gate->failures.empty()) {
    html.open("ul");
    for (const std::string& line : report.gate->failures) html.element("li", visible_line(line));
    html.close();
  }
  html.close();
}

void write_sweeps(HtmlWriter& html, const Report& report) {
  if (report.sweeps.empty()) return;
  html.open("section", {{"id", "sweep"}, {"aria-labelledby", "sweep-heading"}});
  html.element("h2", "How it grows", {{"id", "sweep-heading"}});
  html.open("div", {{"class", "controls needs-script"}});
  html.open("label").text("Sweep ").open("select", {{"id", "sweep-choice"}}).close().close();
  html.open("label");
  html.empty("input", {{"type", "checkbox"}, {"id", "sweep-log"}, {"checked", ""}});
  html.text(" logarithmic").close().close();
  html.open("div", {{"id", "sweep-chart"},
                    {"class", "chart needs-script"},
                    {"role", "img"},
                    {"aria-label", "Medians over the parameter"}})
      .close();
  write_exponents(html, report);
  html.close();
}

void write_published(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  const PublishedRecord& published = run.published;
  if (published.name.empty()) return;
  html.open("section", {{"id", "published"}, {"aria-labelledby", "published-heading"}});
  html.element("h2", "Published, and here", {{"id", "published-heading"}});
  html.element("p", visible_line(published.said));
  html.element("p", "Source: " + visible_line(published.source), {{"class", "faint"}});
  if (!report.published.empty()) {
    open_scroll(html, "Published figures beside those measured here");
    html.open("table");
    html.element("caption", "Published figures beside those measured here", {{"class", "unseen"}});
    table_head(html, {"What", "Published", "Here", "95 % interval", "Where", "Verdict"});
    html.open("tbody");
    for (const PublishedBeside& one : report.published) {
      const PublishedPair& pair = published.pairs[one.pair];
      const std::size_t rows = std::max<std::size_t>(1, one.comparisons.size());
      const std::string span = std::to_string(rows);
      for (std::size_t i = 0; i < rows; ++i) {
        html.open("tr");
        if (i == 0) {
          html.element("td", visible_line(short_name(pair.what, 200)), {{"rowspan", span}});
          html.element("td", visible_line(published_text(pair)), {{"rowspan", span}});
        }
        if (one.comparisons.empty()) {
          html.element("td", "nothing of the kind is measured", {{"colspan", "4"}});
        } else {
          const Comparison& c = report.comparisons[one.comparisons[i]];
          const std::string& unit = run.metrics[c.metric].unit;
          html.element("td", has_effect(c) ? visible_line(format_effect(c, unit)) : "–",
                       {{"class", "num strong"}});
          html.element("td", has_effect(c) ? visible_line(format_interval(c, unit)) : "–",
                       {{"class", "num"}});
          html.element("td", name(varying_parameters(report, c.step)) + ", " +
                                 name(run.topologies[c.topology]));
          html.element("td", verdict_text(c));
        }
        html.close();
      }
    }
    html.close().close().close();
  }
  for (const CurveBeside& one : report.curves) write_curve(html, report, one);
  if (!published.may_differ.empty()) {
    html.element("p", "Why they may differ:");
    html.open("ul");
    for (const std::string& reason : published.may_differ) html.element("li", visible_line(reason));
    html.close();
  }
  html.close();
}

void write_boots(HtmlWriter& html, const Report& report) {
  if (report.results.boots.empty()) return;
  html.open("section", {{"id", "boots"}, {"aria-labelledby", "boots-heading"}});
  html.element("h2", "Every boot in run order", {{"id", "boots-heading"}});
  if (!report.boot_values.empty()) write_boot_chart(html);
  write_boot_table(html, report);
  html.close();
}

void write_calibration(HtmlWriter& html, const Report& report) {
  if (report.results.boots.empty()) return;
  html.open("section", {{"id", "floor"}, {"aria-labelledby", "floor-heading"}});
  html.element("h2", "A/A floor", {{"id", "floor-heading"}});
  if (!report.calibration || report.calibration->comparisons == 0 || all_exact(report)) {
    std::string text = visible_line(calibration_text(report));
    if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = char(text[0] - 'a' + 'A');
    html.element("p", text + ".").close();
    return;
  }
  const Calibration& c = *report.calibration;
  html.element("p",
               "The baseline against itself on this set-up: every difference found there is "
               "false.");
  html.open("dl");
  const auto fact = [&](const char* label, const std::string& value) {
    html.element("dt", label).element("dd", visible_line(value));
  };
  fact("called different", fmt::format("{} of {}: {:.1f} %, 95 % interval {:.1f} to {:.1f} %",
                                       c.false_positives, count_of(c.comparisons, "comparison"),
                                       c.rate * 100, c.rate_low * 100, c.rate_high * 100));
  fact("promised", "5 % or less");
  if (c.visible_ratio > 0)
    fact("smallest effect seen",
         fmt::format("{}, by {} with a probability of 80 %", size_text(c.visible_ratio),
                     count_of(c.visible_blocks, c.unit)));
  fact("measured", fmt::format("run {}{}, {} a comparison", c.run_id,
                               c.started_at_ns > 0 ? ", " + utc_text(c.started_at_ns) : "",
                               count_of(c.blocks, c.unit)));
  html.close();
  if (!c.mismatches.empty()) {
    html.element(
        "p", "Measured on another set-up, so it says little of this one:", {{"class", "warning"}});
    html.open("ul");
    for (const std::string& line : c.mismatches) html.element("li", visible_line(line));
    html.close();
  }
  html.close();
}

void write_outcomes(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  html.open("section", {{"id", "outcomes"}, {"aria-labelledby", "outcomes-heading"}});
  html.element("h2", "Outcomes", {{"id", "outcomes-heading"}});
  // By arm, topology, outcome and the kernel's own words.
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string, std::string>, std::uint32_t>
      counts;
  std::size_t failures = 0;
  bool any_title = false;
  for (const ResultBoot& boot : report.results.boots) {
    failures += boot.outcome.kind != OutcomeKind::completed;
    if (boot.arm >= run.arms.size() || boot.topology >= run.topologies.size()) continue;
    any_title |= !boot.outcome.oops_title.empty();
    const std::string outcome =
        to_string(boot.outcome.kind) + (boot.contamination.empty() ? "" : ", contaminated");
    if (counts.size() < kMostLines || boot.outcome.kind == OutcomeKind::completed)
      ++counts[{boot.arm, boot.topology, outcome, boot.outcome.oops_title}];
  }
  open_scroll(html, "Outcomes of all attempts");
  html.open("table").element("caption", "Outcomes of all attempts", {{"class", "unseen"}});
  html.open("thead").open("tr");
  for (const char* title : {"Arm", "Topology", "Outcome"})
    html.element("th", title, {{"scope", "col"}});
  if (any_title) html.element("th", "The kernel's words", {{"scope", "col"}});
  html.element("th", "Attempts", {{"scope", "col"}, {"data-type", "number"}});
  html.close().close().open("tbody");
  for (const auto& [key, count] : counts) {
    const auto& [arm, topology, outcome, title] = key;
    html.open("tr").element("th", name(run.arms[arm]), {{"scope", "row"}});
    html.element("td", name(run.topologies[topology]));
    html.element("td", outcome, {{"class", outcome == "completed" ? "" : "worse"}});
    if (any_title) html.element("td", visible_line(short_name(title, 200)));
    html.element("td", std::to_string(count), {{"class", "num"}}).close();
  }
  html.close().close().close();
  std::size_t listed = 0;
  for (const ResultBoot& boot : report.results.boots) {
    if (boot.outcome.kind == OutcomeKind::completed) continue;
    if (++listed > kMostFailures) break;
    write_failure(html, run, boot);
  }
  if (failures > kMostFailures)
    html.element("p",
                 fmt::format("And {} more: faultline show lists them.", failures - kMostFailures));
  html.close();
}

void write_missing(HtmlWriter& html, const Report& report) {
  html.open("section", {{"id", "missing"}, {"aria-labelledby", "missing-heading"}});
  html.element("h2", "What is missing", {{"id", "missing-heading"}});
  const auto lines = missing_lines(report);
  if (lines.empty()) {
    html.element("p", report.cells.empty() ? "Everything: there is no result."
                                           : "Nothing: every planned boot gave every value.");
  } else {
    html.open("ul");
    for (std::size_t i = 0; i < std::min(lines.size(), kMostLines); ++i)
      html.element("li", visible_line(lines[i]));
    html.close();
    if (lines.size() > kMostLines)
      html.element("p", fmt::format("And {} more.", lines.size() - kMostLines));
  }
  html.close();
}

void write_topologies(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  if (run.topologies.empty()) return;
  html.open("section", {{"id", "topologies"}, {"aria-labelledby", "topologies-heading"}});
  html.element("h2", "Topologies", {{"id", "topologies-heading"}});
  html.open("div", {{"class", "figures"}});
  for (std::size_t i = 0; i < std::min(run.topologies.size(), kMostTopologies); ++i)
    write_topology(html, name(run.topologies[i]) + ", " + to_string(report.labels[i]),
                   i < run.topology_json.size() ? run.topology_json[i] : "");
  html.close();
  if (run.topologies.size() > kMostTopologies)
    html.element("p", fmt::format("And {} more.", run.topologies.size() - kMostTopologies));
  html.close();
}

void write_provenance(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  html.open("section", {{"id", "provenance"}, {"aria-labelledby", "provenance-heading"}});
  html.element("h2", "Where the numbers come from", {{"id", "provenance-heading"}});
  html.open("dl");
  for (const auto& [label, value] : provenance_facts(report))
    if (label != "kernel" && label != "arm")  // These have a section of their own.
      html.element("dt", label).element("dd", visible_line(short_name(value, 1000)));
  if (!run.experiment_hash.empty())
    html.element("dt", "plan hash").element("dd", name(run.experiment_hash));
  html.close();
  html.open("details").element("summary", "Metrics").open("dl");
  for (const MetricInfo& metric : run.metrics)
    html.element("dt", name(metric.name))
        .element("dd",
                 fmt::format("{} ({}; {}; {} of a boot's iterations{})",
                             visible_line(short_name(metric.what, 300)), name(metric.unit),
                             metric.direction == "neutral" ? "neither way is better"
                                                           : name(metric.direction) + " is better",
                             name(metric.summary), metric.primary ? "; primary" : ""));
  html.close().close();
  html.close();
}

void write_reproduction(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  if (run.experiment_text.empty()) return;
  html.open("section", {{"id", "reproduce"}, {"aria-labelledby", "reproduce-heading"}});
  html.element("h2", "How to reproduce", {{"id", "reproduce-heading"}});
  const std::string file = name(run.experiment) + ".yaml";
  html.element("p", "Save the experiment below as " + file + ", and:");
  html.element("pre", visible_line(reproduce_line(report)), {{"tabindex", "0"}});
  html.element("p", fmt::format("faultline bundle {} packs the run with all its inputs into one "
                                "file, which faultline run repeats elsewhere.",
                                run.run_id));
  html.open("details").element("summary", file);
  html.element("pre", std::string_view(run.experiment_text).substr(0, kMostExperiment),
               {{"tabindex", "0"}, {"id", "experiment"}});
  html.close().close();
}

}  // namespace faultline
