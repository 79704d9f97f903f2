// SPDX-License-Identifier: GPL-2.0-or-later
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
  write_summary(html, report);
  html.open("main");
  write_gate(html, report);
  write_comparisons(html, report, shown);
  write_sweeps(html, report);
  write_published(html, report);
  write_boots(html, report);
  write_outcomes(html, report);
  write_missing(html, report);
  write_topologies(html, report);
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
