// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <set>
#include <tuple>

#include "reports/format.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sweep.h"

namespace faultline {
namespace {

std::string kernel_text(const KernelRecord& kernel) {
  std::string text = kernel.release.empty() ? kernel.key : kernel.release;
  text += " from " + kernel.source;
  for (const std::string& series : kernel.series) text += " + " + series;
  return text;
}

bool same_but_for_layout(const KernelRecord& a, const KernelRecord& b) {
  return a.release == b.release && a.source == b.source && a.source_hash == b.source_hash &&
         a.compiler == b.compiler && a.config_text == b.config_text && a.series == b.series &&
         a.series_hashes == b.series_hashes;
}

std::string series_text(const Report& report, const CurveBeside& beside,
                        const CurveSeries& series) {
  const RunInfo& run = report.results.run;
  std::string text = short_name(run.arms[series.arm], 80);
  if (!series.held.empty()) text += ", " + short_name(series.held, 80);
  if (std::any_of(beside.series.begin(), beside.series.end(),
                  [&](const CurveSeries& other) { return other.topology != series.topology; }))
    text += ", " + short_name(run.topologies[series.topology], 80);
  if (series.time_label) text += ", " + to_string(*series.time_label) + " time";
  return text;
}

std::string figure_text(double figure, const std::string& unit) {
  const std::string text = format_quantity(figure, unit);
  return unit.empty() || unit_is_shown(unit) ? text : text + " " + short_name(unit, 40);
}

}  // namespace

std::vector<KernelGroup> kernel_groups(const Results& results) {
  std::vector<KernelGroup> groups;
  for (std::size_t i = 0; i < results.kernels.size(); ++i) {
    const KernelRecord& kernel = results.kernels[i];
    auto group = groups.end();
    if (kernel.layout != 0)
      group = std::find_if(groups.begin(), groups.end(), [&](const KernelGroup& one) {
        return !one.layouts.empty() && same_but_for_layout(results.kernels[one.kernel], kernel);
      });
    if (group == groups.end()) group = groups.insert(groups.end(), {i, {}});
    if (kernel.layout != 0) group->layouts.push_back(kernel.layout);
  }
  return groups;
}

std::string unit_noun(const Report& report) {
  const bool layouts = std::any_of(report.comparisons.begin(), report.comparisons.end(),
                                   [](const Comparison& c) { return c.over_layouts; });
  return layouts ? "text layout" : "block";
}

std::string layouts_text(const Report& report) {
  std::vector<double> shares;
  bool any = false;
  for (const Comparison* c : chief_comparisons(report)) {
    any |= c->over_layouts;
    if (c->layout_share) shares.push_back(*c->layout_share);
  }
  if (!any) return "";
  if (shares.empty())
    return "one block in each text layout: how much of the spread layouts make is not told";
  return fmt::format("text layouts make {:.0f} % of the spread between blocks (median of {})",
                     median_of(shares) * 100, count_of(shares.size(), "comparison"));
}

std::string published_text(const PublishedPair& pair) {
  std::string text = format_number(pair.without) + " → " + format_number(pair.with);
  if (!pair.unit.empty()) text += " " + pair.unit;
  if (pair.without <= 0 || pair.with <= 0) return text;
  Comparison factor;
  factor.effect.value = pair.with / pair.without;
  factor.effect.n = 1;
  return text + ", " + format_effect(factor, pair.unit);
}

std::string ours_text(const PublishedCurve& curve, const CurveBeside& beside) {
  if (curve.here.empty()) return "nothing of the kind is measured";
  std::string places;
  for (const PublishedPlace& place : curve.here) {
    if (!places.empty()) places += "; ";
    places += fmt::format("{} of {} over {}", short_name(place.metric, 40),
                          short_name(place.workload, 40), short_name(place.over, 40));
  }
  return places + (beside.series.empty() ? ": no boot gave a value" : ", medians of boots");
}

CurveRows published_rows(const PublishedCurve& curve, const CurveBeside& beside) {
  CurveRows rows{"published", {}, beside.exponent};
  for (const auto& [at, figure] : curve.points)
    rows.rows.push_back({at, figure_text(figure, curve.unit), 0});
  return rows;
}

CurveRows series_rows(const Report& report, const CurveBeside& beside, const CurveSeries& series) {
  CurveRows rows{series_text(report, beside, series), {}, series.exponent};
  for (const CurveSeries::Point& point : series.points)
    rows.rows.push_back({point.at,
                         figure_text(point.median, report.results.run.metrics[point.metric].unit),
                         point.boots});
  return rows;
}

std::string utc_text(std::int64_t ns_since_1970) {
  if (ns_since_1970 == 0) return "";
  const std::time_t seconds = ns_since_1970 / 1'000'000'000;
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

std::string duration_text(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto minutes = std::llround(seconds / 60);
  if (minutes < 60) return fmt::format("{} min", minutes);
  return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::vector<std::pair<std::string, std::string>> provenance_facts(const Report& report) {
  const RunInfo& run = report.results.run;
  const HostRecord& host = run.host;
  std::vector<std::pair<std::string, std::string>> facts;
  const auto add = [&](const char* label, std::string value) {
    if (!value.empty()) facts.emplace_back(label, std::move(value));
  };
  if (!run.accel.empty())
    add("accelerator",
        accelerator_name(run.accel) + (run.accel_reason.empty() ? "" : ": " + run.accel_reason));
  for (const KernelGroup& group : kernel_groups(report.results)) {
    std::string text = kernel_text(report.results.kernels[group.kernel]);
    if (!group.layouts.empty())
      text += fmt::format(", {}: {}", count_of(group.layouts.size(), "text layout"),
                          fmt::join(group.layouts, ", "));
    add("kernel", std::move(text));
  }
  add("layouts", layouts_text(report));
  for (std::uint32_t arm = 0; arm < run.arms.size(); ++arm)
    if (const std::string options = boot_options(run, arm); !options.empty())
      add("arm", short_name(run.arms[arm], 40) + ": " + options);
  if (!host.cpu_model.empty())
    add("host", fmt::format("{}, {}, {}, {}", host.cpu_model, count_of(host.cpus, "CPU"),
                            format_quantity(double(host.memory_kib), "KiB"),
                            count_of(host.numa_nodes, "node")));
  add("host kernel", host.kernel);
  add("QEMU", host.qemu);
  add("libvirt", host.libvirt.empty() ? "" : host.libvirt + ", " + host.connect_uri);
  std::string when = utc_text(run.started_at_ns);
  if (run.finished_at_ns > run.started_at_ns)
    when += ", took " + duration_text(double(run.finished_at_ns - run.started_at_ns) / 1e9);
  if (!run.experiment.empty())
    add("run", fmt::format("{} of {}, seed {}, {}, {}", run.run_id, run.experiment, run.seed,
                           count_of(run.blocks, "block"), count_of(run.planned_boots, "boot")));
  add("started", when);
  if (!run.stopped.empty()) add("stopped", run.stopped);
  for (const auto& [name, value] : run.declared)
    if (!name.starts_with("settings "))  // Stands with the arm.
      add("declared", name + (value.empty() ? "" : " = " + value));
  add("Faultline", run.faultline_version);
  return facts;
}

std::vector<std::string> missing_lines(const Report& report) {
  const RunInfo& run = report.results.run;
  const auto place = [&](const CellSummary& cell) {
    return fmt::format("{} on {}, {}", short_name(run.arms[cell.arm], 40),
                       short_name(run.topologies[cell.topology], 40),
                       short_name(step_name(report.results.steps[cell.step]), 80));
  };
  struct Lack {
    std::string place;
    std::string why;
    std::vector<std::string> metrics;
  };
  std::vector<Lack> lacks;
  std::map<std::pair<std::string, std::string>, std::size_t> known;  // place and why
  std::map<std::string, std::size_t> metrics_at;
  for (const CellSummary& cell : report.cells) {
    std::string at = place(cell);
    ++metrics_at[at];
    if (cell.missing.empty()) continue;
    const auto [same, is_new] = known.emplace(std::pair(at, cell.missing), lacks.size());
    if (is_new) lacks.push_back({std::move(at), cell.missing, {}});
    lacks[same->second].metrics.push_back(short_name(run.metrics[cell.metric].name, 40));
  }
  std::vector<std::string> lines;
  for (const Lack& lack : lacks) {
    // Of a step that lacks all of them the names would say nothing.
    const bool all = lack.metrics.size() == metrics_at[lack.place];
    lines.push_back(lack.place + (all ? "" : fmt::format(", {}", fmt::join(lack.metrics, ", "))) +
                    ": " + lack.why);
  }
  return lines;
}

std::vector<const SweepSummary*> chief_sweeps(const Report& report) {
  std::vector<const SweepSummary*> primary;
  std::vector<const SweepSummary*> all;
  for (const SweepSummary& sweep : report.sweeps) {
    all.push_back(&sweep);
    if (report.results.run.metrics[sweep.metric].primary) primary.push_back(&sweep);
  }
  return primary.empty() ? all : primary;
}

std::string calibration_text(const Report& report) {
  if (all_exact(report)) return "none: every comparison is exact";
  if (!report.calibration)
    return "not calibrated; 'faultline calibrate FILE' measures how often this set-up calls "
           "identical kernels different";
  const Calibration& c = *report.calibration;
  if (c.comparisons == 0)
    return fmt::format("calibration run {} has too few complete blocks to say anything", c.run_id);
  std::string text = fmt::format(
      "identical kernels were called different in {} of {} ({:.1f} %, 95 % interval {:.1f} to "
      "{:.1f} %)",
      c.false_positives, count_of(c.comparisons, "comparison"), c.rate * 100, c.rate_low * 100,
      c.rate_high * 100);
  if (c.visible_ratio > 0)
    text += fmt::format("; {} show effects from {} on", count_of(c.visible_blocks, c.unit),
                        size_text(c.visible_ratio));
  text += fmt::format(" (run {}{})", c.run_id,
                      c.mismatches.empty() ? "" : ", of another set-up: see the warnings");
  return text;
}

std::string verdict_counts(const std::vector<const Comparison*>& comparisons) {
  std::map<Verdict, std::size_t> counts;
  for (const Comparison* c : comparisons) ++counts[c->verdict];
  std::string text;
  for (const Verdict verdict :
       {Verdict::regressed, Verdict::improved, Verdict::changed, Verdict::equivalent,
        Verdict::inconclusive, Verdict::not_comparable})
    if (counts[verdict] > 0)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[verdict], to_string(verdict));
  return text;
}

std::vector<const Comparison*> chief_comparisons(const Report& report) {
  std::vector<const Comparison*> primary;
  std::vector<const Comparison*> all;
  for (const Comparison& c : report.comparisons) {
    all.push_back(&c);
    if (c.primary) primary.push_back(&c);
  }
  return primary.empty() ? all : primary;
}

std::vector<const Comparison*> other_comparisons(const Report& report) {
  std::vector<const Comparison*> others;
  for (const Comparison& c : report.comparisons)
    if (!c.primary) others.push_back(&c);
  return others.size() == report.comparisons.size() ? std::vector<const Comparison*>{} : others;
}

std::vector<GeometricMean> geometric_means(const Report& report) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<double, std::size_t>> sums;
  for (const Comparison* c : chief_comparisons(report)) {
    if (!c->is_ratio || !has_effect(*c) || c->effect.value <= 0) continue;
    auto& [sum, count] = sums[{c->arm, c->metric}];
    sum += std::log(c->effect.value);
    ++count;
  }
  std::vector<GeometricMean> means;
  for (const auto& [key, sum] : sums)
    means.push_back({key.first, key.second, std::exp(sum.first / double(sum.second)), sum.second});
  return means;
}

const CellSummary* cell_of(const Report& report, const Comparison& comparison, std::uint32_t arm) {
  const auto key = [](const CellSummary& c) {
    return std::tuple(c.topology, c.step, c.metric, c.arm);
  };
  const std::tuple wanted(comparison.topology, comparison.step, comparison.metric, arm);
  const auto found =
      std::lower_bound(report.cells.begin(), report.cells.end(), wanted,
                       [&](const CellSummary& c, const auto& value) { return key(c) < value; });
  return found != report.cells.end() && key(*found) == wanted ? &*found : nullptr;
}

std::uint32_t baseline_index(const RunInfo& run) {
  return static_cast<std::uint32_t>(std::find(run.arms.begin(), run.arms.end(), run.baseline) -
                                    run.arms.begin());
}

std::string varying_parameters(const Report& report, std::uint32_t step) {
  const ResultStep& own = report.results.steps[step];
  const auto parameters = label_parameters(own.params);
  std::string text;
  for (const auto& parameter : parameters) {
    // Also where another step does not name it, and so has the default.
    const bool differs = std::any_of(
        report.results.steps.begin(), report.results.steps.end(), [&](const ResultStep& other) {
          const auto others = label_parameters(other.params);
          return other.workload == own.workload &&
                 std::find(others.begin(), others.end(), parameter) == others.end();
        });
    if (differs) text += (text.empty() ? "" : " ") + parameter.first + "=" + parameter.second;
  }
  return text.empty() ? own.params : text;
}

bool is_only_step(const Report& report, std::uint32_t step) {
  const auto& steps = report.results.steps;
  return std::count_if(steps.begin(), steps.end(), [&](const ResultStep& other) {
           return other.workload == steps[step].workload;
         }) == 1;
}

std::string row_parameters(const Report& report, std::uint32_t step) {
  return is_only_step(report, step) ? "" : varying_parameters(report, step);
}

std::string held_parameters(const Report& report, std::uint32_t step) {
  const ResultStep& own = report.results.steps[step];
  std::string text;
  for (const auto& parameter : label_parameters(own.params)) {
    const bool held = std::all_of(
        report.results.steps.begin(), report.results.steps.end(), [&](const ResultStep& other) {
          const auto others = label_parameters(other.params);
          return other.workload != own.workload ||
                 std::find(others.begin(), others.end(), parameter) != others.end();
        });
    if (held) text += (text.empty() ? "" : " ") + parameter.first + "=" + parameter.second;
  }
  return text;
}

std::string reproduce_line(const Report& report) {
  return std::string("faultline ") +
         (report.results.run.kind == "calibration" ? "calibrate " : "run ") +
         short_name(report.results.run.experiment, 60) + ".yaml";
}

}  // namespace faultline
