// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/curves_beside.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sweep.h"
#include "reports/statistics/topology_label.h"

namespace faultline {
namespace {

/// Of each topology the first that is the same machine. One of which nothing is known is its own.
std::vector<std::uint32_t> machines_of(const RunInfo& run) {
  std::vector<std::uint32_t> machines;
  for (std::uint32_t i = 0; i < run.topologies.size(); ++i) {
    std::uint32_t first = i;
    if (i < run.topology_json.size() && !run.topology_json[i].empty())
      first = static_cast<std::uint32_t>(
          std::find(run.topology_json.begin(), run.topology_json.end(), run.topology_json[i]) -
          run.topology_json.begin());
    machines.push_back(first);
  }
  return machines;
}

std::optional<std::uint32_t> metric_index(const RunInfo& run, const std::string& workload,
                                          const std::string& name) {
  for (std::uint32_t i = 0; i < run.metrics.size(); ++i)
    if (run.metrics[i].workload == workload && run.metrics[i].name == name) return i;
  return std::nullopt;
}

/// Collects the boots' values of one curve, from all of its places.
class CurveReader {
 public:
  CurveReader(const Report& report, const std::vector<std::uint32_t>& machines)
      : report_(report), machines_(machines) {}

  void add(const PublishedPlace& place) {
    const Results& results = report_.results;
    const auto metric = metric_index(results.run, place.workload, place.metric);
    if (!metric) return;
    const std::vector<Along> steps = steps_along(place);
    const Positions positions = positions_of(place);
    for (const BootValue& value : report_.boot_values) {
      if (value.metric != *metric || !steps[value.step].belongs) continue;
      const ResultBoot& boot = results.boots[value.boot];
      if (!place.arm.empty() && results.run.arms[boot.arm] != place.arm) continue;
      const Along& along = steps[value.step];
      const auto position = positions.find({value.boot, value.step});
      if (!along.at && position == positions.end()) continue;
      // Where boots say themselves where they measured, they are one point: that of their medians.
      Values& values = series_[{boot.arm, along.held, machines_[boot.topology]}]
                              [{place_, along.at.value_or(0), *metric}];
      values.at.push_back(along.at ? *along.at : position->second);
      values.figures.push_back(value.value);
    }
    ++place_;
  }

  std::vector<CurveSeries> series() const {
    std::vector<CurveSeries> all;
    for (const auto& [key, points] : series_) {
      const auto& [arm, held, machine] = key;
      CurveSeries series;
      series.arm = arm;
      series.topology = machine;
      series.held = held_[held];
      for (const auto& [point, values] : points)
        series.points.push_back({median_of(values.at), std::get<2>(point),
                                 median_of(values.figures),
                                 static_cast<std::uint32_t>(values.figures.size())});
      finish(series);
      all.push_back(std::move(series));
    }
    keep_what_differs(all);
    return all;
  }

 private:
  /// Where a step is on the curve.
  struct Along {
    bool belongs = false;
    std::uint32_t held = 0;    ///< Index into held_.
    std::optional<double> at;  ///< Its parameter, if that is what the curve is along.
  };
  struct Values {
    std::vector<double> at;
    std::vector<double> figures;
  };
  using Positions = std::map<std::pair<std::uint32_t, std::uint32_t>, double>;  ///< Boot, step.

  std::vector<Along> steps_along(const PublishedPlace& place) {
    std::vector<Along> along;
    for (const ResultStep& step : report_.results.steps) {
      Along& one = along.emplace_back();
      one.belongs = step.workload == place.workload && label_has(step.params, place.params);
      if (!one.belongs) continue;
      for (const auto& [name, value] : label_parameters(step.params))
        if (name == place.over) one.at = parameter_number(value);
      std::string held = one.at ? label_without(step.params, place.over) : step.params;
      const auto [known, is_new] =
          held_index_.try_emplace(held, static_cast<std::uint32_t>(held_.size()));
      one.held = known->second;
      if (is_new) held_.push_back(std::move(held));
    }
    return along;
  }

  /// What the boots say of themselves in the metric that the place is along, if it is one.
  Positions positions_of(const PublishedPlace& place) const {
    Positions positions;
    if (const auto over = metric_index(report_.results.run, place.workload, place.over))
      for (const BootValue& value : report_.boot_values)
        if (value.metric == *over) positions[{value.boot, value.step}] = value.value;
    return positions;
  }

  void finish(CurveSeries& series) const {
    auto& points = series.points;
    std::stable_sort(points.begin(), points.end(),
                     [](const auto& a, const auto& b) { return a.at < b.at; });
    // A crossover at the first load point is the best one as well.
    const auto same = [](const auto& a, const auto& b) {
      return a.at == b.at && a.median == b.median;
    };
    points.erase(std::unique(points.begin(), points.end(), same), points.end());
    std::vector<std::pair<double, double>> medians;
    for (const CurveSeries::Point& point : points) medians.emplace_back(point.at, point.median);
    series.exponent = exponent_of(medians);
    series.time_label = time_label(series);
  }

  std::optional<TopologyLabel> time_label(const CurveSeries& series) const {
    const TopologyLabel label = report_.labels[series.topology];
    const bool times =
        std::any_of(series.points.begin(), series.points.end(), [&](const auto& point) {
          return measures_time(report_.results.run.metrics[point.metric]);
        });
    bool proven = false;
    for (const ExactnessProof& proof : report_.proofs) {
      if (proof.arm != series.arm || machines_[proof.topology] != series.topology) continue;
      proven = proof.proven;
      if (!proven) break;
    }
    if (!times || proven || label == TopologyLabel::backed) return std::nullopt;
    return label;
  }

  /// What all series hold alike says nothing beside one of them.
  static void keep_what_differs(std::vector<CurveSeries>& all) {
    std::map<std::pair<std::string, std::string>, std::size_t> having;
    for (const CurveSeries& series : all)
      for (auto& parameter : label_parameters(series.held)) ++having[std::move(parameter)];
    for (CurveSeries& series : all) {
      std::string kept;
      for (const auto& parameter : label_parameters(series.held))
        if (having[parameter] < all.size())
          kept += (kept.empty() ? "" : " ") + parameter.first + "=" + parameter.second;
      series.held = kept;
    }
  }

  using SeriesKey =
      std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;        ///< Arm, held, machine.
  using PointKey = std::tuple<std::uint32_t, double, std::uint32_t>;  ///< Place, parameter, metric.

  const Report& report_;
  const std::vector<std::uint32_t>& machines_;
  std::vector<std::string> held_;  ///< In the order of the steps.
  std::map<std::string, std::uint32_t> held_index_;
  std::map<SeriesKey, std::map<PointKey, Values>> series_;
  std::uint32_t place_ = 0;
};

}  // namespace

std::vector<CurveBeside> curves_beside(const Report& report) {
  const std::vector<std::uint32_t> machines = machines_of(report.results.run);
  std::vector<CurveBeside> all;
  for (const PublishedCurve& curve : report.results.run.published.curves) {
    CurveReader reader(report, machines);
    for (const PublishedPlace& place : curve.here) reader.add(place);
    all.push_back(
        {static_cast<std::uint32_t>(all.size()), exponent_of(curve.points), reader.series()});
  }
  return all;
}

}  // namespace faultline
