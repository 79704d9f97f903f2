// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/text/ascii.h"
#include "reports/text/columns.h"

namespace faultline {
namespace {

constexpr std::size_t kWidth = 75;
// Columns of the table: 1 + 20 + 10 + 10 + 8 + 2 + 13 + 3 + 1 + 7 = 75.
constexpr std::size_t kStep = 20;
constexpr std::size_t kValue = 10;
constexpr std::size_t kChange = 8;
constexpr std::size_t kInterval = 13;
constexpr std::size_t kCount = 3;
constexpr std::size_t kMostReasons = 8;
constexpr std::size_t kMostRows = 60;  ///< A cover letter is read by people.

const char* short_verdict(const Comparison& c) {
  switch (c.verdict) {
    case Verdict::improved:
      return "better";
    case Verdict::regressed:
      return "worse";
    case Verdict::changed:
      return "changed";
    case Verdict::equivalent:
      return "equal";
    case Verdict::inconclusive:
      return "unclear";
    case Verdict::not_comparable:
      break;
  }
  return "n/a";
}

class LkmlReport {
 public:
  explicit LkmlReport(const Report& report) : report_(report), run_(report.results.run) {}

  std::string render() {
    paragraph(fmt::format("{}: {}", short_name(run_.experiment, 40), report_.headline), "", "");
    line();
    provenance();
    tables();
    ending();
    return std::move(out_);
  }

 private:
  void line(std::string text = "") {
    text.erase(text.find_last_not_of(' ') + 1);
    out_ += text.substr(0, kWidth) + "\n";
  }

  void paragraph(std::string_view text, const std::string& first, const std::string& rest) {
    bool is_first = true;
    for (const std::string& part : wrap(ascii(text), kWidth - rest.size())) {
      line((is_first ? first : rest) + part);
      is_first = false;
    }
  }

  void fact(const char* label, const std::string& text) {
    if (!text.empty()) paragraph(text, fmt::format("{:<10}", label), std::string(10, ' '));
  }

  /// "debian:linux-source-6.12 + anon-vma-shared (6.12.117)".
  std::string kernel_text(std::uint32_t arm) const {
    std::string key;
    for (const ResultBoot& boot : report_.results.boots)
      if (boot.arm == arm && !boot.kernel_key.empty()) key = boot.kernel_key;
    for (const KernelRecord& kernel : report_.results.kernels) {
      if (kernel.key != key) continue;
      std::string text = short_name(kernel.source, 80);
      // A branch or a folder is not the same for everybody.
      if (kernel.source.starts_with("git:") || kernel.source.starts_with("dir:"))
        text += ", tree " + kernel.source_hash.substr(0, 12);
      for (const std::string& series : kernel.series) text += " + " + short_name(series, 40);
      if (!kernel.release.empty()) text += " (" + short_name(kernel.release, 40) + ")";
      return text;
    }
    return "unknown kernel";
  }

  void provenance() {
    for (std::uint32_t arm = 0; arm < run_.arms.size(); ++arm) {
      std::string text = short_name(run_.arms[arm], 30) + " = " + kernel_text(arm);
      if (const std::string options = boot_options(run_, arm); !options.empty())
        text += ", " + short_name(options, 160);
      fact(run_.arms[arm] == run_.baseline ? "base:" : "test:", text);
    }
    for (std::size_t i = 0; i < run_.topologies.size() && i < 8; ++i)
      fact("guest:", topology_text(i));
    fact("runs:", fmt::format("{}, each boots every kernel once; n is the number of {}",
                              count_of(run_.blocks, "block"),
                              unit_noun(report_) == "block" ? "complete ones" : "text layouts"));
    fact("layouts:", layouts_text(report_));
    for (const ExactnessProof& proof : report_.proofs)
      if (!proof.proven)
        fact("inexact:", short_name(run_.arms[proof.arm], 30) + " on " +
                             short_name(run_.topologies[proof.topology], 30) + ": " +
                             short_name(proof.difference, 240));
    if (!run_.host.cpu_model.empty())
      fact("host:", fmt::format("{}, {}, {}, QEMU {}", short_name(run_.host.cpu_model, 60),
                                count_of(run_.host.cpus, "CPU"), short_name(run_.host.kernel, 40),
                                short_name(run_.host.qemu, 40)));
  }

  std::string topology_text(std::size_t index) const {
    std::string text = short_name(run_.topologies[index], 30);
    const auto json = index < run_.topology_json.size()
                          ? nlohmann::json::parse(run_.topology_json[index], nullptr, false)
                          : nlohmann::json();
    if (json.is_object() && json.contains("nodes") && json["nodes"].is_array()) {
      double cpus = 0;
      double memory = 0;
      for (const auto& node : json["nodes"]) {
        if (!node.is_object()) continue;
        if (node.contains("cpus") && node["cpus"].is_number()) cpus += node["cpus"].get<double>();
        if (node.contains("memory") && node["memory"].is_number())
          memory += node["memory"].get<double>();
      }
      text += fmt::format(": {}, {} {}, {}", count_of(json["nodes"].size(), "node"),
                          format_number(cpus), cpus == 1 ? "CPU" : "CPUs",
                          format_quantity(memory, "B"));
    }
    return text + ", " + to_string(report_.labels[index]);
  }

