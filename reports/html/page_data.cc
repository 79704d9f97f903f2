// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/page_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/thin.h"

namespace faultline {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostRows = 1500;
constexpr std::size_t kMostSweeps = 100;
constexpr std::size_t kMostPoints = 60'000;  ///< Of all boot charts; about 20 bytes each.
constexpr std::size_t kMostPixels = 1200;    ///< Width beyond which no chart is drawn.
constexpr std::size_t kMostBootNames = 20'000;
constexpr std::size_t kMostFlameNodes = 20'000;  ///< Of all flame graphs; about 25 bytes each.

std::string name(std::string_view text) {
  return visible_line(short_name(text, 100));
}

Json names(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(name(text));
  return list;
}

/// Four to five significant digits: more than a pixel shows, and a third of the bytes.
Json rounded(double value) {
  return Json::parse(fmt::format("{:.5g}", value), nullptr, false);
}

Json bounds(const Estimate& e) {
  return {rounded(e.value), e.low ? rounded(*e.low) : Json(nullptr),
          e.high ? rounded(*e.high) : Json(nullptr)};
}

Json metrics(const Report& report) {
  Json list = Json::array();
  for (const MetricInfo& metric : report.results.run.metrics)
    list.push_back(
        {{"name", name(metric.name)}, {"unit", name(metric.unit)}, {"primary", metric.primary}});
  return list;
}

Json comparison_rows(const Report& report, const std::vector<std::size_t>& shown) {
  Json list = Json::array();
  for (const std::size_t i : shown) {
    const Comparison& c = report.comparisons[i];
    const std::string& unit = report.results.run.metrics[c.metric].unit;
    list.push_back({{"arm", c.arm},
                    {"topology", c.topology},
                    {"step", c.step},
                    {"metric", c.metric},
                    {"ratio", c.is_ratio},
                    {"effect", has_effect(c) ? bounds(c.effect) : Json(nullptr)},
                    {"n", c.effect.n},
                    {"judged", c.verdict == Verdict::improved    ? 1
                               : c.verdict == Verdict::regressed ? -1
                                                                 : 0},
                    {"verdict", verdict_text(c)},
                    {"text", format_effect(c, unit)},
                    {"interval", format_interval(c, unit)}});
  }
  return list;
}

Json sweeps(const Report& report) {
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
  std::map<Key, const CellSummary*> cells;
  for (const CellSummary& cell : report.cells)
    cells[{cell.topology, cell.step, cell.metric, cell.arm}] = &cell;
  Json list = Json::array();
  for (const SweepSummary& sweep : report.sweeps) {
    if (list.size() == kMostSweeps) break;
    Json series = Json::array();
    for (const SweepSeries& one : sweep.series) {
      Json medians = Json::array();
      for (const std::uint32_t step : sweep.steps) {
        const auto cell = cells.find({one.topology, step, sweep.metric, one.arm});
        const bool there = cell != cells.end() && cell->second->median.n > 0;
        medians.push_back(there ? bounds(cell->second->median) : Json(nullptr));
      }
      series.push_back({{"arm", one.arm},
                        {"topology", one.topology},
                        {"medians", std::move(medians)},
                        {"exponent", one.exponent.n > 0 ? rounded(one.exponent.value) : Json()}});
    }
    list.push_back({{"workload", name(sweep.workload)},
                    {"parameter", name(sweep.parameter)},
                    {"held", name(sweep.held)},
                    {"metric", sweep.metric},
                    {"values", sweep.values},
                    {"series", std::move(series)}});
  }
  return list;
}

/// Every boot's value in run order: one entry for each topology, step, metric and arm.
Json boot_series(const Report& report) {
  const auto& values = report.boot_values;
  const auto key_of = [&](const BootValue& value) {
    const ResultBoot& boot = report.results.boots[value.boot];
    return std::tuple(boot.topology, value.step, value.metric, boot.arm);
  };
  std::vector<std::pair<std::size_t, std::size_t>> groups;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && key_of(values[end]) == key_of(values[i])) ++end;
    groups.emplace_back(i, end);
    i = end;
  }
  // Primary metrics first: should there be more series than room, the others go.
  std::stable_partition(groups.begin(), groups.end(), [&](const auto& group) {
    return report.results.run.metrics[values[group.first].metric].primary;
  });
  const std::size_t buckets = std::clamp<std::size_t>(
      kMostPoints / std::max<std::size_t>(1, groups.size()) / 4, 10, kMostPixels);
  Json list = Json::array();
  std::size_t total = 0;
  for (const auto& [begin, end] : groups) {
    std::vector<ChartPoint> points;
    for (std::size_t i = begin; i < end; ++i) points.push_back({values[i].boot, values[i].value});
    points = thin(points, static_cast<std::uint32_t>(report.results.boots.size()), buckets);
    if (total + points.size() > kMostPoints) break;
    total += points.size();
    Json x = Json::array();
    Json y = Json::array();
    for (const ChartPoint& point : points) {
      x.push_back(point.x);
      y.push_back(rounded(point.y));
    }
    const BootValue& first = values[begin];
    list.push_back({{"topology", report.results.boots[first.boot].topology},
                    {"step", first.step},
                    {"metric", first.metric},
                    {"arm", report.results.boots[first.boot].arm},
                    {"of", end - begin},
                    {"x", std::move(x)},
                    {"y", std::move(y)}});
  }
  return list;
}

