// SPDX-License-Identifier: GPL-2.0-or-later
// Writes a report of made-up results to standard output, for tests and measurements:
//   print_fake_report FORMAT KIND
// FORMAT: text, color, lkml, markdown, csv, html, json, benchfmt, mmtests. KIND: quickstart, crash,
// explained, exact, published, hostile, one-block, wide (a million samples in 16,000 cells), empty,
// or a number of samples.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "reports/report.h"
#include "reports/testing/fake_results.h"

int main(int argc, char** argv) {
  using namespace faultline;
  if (argc != 3) return 2;
  const std::string format = argv[1];
  const std::string kind = argv[2];
  Results results;
  if (kind == "quickstart") results = fake::quickstart_results();
  if (kind == "crash") results = fake::quickstart_results({.one_crash = true});
  if (kind == "explained") results = fake::explained_results();
  if (kind == "exact") results = fake::exact_results();
  if (kind == "published") results = fake::published_results();
  if (kind == "hostile") results = fake::hostile_results();
  if (kind == "one-block") results = fake::quickstart_results({.blocks = 1});
  if (kind == "wide") results = fake::large_results(1'000'000, 800);
  if (const unsigned long samples = std::strtoul(argv[2], nullptr, 10); samples > 0)
    results = fake::large_results(samples);
  const Report report = make_report(std::move(results));
  const std::string text = format == "html"       ? render_html(report)
                           : format == "json"     ? render_json(report)
                           : format == "lkml"     ? render_lkml(report)
                           : format == "markdown" ? render_markdown(report)
                           : format == "csv"      ? render_csv(report)
                           : format == "benchfmt" ? render_benchfmt(report)
                           : format == "mmtests"  ? render_mmtests(report)
                                                  : render_text(report, format == "color");
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
