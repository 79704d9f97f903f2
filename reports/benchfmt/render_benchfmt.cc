// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <cctype>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/text/ascii.h"

namespace faultline {
namespace {

constexpr std::size_t kMostMissing = 200;

/// A word of the format: no blanks, nothing that is not plain. Names of benchmarks and units are
/// words; "/" divides a benchmark's name into its parameters.
std::string word(std::string_view text) {
  std::string out;
  for (const char c : visible_line(short_name(text, 100))) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                      std::string_view("_-.=+").find(c) != std::string_view::npos;
    out += kept ? c : '_';
  }
  return out;
}

/// "BenchmarkRmap-walk/children=16/pages=64": a capital must follow "Benchmark".
std::string benchmark_name(const ResultStep& step) {
  std::string name = word(step.workload);
  if (name.empty()) name = "Unnamed";
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  std::string params = step.params;
  for (std::size_t at = 0; at < params.size();) {
    const std::size_t blank = std::min(params.find(' ', at), params.size());
    if (blank > at) name += "/" + word(std::string_view(params).substr(at, blank - at));
    at = blank + 1;
  }
  return "Benchmark" + name;
}

}  // namespace

// https://pkg.go.dev/golang.org/x/perf/benchfmt has the format.
std::string render_benchfmt(const Report& report) {
  const RunInfo& run = report.results.run;
  std::string out = "experiment: " + word(run.experiment) + "\n";
  out += "accel: " + word(run.accel) + "\n";
  if (!run.host.cpu_model.empty()) out += "cpu: " + ascii(run.host.cpu_model) + "\n";
  std::set<std::string> announced;
  for (const MetricInfo& metric : run.metrics)
    if (metric.direction != "neutral" && announced.insert(word(metric.name)).second)
      out += "Unit " + word(metric.name) +
             " better=" + (metric.direction == "higher" ? "higher" : "lower") + "\n";
  // A line a boot and step, with all its metrics; grouped by what benchstat compares.
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>, std::string>
      lines;
  for (const BootValue& value : report.boot_values) {
    const ResultBoot& boot = report.results.boots[value.boot];
    lines[{boot.topology, boot.arm, value.step, value.boot}] +=
        fmt::format(" {} {}", value.value, word(run.metrics[value.metric].name));
  }
  std::uint32_t topology = UINT32_MAX;
  std::uint32_t arm = UINT32_MAX;
  for (const auto& [key, values] : lines) {
    if (std::get<0>(key) != topology || std::get<1>(key) != arm) {
      topology = std::get<0>(key);
      arm = std::get<1>(key);
      out += fmt::format("\ntopology: {}\nlabel: {}\narm: {}\n", word(run.topologies[topology]),
                         to_string(report.labels[topology]), word(run.arms[arm]));
    }
    out += benchmark_name(report.results.steps[std::get<2>(key)]) + " 1" + values + "\n";
  }
  // Behind all results, so that it divides none of them.
  std::string missing;
  std::size_t listed = 0;
  for (const std::string& line : missing_lines(report)) {
    if (++listed > kMostMissing) break;
    missing += (missing.empty() ? "" : "; ") + ascii(line);
  }
  if (listed > kMostMissing) missing += "; and more";
  if (!missing.empty()) out += "\nmissing: " + missing + "\n";
  return out;
}

}  // namespace faultline