/// Block of every boot and the boots that did not complete, for tooltips and marks.
Json boots(const Report& report) {
  Json failed = Json::array();
  Json blocks = Json::array();
  for (std::size_t i = 0; i < report.results.boots.size() && i < kMostBootNames; ++i) {
    const ResultBoot& boot = report.results.boots[i];
    blocks.push_back(boot.block + 1);
    if (boot.outcome.kind != OutcomeKind::completed && failed.size() < 1000)
      failed.push_back({{"x", i},
                        {"arm", boot.arm},
                        {"topology", boot.topology},
                        {"outcome", to_string(boot.outcome.kind)}});
  }
  return {{"count", report.results.boots.size()},
          {"blocks", std::move(blocks)},
          {"failed", std::move(failed)}};
}

/// The call stacks of both arms: nodes as [frame, parent, baseline's share, arm's share] in
/// millionths (of the instrument: in instructions), callers first. Beyond the room there is, the
/// narrowest nodes go.
Json profiles(const Report& report) {
  std::size_t room = kMostFlameNodes;
  Json list = Json::array();
  for (const ProfileDifference& profile : report.profiles) {
    Json nodes = Json::array();
    if (profile.nodes.size() <= room) {
      room -= profile.nodes.size();
      const double whole =
          profile.exact ? std::max(profile.base_samples, profile.arm_samples) : 1e6;
      for (const FlameNode& node : profile.nodes)
        nodes.push_back({node.frame, node.parent, std::llround(node.base * whole),
                         std::llround(node.arm * whole)});
    }
    list.push_back({{"arm", profile.arm},
                    {"exact", profile.exact},
                    {"base", rounded(profile.base_samples)},
                    {"samples", rounded(profile.arm_samples)},
                    {"frames", nodes.empty() ? Json::array() : names(profile.frames)},
                    {"nodes", std::move(nodes)}});
  }
  return list;
}

}  // namespace

std::vector<std::size_t> shown_comparisons(const Report& report) {
  std::vector<std::size_t> shown;
  for (const bool primary : {true, false})
    for (std::size_t i = 0; i < report.comparisons.size() && shown.size() < kMostRows; ++i)
      if (report.results.run.metrics[report.comparisons[i].metric].primary == primary)
        shown.push_back(i);
  std::sort(shown.begin(), shown.end());
  return shown;
}

std::string page_data(const Report& report, const std::vector<std::size_t>& shown) {
  Json steps = Json::array();
  for (const ResultStep& step : report.results.steps) steps.push_back(name(step_name(step)));
  const Json data{{"arms", names(report.results.run.arms)},
                  {"topologies", names(report.results.run.topologies)},
                  {"baseline", name(report.results.run.baseline)},
                  {"steps", std::move(steps)},
                  {"metrics", metrics(report)},
                  {"comparisons", comparison_rows(report, shown)},
                  {"sweeps", sweeps(report)},
                  {"boots", boots(report)},
                  {"floor", report.calibration && report.calibration->mismatches.empty()
                                ? rounded(report.calibration->visible_ratio)
                                : Json(0)},
                  {"profiles", profiles(report)},
                  {"series", boot_series(report)}};
  std::string text;
  for (const char c : data.dump(-1, ' ', true, Json::error_handler_t::replace)) {
    switch (c) {
      case '<':
        text += "\\u003c";
        break;
      case '>':
        text += "\\u003e";
        break;
      case '&':
        text += "\\u0026";
        break;
      default:
        text += c;
    }
  }
  return text;
}

}  // namespace faultline
