// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"
#include "reports/text/ascii.h"
#include "reports/text/columns.h"

namespace faultline {
namespace {

constexpr std::size_t kSummary = 10;  ///< "CoeffVar" and blanks.
constexpr std::size_t kName = 26;     ///< At least; a table is as wide as its longest step needs.
constexpr std::size_t kMostName = 120;
constexpr std::size_t kColumn = 28;
constexpr std::size_t kMostMissing = 200;  ///< Lines.

/// The summaries of one cell's boots that the tables show.
struct Summary {
  std::size_t n = 0;
  double min = 0, max = 0, mean = 0, deviation = 0;
};

Summary summary_of(const std::vector<double>& values) {
  Summary s;
  s.n = values.size();
  if (values.empty()) return s;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  s.min = *least;
  s.max = *most;
  for (const double value : values) s.mean += value / double(s.n);
  for (const double value : values) s.deviation += (value - s.mean) * (value - s.mean);
  s.deviation = s.n > 1 ? std::sqrt(s.deviation / double(s.n - 1)) : 0;
  return s;
}

class MmtestsReport {
 public:
  explicit MmtestsReport(const Report& report) : report_(report), run_(report.results.run) {
    for (const BootValue& value : report.boot_values)
      values_[{report.results.boots[value.boot].topology, value.step, value.metric,
               report.results.boots[value.boot].arm}]
          .push_back(value.value);
  }

  std::string render() {
    const std::uint32_t baseline = baseline_index(run_);
    if (baseline < run_.arms.size()) arms_.push_back(baseline);
    for (std::uint32_t arm = 0; arm < run_.arms.size(); ++arm)
      if (arm != baseline) arms_.push_back(arm);
    for (std::uint32_t metric = 0; metric < run_.metrics.size(); ++metric)
      for (std::uint32_t topology = 0; topology < run_.topologies.size(); ++topology)
        table(metric, topology);
    out_ +=
        "\nPositive is better. * around a change: the verdict is improved or regressed, from\n"
        "paired blocks; the other changes are of means and say nothing of chance.\n"
        "A/A floor: " +
        ascii(calibration_text(report_)) + "\n";
    const std::vector<std::string> missing = missing_lines(report_);
    for (std::size_t i = 0; i < std::min(missing.size(), kMostMissing); ++i)
      line("Missing: " + ascii(missing[i]));
    if (missing.size() > kMostMissing)
      line(fmt::format("Missing: and {} more", missing.size() - kMostMissing));
    return std::move(out_);
  }

 private:
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;

  static std::string cut(const std::string& text, std::size_t width) {
    return text.size() <= width ? text + std::string(width - text.size(), ' ')
                                : text.substr(0, width - 2) + "..";
  }
  static std::string right(const std::string& text, std::size_t width) {
    return text.size() <= width ? std::string(width - text.size(), ' ') + text
                                : text.substr(0, width - 2) + "..";
  }
  void line(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    out_ += text + "\n";
  }

  void table(std::uint32_t metric, std::uint32_t topology) {
    std::vector<std::uint32_t> steps;
    for (std::uint32_t step = 0; step < report_.results.steps.size(); ++step)
      for (const std::uint32_t arm : arms_)
        if (values_.contains({topology, step, metric, arm})) {
          steps.push_back(step);
          break;
        }
    if (steps.empty()) return;
    const MetricInfo& info = run_.metrics[metric];
    out_ += fmt::format("\n{} {} ({}), {} ({})\n", ascii(short_name(info.workload, 40)),
                        ascii(short_name(info.name, 40)), ascii(short_name(info.unit, 20)),
                        ascii(short_name(run_.topologies[topology], 40)),
                        to_string(report_.labels[topology]));
    if (const std::string held = held_parameters(report_, steps.front()); !held.empty())
      line("with " + ascii(short_name(held, 300)));
    name_width_ = kName;
    for (const std::uint32_t step : steps)
      name_width_ = std::max(name_width_, kSummary + step_text(step).size() + 1);
    std::string heads(name_width_, ' ');
    for (const std::uint32_t arm : arms_) heads += right(ascii(run_.arms[arm]), kColumn);
    line(heads);
    for (const char* what : {"Min", "Amean", "Stddev", "CoeffVar", "Max"})
      for (const std::uint32_t step : steps) row(what, topology, step, metric);
  }

  std::string step_text(std::uint32_t step) const {
    return ascii(short_name(row_parameters(report_, step), kMostName));
  }

  static double pick(const Summary& s, std::string_view what) {
    if (what == "Min") return s.min;
    if (what == "Amean") return s.mean;
    if (what == "Stddev") return s.deviation;
    if (what == "CoeffVar") return s.mean != 0 ? s.deviation / s.mean * 100 : 0;
    return s.max;
  }

  void row(const char* what, std::uint32_t topology, std::uint32_t step, std::uint32_t metric) {
    std::string text = cut(cut(what, kSummary) + step_text(step), name_width_);
    double base = NAN;
    for (const std::uint32_t arm : arms_) {
      const auto found = values_.find({topology, step, metric, arm});
      if (found == values_.end()) {
        text += right("-", kColumn);
        continue;
      }
      const double value = pick(summary_of(found->second), what);
      if (arm == arms_.front()) base = value;
      text += right(number(value) + " " + change(base, value, what, topology, step, metric, arm),
                    kColumn);
    }
    line(text);
  }

  /// Two decimals as mmtests has them, and more for numbers that would lose themselves in them.
  static std::string number(double value) {
    const double size = std::fabs(value);
    if (size >= 1e9 || (size != 0 && size < 1e-4)) return fmt::format("{:.3e}", value);
    return fmt::format("{:.{}f}", value, size >= 10 || size == 0 ? 2 : size >= 0.1 ? 4 : 6);
  }

  /// "( -12.34%)": positive is better; spread that shrinks is better.
  std::string change(double base, double value, std::string_view what, std::uint32_t topology,
                     std::uint32_t step, std::uint32_t metric, std::uint32_t arm) const {
    const bool spread = what == "Stddev" || what == "CoeffVar";
    const bool more_is_better = !spread && run_.metrics[metric].direction == "higher";
    double percent = 0;
    if (base != value) percent = base != 0 ? (value - base) / std::fabs(base) * 100 : NAN;
    if (!more_is_better) percent = -percent;
    const std::string figure =
        std::isfinite(percent) ? fmt::format("{:7.2f}%", percent + 0.0) : "     n/a";
    const char mark = what == "Amean" && judged(topology, step, metric, arm) ? '*' : '\0';
    return mark != '\0' ? "*" + figure + "*" : "(" + figure + ")";
  }

  bool judged(std::uint32_t topology, std::uint32_t step, std::uint32_t metric,
              std::uint32_t arm) const {
    return std::any_of(
        report_.comparisons.begin(), report_.comparisons.end(), [&](const Comparison& c) {
          return c.topology == topology && c.step == step && c.metric == metric && c.arm == arm &&
                 (c.verdict == Verdict::improved || c.verdict == Verdict::regressed);
        });
  }

  const Report& report_;
  const RunInfo& run_;
  std::map<Key, std::vector<double>> values_;
  std::vector<std::uint32_t> arms_;
  std::string out_;
  std::size_t name_width_ = kName;  ///< Of the table that is written.
};

}  // namespace

// https://github.com/gormanm/mmtests, compare-kernels.sh: a column a kernel, a row a summary.
std::string render_mmtests(const Report& report) {
  return MmtestsReport(report).render();
}

}  // namespace faultline
