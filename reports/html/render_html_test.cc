// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include "reports/format.h"
#include "reports/html/html_writer.h"
#include "reports/html/page_data.h"
#include "reports/html/topology_svg.h"
#include "reports/report.h"
#include "reports/testing/fake_results.h"

namespace faultline {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t start = text.find(from);
  if (start == std::string::npos) return "";
  const std::size_t begin = start + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++n;
  return n;
}

/// Exploratory metrics with a value in every boot and step.
void add_metrics(Results& results, std::uint32_t count) {
  const auto boots = static_cast<std::uint32_t>(results.boots.size());
  const auto steps = static_cast<std::uint32_t>(results.steps.size());
  for (std::uint32_t i = 0; i < count; ++i) {
    MetricInfo metric = results.run.metrics[1];
    metric.name = "metric_" + std::to_string(i);
    const auto index = static_cast<std::uint32_t>(results.run.metrics.size());
    results.run.metrics.push_back(metric);
    for (std::uint32_t boot = 0; boot < boots; ++boot)
      for (std::uint32_t step = 0; step < steps; ++step)
        results.samples.push_back({boot, step, index, 0, 1});
  }
}

TEST(HtmlWriter, EscapesTextAndAttributes) {
  HtmlWriter html;
  html.element("td", "<b>&\"'\x1b\u202E\xff", {{"title", "\"><script>"}});
  EXPECT_EQ(html.take(),
            "<td title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;&quot;&#39;\\x1b\\u{202e}\\xff"
            "</td>");
}

TEST(RenderHtml, IsOneFileThatNamesNoOtherPlace) {
  const std::string html = render_html(make_report(fake::quickstart_results()));
  // The bundle's own text aside (names of XML namespaces), nothing is an address.
  const std::string markup = html.substr(0, html.find("<script>"));
  EXPECT_THAT(markup, Not(HasSubstr("http://")));
  EXPECT_THAT(markup, Not(HasSubstr("https://")));
  EXPECT_THAT(markup, Not(HasSubstr(" src=")));
  EXPECT_THAT(markup, Not(HasSubstr("<link")));
  EXPECT_THAT(markup, Not(HasSubstr("url(")));
  EXPECT_THAT(markup, HasSubstr("default-src &#39;none&#39;"));
  EXPECT_LT(html.size(), 1u << 20);
}