  void tables() {
    std::vector<const Comparison*> rows = chief_comparisons(report_);
    const auto table_of = [](const Comparison* c) { return std::tuple(c->metric, c->arm); };
    std::stable_sort(rows.begin(), rows.end(),
                     [&](const auto* a, const auto* b) { return table_of(a) < table_of(b); });
    for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) {
      const Comparison& c = *rows[i];
      const bool same = i > 0 && table_of(rows[i - 1]) == table_of(&c);
      if (!same) {
        if (i > 0) mean_line(*rows[i - 1]);
        table_head(c);
      }
      if (!same || rows[i - 1]->topology != c.topology) {
        std::string label;
        if (c.exact) label = " (exact)";
        if (c.time_label) label = " (" + to_string(*c.time_label) + ")";
        line(ascii(short_name(run_.topologies[c.topology], 40)) + label);
      }
      row(c);
      if (i + 1 == std::min(rows.size(), kMostRows)) mean_line(c);
    }
    if (rows.size() > kMostRows)
      line(fmt::format("and {}", count_of(rows.size() - kMostRows, "more comparison")));
  }

  void table_head(const Comparison& c) {
    const MetricInfo& metric = run_.metrics[c.metric];
    line();
    paragraph(fmt::format("{} {} ({}{})", short_name(metric.workload, 24),
                          short_name(metric.name, 32), short_name(metric.unit, 12),
                          metric.direction == "lower"    ? ", less is better"
                          : metric.direction == "higher" ? ", more is better"
                                                         : ""),
              "", "  ");
    if (const std::string held = held_parameters(report_, c.step); !held.empty())
      paragraph((is_only_step(report_, c.step) ? "with " : "all with ") + short_name(held, 300), "",
                "  ");
    line(" " + cut("", kStep) + above(run_.baseline, run_.arms[c.arm]) +
         above(run_.arms[c.arm], run_.baseline) + right("change", kChange) + "  " +
         cut("95% interval", kInterval) + right("n", kCount) + " verdict");
  }

  /// An arm's name above its column, with a blank before it; its ellipsis takes two columns.
  static std::string above(const std::string& arm, const std::string& other) {
    const std::string whole = ascii(arm);
    return right(
        " " + (whole.size() < kValue ? whole : ascii(short_name_beside(arm, other, kValue - 2))),
        kValue);
  }

  std::string median_text(const Comparison& c, std::uint32_t arm) const {
    const CellSummary* cell = cell_of(report_, c, arm);
    if (cell == nullptr || cell->median.n == 0) return "-";
    return ascii(format_quantity(cell->median.value, run_.metrics[c.metric].unit));
  }

  /// fit() ends what is cut with an ellipsis, which is not ASCII.
  static std::string cut(const std::string& text, std::size_t width) {
    return text.size() <= width ? text + std::string(width - text.size(), ' ')
                                : text.substr(0, width - 2) + "..";
  }

  static std::string right(const std::string& text, std::size_t width) {
    return text.size() <= width ? std::string(width - text.size(), ' ') + text
                                : text.substr(0, width - 2) + "..";
  }

  void row(const Comparison& c) {
    const std::string& unit = run_.metrics[c.metric].unit;
    std::string interval = c.exact ? "exact" : ascii(format_interval(c, unit));
    if (interval.size() > kInterval)
      if (const std::size_t to = interval.find(" to "); to != std::string::npos)
        interval.replace(to, 4, "..");
    const std::string change = ascii(format_effect(c, unit));
    // A name that does not fit has a line of its own: those that are cut look all alike.
    std::string step = ascii(row_parameters(report_, c.step));
    if (step.size() > kStep) paragraph(std::exchange(step, ""), " ", "   ");
    line(" " + cut(step, kStep) + right(median_text(c, baseline_index(run_)), kValue) +
         right(median_text(c, c.arm), kValue) + right(change.empty() ? "-" : change, kChange) +
         "  " + cut(interval.empty() ? "-" : interval, kInterval) +
         right(std::to_string(c.effect.n), kCount) + " " + short_verdict(c));
  }

  void mean_line(const Comparison& last) {
    for (const GeometricMean& mean : geometric_means(report_)) {
      if (mean.arm != last.arm || mean.metric != last.metric || mean.comparisons < 2) continue;
      Comparison as_ratio;
      as_ratio.effect = {mean.ratio, {}, {}, 1};
      line(cut("geometric mean", kStep + 1) + std::string(2 * kValue, ' ') +
           right(ascii(format_effect(as_ratio, "")), kChange));
    }
  }

  /// Why a row says n/a, and what else is not there.
  void missing() {
    std::map<std::string, std::size_t> reasons;
    for (const Comparison* c : chief_comparisons(report_))
      if (c->verdict == Verdict::not_comparable) ++reasons["n/a: " + c->reason];
    for (const std::string& line : missing_lines(report_)) ++reasons["missing: " + line];
    std::size_t listed = 0;
    for (const auto& [reason, count] : reasons) {
      if (++listed > kMostReasons) {
        line(fmt::format("and {}", count_of(reasons.size() - kMostReasons, "more gap")));
        break;
      }
      paragraph(short_name(reason, 300) + (count > 1 ? fmt::format(" ({} rows)", count) : ""), "",
                "  ");
    }
  }

  void ending() {
    line();
    if (const auto others = other_comparisons(report_); !others.empty())
      paragraph("other metrics, exploratory: " + verdict_counts(others), "", "  ");
    missing();
    if (!run_.stopped.empty()) paragraph("ended early: " + run_.stopped, "", "  ");
    if (report_.contaminated > 0)
      paragraph(count_of(report_.contaminated, "contaminated boot") + ", not counted", "", "  ");
    paragraph("A/A floor: " + calibration_text(report_), "", "  ");
    paragraph("reproduce: " + reproduce_line(report_) + "  (Faultline " + run_.faultline_version +
                  ", seed " + std::to_string(run_.seed) + ")",
              "", "  ");
  }

  const Report& report_;
  const RunInfo& run_;
  std::string out_;
};

}  // namespace

std::string render_lkml(const Report& report) {
  return LkmlReport(report).render();
}

}  // namespace faultline
