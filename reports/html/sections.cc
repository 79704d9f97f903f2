// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/sha256.h"
#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/topology_svg.h"

namespace faultline {
namespace {

constexpr std::size_t kMostFailures = 100;       ///< Listed with their console.
constexpr std::size_t kMostConsole = 16 * 1024;  ///< Bytes of one console's end.
constexpr std::size_t kMostTopologies = 50;
constexpr std::size_t kMostLines = 500;
constexpr std::size_t kMostExperiment = 256 * 1024;

std::string name(std::string_view text) {
  return visible_line(short_name(text, 80));
}

std::string_view tail_of(const std::string& text, std::size_t bytes) {
  std::string_view tail(text);
  if (tail.size() > bytes) tail.remove_prefix(tail.size() - bytes);
  return tail;
}

void table_head(HtmlWriter& html, std::initializer_list<std::string_view> titles) {
  html.open("thead").open("tr");
  for (const std::string_view title : titles) html.element("th", title, {{"scope", "col"}});
  html.close().close();
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
  html.element("p", "All of it: faultline show " + name(boot.boot_id), {{"class", "faint"}});
  html.close();
}

void write_kernel(HtmlWriter& html, const KernelRecord& kernel) {
  html.open("details");
  html.element("summary", "Kernel " + name(kernel.release.empty() ? kernel.key : kernel.release));
  html.open("dl");
  const auto fact = [&](const char* label, std::string_view value) {
    if (!value.empty())
      html.element("dt", label).element("dd", visible_line(short_name(value, 500)));
  };
  fact("source", kernel.source);
  fact("source hash", kernel.source_hash);
  for (std::size_t i = 0; i < kernel.series.size(); ++i)
    fact("series",
         kernel.series[i] +
             (i < kernel.series_hashes.size() ? ", SHA-256 " + kernel.series_hashes[i] : ""));
  fact("compiler", kernel.compiler);
  if (!kernel.config_text.empty()) fact("config, SHA-256", sha256_hex(kernel.config_text));
  fact("build key", kernel.key);
  fact("built in", kernel.build_seconds > 0 ? duration_text(kernel.build_seconds) : "the cache");
  html.close().close();
}

}  // namespace

void write_gate(HtmlWriter& html, const Report& report) {
  if (!report.gate) return;
  html.open("section", {{"id", "gate"}}).element("h2", "Gate");
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
  html.open("section", {{"id", "sweep"}}).element("h2", "How it grows");
  html.open("div", {{"class", "controls needs-script"}});
  html.open("label").text("Sweep ").open("select", {{"id", "sweep-choice"}}).close().close();
  html.open("label");
  html.empty("input", {{"type", "checkbox"}, {"id", "sweep-log"}, {"checked", ""}});
  html.text(" logarithmic").close().close();
  html.open("div", {{"id", "sweep-chart"}, {"class", "chart needs-script"}}).close();
  html.element("p",
               "The exponent is the slope on logarithmic axes, fitted in every boot: 1 is "
               "linear growth, 2 quadratic.");
  html.open("div", {{"class", "scroll"}, {"tabindex", "0"}}).open("table", {{"class", "sortable"}});
  html.open("thead").open("tr");
  for (const char* title : {"Metric", "Over", "Topology", "Arm"})
    html.element("th", title, {{"scope", "col"}, {"data-type", "text"}});
  for (const char* title : {"Exponent", "95 %", "n"})
    html.element("th", title, {{"scope", "col"}, {"data-type", "number"}});
  html.close().close();
  html.open("tbody");
  const RunInfo& run = report.results.run;
  for (const SweepSummary* sweep : chief_sweeps(report))
    for (const SweepSeries& series : sweep->series) {
      const Estimate& e = series.exponent;
      html.open("tr");
      html.element("td", name(run.metrics[sweep->metric].name));
      html.element("td", fmt::format("{} = {} to {}{}", name(sweep->parameter),
                                     format_number(sweep->values.front()),
                                     format_number(sweep->values.back()),
                                     sweep->held.empty() ? "" : " with " + name(sweep->held)));
      html.element("td", name(run.topologies[series.topology]));
      html.element("td", name(run.arms[series.arm]));
      html.element("td", e.n > 0 ? fmt::format("{:.2f}", e.value) : "–", {{"class", "num strong"}});
      html.element("td", e.low && e.high ? fmt::format("{:.2f} to {:.2f}", *e.low, *e.high) : "–",
                   {{"class", "num"}});
      html.element("td", std::to_string(e.n), {{"class", "num"}});
      html.close();
    }
  html.close().close().close().close();
}

void write_published(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  const PublishedRecord& published = run.published;
  if (published.name.empty()) return;
  html.open("section", {{"id", "published"}}).element("h2", "Published, and here");
  html.element("p", visible_line(published.said));
  html.element("p", "Source: " + visible_line(published.source), {{"class", "faint"}});
  if (!report.published.empty()) {
    html.open("div", {{"class", "scroll"}, {"tabindex", "0"}}).open("table");
    table_head(html, {"What", "Published", "Here", "95 %", "Where", "Verdict"});
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
  if (!published.may_differ.empty()) {
    html.element("p", "Why they may differ:");
    html.open("ul");
    for (const std::string& reason : published.may_differ) html.element("li", visible_line(reason));
    html.close();
  }
  html.close();
}

void write_boots(HtmlWriter& html, const Report& report) {
  if (report.boot_values.empty()) return;
  html.open("section", {{"id", "boots"}, {"class", "needs-script"}});
  html.element("h2", "Every boot in run order");
  html.element("p",
               "A slope that all arms share is drift of the host, which pairing within blocks "
               "cancels.");
  html.open("div", {{"class", "controls"}});
  html.open("label").text("Metric ").open("select", {{"id", "boots-metric"}}).close().close();
  html.open("label").text("Step ").open("select", {{"id", "boots-step"}}).close().close();
  html.open("label").text("Topology ").open("select", {{"id", "boots-topology"}}).close().close();
  html.open("label");
  html.empty("input", {{"type", "checkbox"}, {"id", "boots-relative"}});
  html.text(" from each arm's median").close();
  html.close();
  html.open("div", {{"id", "boots-chart"}, {"class", "chart"}}).close();
  html.element("p", "", {{"id", "boots-note"}, {"class", "faint"}});
  html.close();
}

void write_outcomes(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  html.open("section", {{"id", "outcomes"}}).element("h2", "Outcomes");
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string>, std::uint32_t> counts;
  std::size_t failures = 0;
  for (const ResultBoot& boot : report.results.boots) {
    failures += boot.outcome.kind != OutcomeKind::completed;
    if (boot.arm < run.arms.size() && boot.topology < run.topologies.size())
      ++counts[{
          boot.arm, boot.topology,
          to_string(boot.outcome.kind) + (boot.contamination.empty() ? "" : ", contaminated")}];
  }
  html.open("div", {{"class", "scroll"}, {"tabindex", "0"}}).open("table");
  table_head(html, {"Arm", "Topology", "Outcome", "Attempts"});
  html.open("tbody");
  for (const auto& [key, count] : counts) {
    const auto& [arm, topology, outcome] = key;
    html.open("tr").element("td", name(run.arms[arm]));
    html.element("td", name(run.topologies[topology]));
    html.element("td", outcome, {{"class", outcome == "completed" ? "" : "worse"}});
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
  html.open("section", {{"id", "missing"}}).element("h2", "What is missing");
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
  html.open("section", {{"id", "topologies"}}).element("h2", "Topologies");
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
  html.open("section", {{"id", "provenance"}}).element("h2", "Where the numbers come from");
  html.open("dl");
  for (const auto& [label, value] : provenance_facts(report))
    html.element("dt", label).element("dd", visible_line(short_name(value, 1000)));
  if (!run.experiment_hash.empty())
    html.element("dt", "plan hash").element("dd", name(run.experiment_hash));
  html.close();
  for (const KernelRecord& kernel : report.results.kernels) write_kernel(html, kernel);
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
  html.open("section", {{"id", "reproduce"}}).element("h2", "How to reproduce");
  const std::string file = name(run.experiment) + ".yaml";
  html.element("p", "Save the experiment below as " + file + ", and:");
  html.element("pre", "faultline run " + file, {{"tabindex", "0"}});
  html.open("details").element("summary", file);
  html.element("pre", std::string_view(run.experiment_text).substr(0, kMostExperiment),
               {{"tabindex", "0"}, {"id", "experiment"}});
  html.close().close();
}

}  // namespace faultline
