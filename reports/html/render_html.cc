// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "base/sha256.h"
#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/html_writer.h"
#include "reports/html/page_data.h"
#include "reports/html/sections.h"
#include "reports/report.h"
#include "reports/web_assets.h"

namespace faultline {
namespace {

std::string base64_of_hex(const std::string& hex) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bits = bits << 8 | static_cast<unsigned>(std::stoi(hex.substr(i, 2), nullptr, 16));
    for (count += 8; count >= 6; count -= 6) out += kDigits[bits >> (count - 6) & 63];
  }
  if (count > 0) out += kDigits[bits << (6 - count) & 63];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

/// Nothing may be loaded or sent, and of all scripts only the bundle may run, even if text of a
/// guest ever got past the escaping.
std::string content_security_policy() {
  return "default-src 'none'; script-src 'sha256-" +
         base64_of_hex(sha256_hex(web_assets::script())) +
         "'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
}

void write_head(HtmlWriter& html, const RunInfo& run) {
  html.open("head");
  html.empty("meta", {{"charset", "utf-8"}});
  html.empty("meta",
             {{"http-equiv", "Content-Security-Policy"}, {"content", content_security_policy()}});
  html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  html.empty("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  html.element("title", visible_line(short_name(run.experiment, 80)) + " – Faultline");
  html.trusted("<style>").trusted(web_assets::style()).trusted("</style>");
  html.close();
}

/// One line of what a reader asks next: verdicts, boots, host, gate.
void write_at_a_glance(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  if (report.results.boots.empty()) return;
  html.open("ul", {{"class", "glance"}, {"aria-label", "At a glance"}});
  const auto item = [&](const char* label, const std::string& text, const char* css = "") {
    if (text.empty()) return;
    html.open("li").element("span", label, {{"class", "faint"}}).text(" ");
    html.element("span", visible_line(text), {{"class", css}}).close();
  };
  if (report.gate)
    item("gate", report.gate->passed ? "passed" : "failed",
         report.gate->passed ? "better" : "worse");
  const auto others = other_comparisons(report);
  item(others.empty() ? "comparisons" : "primary", verdict_counts(chief_comparisons(report)));
  item("exploratory", verdict_counts(others));
  const auto completed = std::count_if(
      report.results.boots.begin(), report.results.boots.end(),
      [](const ResultBoot& boot) { return boot.outcome.kind == OutcomeKind::completed; });
  item("boots", fmt::format("{} of {} completed in {}", completed, report.results.boots.size(),
                            count_of(run.blocks, "block")));
  std::set<std::string> labels;
  for (const TopologyLabel label : report.labels) labels.insert(to_string(label));
  std::string guests = accelerator_name(run.accel);
  for (const std::string& label : labels) guests += ", " + label;
  item("guests", guests);
  if (report.calibration && report.calibration->visible_ratio > 0)
    item("A/A floor", size_text(report.calibration->visible_ratio));
  html.close();
}

void write_navigation(HtmlWriter& html, const Report& report) {
  html.open("nav", {{"aria-label", "Sections"}}).open("ul");
  const auto link = [&](const char* target, const char* text, bool there = true) {
    if (there) html.open("li").element("a", text, {{"href", target}}).close();
  };
  link("#gate", "Gate", report.gate.has_value());
  link("#comparison", "Comparisons");
  link("#sweep", "How it grows", !report.sweeps.empty());
  link("#why", "Why");
  link("#published", "Published", !report.results.run.published.name.empty());
  link("#boots", "Boots", !report.results.boots.empty());
  link("#floor", "A/A floor", !report.results.boots.empty());
  link("#outcomes", "Outcomes");
  link("#missing", "Missing");
  link("#topologies", "Topologies", !report.results.run.topologies.empty());
  link("#kernels", "Kernels", !report.results.run.arms.empty());
  link("#provenance", "Environment");
  link("#reproduce", "Reproduce", !report.results.run.experiment_text.empty());
  html.close().close();
}

void write_summary(HtmlWriter& html, const Report& report) {
  const RunInfo& run = report.results.run;
  html.open("header");
  std::string line =
      visible_line(short_name(run.experiment, 100)) + ", run " + std::to_string(run.run_id);
  if (const std::string when = utc_text(run.started_at_ns); !when.empty()) line += ", " + when;
  html.element("p", line, {{"class", "faint"}});
  html.element("h1", visible_line(report.headline), {{"id", "headline"}});
  if (!run.question.empty())
    html.element("p", visible_line(short_name(run.question, 1000)), {{"class", "question"}});
  write_at_a_glance(html, report);
  if (!report.warnings.empty()) {
    html.open("ul", {{"class", "warnings"}});
    for (const std::string& warning : report.warnings)
      html.element("li", visible_line(short_name(warning, 1000)));
    html.close();
  }
  html.close();
}

}  // namespace

std::string render_html(const Report& report) {
  const auto shown = shown_comparisons(report);
  HtmlWriter html;
  html.trusted("<!doctype html>\n");
  html.open("html", {{"lang", "en"}});
  write_head(html, report.results.run);
  html.open("body");
  html.element("a", "To the comparisons", {{"class", "skip"}, {"href", "#comparison"}});
  write_summary(html, report);
  write_navigation(html, report);
  html.open("main");
  write_gate(html, report);
  write_comparisons(html, report, shown);
  write_sweeps(html, report);
  write_why(html, report);
  write_published(html, report);
  write_boots(html, report);
  write_calibration(html, report);
  write_outcomes(html, report);
  write_missing(html, report);
  write_topologies(html, report);
  write_kernels(html, report);
  write_provenance(html, report);
  write_reproduction(html, report);
  html.close();
  html.open("footer");
  html.element("p", "Made by Faultline " + visible_line(report.results.run.faultline_version) +
                        ". Charts by Apache ECharts (Apache License 2.0). This file needs no "
                        "network and loads nothing.");
  html.close();
  html.trusted("<script type=\"application/json\" id=\"data\">")
      .trusted(page_data(report, shown))
      .trusted("</script>\n<script>")
      .trusted(web_assets::script())
      .trusted("</script>\n");
  html.close();
  html.close();
  return html.take();
}

}  // namespace faultline