TEST(RenderHtml, AllowsExactlyTheScriptThatItHolds) {
  const std::string html = render_html(make_report({}));
  const std::string script = between(html, "<script>", "</script>");
  ASSERT_GT(script.size(), 100'000u);
  unsigned char digest[32];
  EVP_Digest(script.data(), script.size(), digest, nullptr, EVP_sha256(), nullptr);
  unsigned char base64[48];
  EVP_EncodeBlock(base64, digest, sizeof digest);
  EXPECT_EQ(between(html, "script-src &#39;sha256-", "&#39;"),
            reinterpret_cast<const char*>(base64));
}

TEST(RenderHtml, TellsTheEssentialInMarkup) {
  const Report report = make_report(fake::quickstart_results({.one_crash = true}));
  const std::string html = render_html(report);
  EXPECT_THAT(html, HasSubstr(html_escape(report.headline)));
  EXPECT_EQ(count(html, "<tr data-primary="), 24u);
  EXPECT_EQ(count(html, "<svg class=\"bar"), 24u);
  EXPECT_EQ(count(html, "<svg class=\"topology\""), 2u);
  EXPECT_THAT(html, HasSubstr("Kernel panic - not syncing"));
  EXPECT_THAT(html, HasSubstr("1 of 6 boots missing: 1 guest_crashed"));
  EXPECT_THAT(html, HasSubstr("faultline run quickstart.yaml"));
  for (const std::string& warning : report.warnings)
    EXPECT_THAT(html, HasSubstr(html_escape(warning)));
}

TEST(RenderHtml, SaysWhatMovedAlongAndThatNothingWasAskedFor) {
  const Report report = make_report(fake::explained_results());
  const std::string html = render_html(report);
  EXPECT_EQ(count(html, "<details class=\"why\""), report.why.size());
  EXPECT_EQ(count(html, "<details class=\"why\" open"), 1u);
  EXPECT_THAT(html, HasSubstr("the same number: node0/numastat numa_hit"));
  EXPECT_THAT(html,
              HasSubstr("Lock contention by lock, counted in steps of their own (1 block; not "
                        "judged)"));
  EXPECT_THAT(html, HasSubstr("of the idle task left out"));
  const auto data = nlohmann::json::parse(page_data(report, {}));
  EXPECT_EQ(data["profiles"].size(), report.profiles.size());
  EXPECT_EQ(data["profiles"][0]["nodes"].size(), report.profiles[0].nodes.size());
  EXPECT_THAT(render_html(make_report(fake::quickstart_results())),
              HasSubstr("No collector ran along."));
}

TEST(RenderHtml, ShowsOursBelowPublishedCurves) {
  const std::string html = render_html(make_report(fake::published_results()));
  EXPECT_THAT(html, HasSubstr("<caption>page tables that stay after so many workers</caption>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"rowgroup\" rowspan=\"4\">published</th>"
                              "<td class=\"num\">64</td><td class=\"num strong\">350 MiB</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"rowgroup\" rowspan=\"4\">here: chains</th>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"num\">exponent</td><td class=\"num strong\">1.99</td>"));
  EXPECT_THAT(html, HasSubstr("Here: page_table_bytes of vmalloc over threads, medians of boots."));
  EXPECT_THAT(html, HasSubstr("Here: nothing of the kind is measured."));
}

TEST(RenderHtml, HasNoRowForAnExponentThatCannotBeFitted) {
  const std::string heading = "<caption class=\"unseen\">Exponents of growth</caption>";
  Results results = fake::quickstart_results();
  EXPECT_THAT(render_html(make_report(results)), HasSubstr(heading));
  results.steps.resize(2);
  results.run.planned_steps.clear();
  std::erase_if(results.samples, [](const ResultSample& sample) { return sample.step > 1; });
  const std::string html = render_html(make_report(std::move(results)));
  EXPECT_THAT(html, HasSubstr("id=\"sweep-chart\""));
  EXPECT_THAT(html, HasSubstr("No exponents: they need three positive points of a curve."));
  EXPECT_THAT(html, Not(HasSubstr(heading)));
}

TEST(RenderHtml, TellsTheOnlyStepOfAWorkloadOnce) {
  Results results = fake::quickstart_results();
  const std::string params = "children=16 pages=64 scope=own " + std::string(90, 'w') + "=1";
  results.steps.resize(1);
  results.steps[0].params = params;
  results.run.planned_steps.clear();
  std::erase_if(results.samples, [](const ResultSample& sample) { return sample.step > 0; });
  const std::string html = render_html(make_report(std::move(results)));
  EXPECT_THAT(html, HasSubstr("The one step of rmap-walk: " + params + "."));
  EXPECT_THAT(html, Not(HasSubstr(">children=16 pages=64")));
}

TEST(RenderHtml, ShowsThePatchesOfASeriesOrWhyNot) {
  Results results = fake::quickstart_results();
  EXPECT_THAT(render_html(make_report(results)), HasSubstr("<summary>mm/rmap: share the anon_vma"));
  results.kernels[0].series_texts[0] = {};
  results.kernels[0].series_texts[0].problem = "changed since";
  EXPECT_THAT(render_html(make_report(results)), HasSubstr("changed since"));
}

TEST(RenderHtml, ShowsWhatConfigurationsDifferIn) {
  Results results = fake::quickstart_results();
  KernelRecord other = results.kernels[0];
  other.key = "k-2";
  other.release = "6.1.0-other";
  other.config_text = "CONFIG_NUMA=y\n# CONFIG_IDLE_PAGE_TRACKING is not set\nCONFIG_KSM=y\n";
  results.kernels.push_back(other);
  EXPECT_THAT(render_html(make_report(results)), HasSubstr("All arms boot one build"));
  for (ResultBoot& boot : results.boots)
    if (boot.arm == 1) boot.kernel_key = "k-2";
  const std::string html = render_html(make_report(results));
  EXPECT_THAT(html, HasSubstr("2 symbols differ"));
  EXPECT_THAT(html, HasSubstr("CONFIG_IDLE_PAGE_TRACKING</th><td>y</td><td>n</td>"));
  EXPECT_THAT(html, HasSubstr("CONFIG_KSM</th><td>–</td><td>y</td>"));
  EXPECT_THAT(html, Not(HasSubstr("CONFIG_NUMA")));
}

TEST(RenderHtml, LetsNoNameBecomeMarkup) {
  const std::string html = render_html(make_report(fake::hostile_results()));
  EXPECT_EQ(count(html, "<script"), 2u);
  EXPECT_EQ(count(html, "</script"), 2u);
  EXPECT_EQ(count(html, "<img"), 0u);
  const std::string markup = html.substr(0, html.find("<script>"));
  std::string line = markup;
  std::replace(line.begin(), line.end(), '\n', ' ');
  EXPECT_EQ(visible_line(line), line);
}

TEST(RenderHtml, StandsResultsThatAreEmpty) {
  EXPECT_THAT(render_html(make_report({})), HasSubstr("No result: nothing has been booted."));
}

TEST(RenderHtml, StaysSmallWithManySamples) {
  EXPECT_LT(render_html(make_report(fake::large_results(300'000))).size(), 5u << 20);
  EXPECT_LT(render_html(make_report(fake::large_results(1'000'000, 800))).size(), 5u << 20);
}

TEST(RenderHtml, StaysSmallWithManyComparisonsAndFailures) {
  Results results = fake::quickstart_results({.blocks = 1});
  add_metrics(results, 3000);
  for (ResultBoot& boot : results.boots) boot.outcome.kind = OutcomeKind::timed_out;
  for (int i = 0; i < 3000; ++i) results.boots.push_back(results.boots[0]);
  for (ResultBoot& boot : results.boots) boot.console_tail = std::string(50'000, '<');
  EXPECT_LT(render_html(make_report(std::move(results))).size(), 12u << 20);
}

TEST(PageData, IsJsonThatCannotEndItsElement) {
  const Report report = make_report(fake::hostile_results());
  const std::string text = page_data(report, shown_comparisons(report));
  EXPECT_EQ(text.find_first_of("<>&"), std::string::npos);
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80);
  const auto parsed = nlohmann::json::parse(text);
  EXPECT_EQ(parsed["comparisons"].size(), 24u);
  EXPECT_EQ(parsed["series"].size(), 48u);
}

TEST(PageData, PutsPrimaryMetricsFirstWhenThereAreTooMany) {
  Results results = fake::quickstart_results({.blocks = 1});
  add_metrics(results, 1000);
  for (ResultSample& sample : results.samples)
    sample.metric = static_cast<std::uint32_t>(results.run.metrics.size()) - 1 - sample.metric;
  std::reverse(results.run.metrics.begin(), results.run.metrics.end());
  const Report report = make_report(std::move(results));
  const auto shown = shown_comparisons(report);
  EXPECT_EQ(shown.size(), 1500u);
  std::size_t primary = 0;
  for (const std::size_t i : shown)
    primary += report.results.run.metrics[report.comparisons[i].metric].primary;
  EXPECT_EQ(primary, 6u);
}

TEST(Topology, IsShownAsTextWhenItCannotBeRead) {
  for (const char* json :
       {"", "{", "[]", R"({"nodes":[]})", R"({"nodes":[{"cpus":-1,"memory":1}]})",
        R"({"nodes":[{"cpus":1,"memory":1}],"distances":[[10,20]]})",
        R"({"nodes":[{"cpus":1e300,"memory":1}]})"}) {
    HtmlWriter html;
    write_topology(html, "t", json);
    const std::string text = html.take();
    EXPECT_THAT(text, HasSubstr("<pre>")) << json;
    EXPECT_THAT(text, Not(HasSubstr("<svg"))) << json;
  }
}

TEST(Topology, NumbersTheCpusNodeByNode) {
  HtmlWriter html;
  write_topology(html, "two", R"({"nodes":[{"cpus":2,"memory":1073741824},{"cpus":0,"memory":1}],
                                  "distances":[[10,21],[31,10]]})");
  const std::string text = html.take();
  EXPECT_EQ(count(text, "class=\"cpu\""), 2u);
  EXPECT_THAT(text, HasSubstr("1.00 GiB"));
  EXPECT_THAT(text, HasSubstr("memory only"));
  EXPECT_THAT(text, HasSubstr("21 / 31"));
}

}  // namespace
}  // namespace faultline
