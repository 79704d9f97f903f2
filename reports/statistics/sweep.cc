// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/sweep.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <tuple>

#include "reports/statistics/block_units.h"
#include "reports/statistics/rank_statistics.h"

namespace faultline {
namespace {

/// One boot's curve: log parameter, log value.
struct Curve {
  std::vector<double> x;
  std::vector<double> y;
};

/// Least squares; the x are not all equal.
double slope(const Curve& curve) {
  const auto n = double(curve.x.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    mean_x += curve.x[i] / n;
    mean_y += curve.y[i] / n;
  }
  double xy = 0;
  double xx = 0;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    xy += (curve.x[i] - mean_x) * (curve.y[i] - mean_y);
    xx += (curve.x[i] - mean_x) * (curve.x[i] - mean_x);
  }
  return xy / xx;
}

/// The boots' values of one step and metric; boot_values are sorted by topology first, so this is
/// made once for all sweeps.
using StepMetric = std::pair<std::uint32_t, std::uint32_t>;
using ValuesByStep = std::map<StepMetric, std::vector<const BootValue*>>;

void fit_exponents(const Results& results, const BlockUnits& units, const ValuesByStep& by_step,
                   SweepSummary& sweep) {
  std::map<std::uint32_t, Curve> curves;  // By boot.
  std::map<std::pair<std::uint32_t, std::uint32_t>, ByBlock> slopes;
  for (std::size_t i = 0; i < sweep.steps.size(); ++i) {
    const auto values = by_step.find({sweep.steps[i], sweep.metric});
    if (values == by_step.end()) continue;
    for (const BootValue* value : values->second) {
      const ResultBoot& boot = results.boots[value->boot];
      slopes[{boot.topology, boot.arm}];  // A series, even if nothing can be fitted.
      if (sweep.values[i] <= 0 || value->value <= 0) continue;
      Curve& curve = curves[value->boot];
      curve.x.push_back(std::log(sweep.values[i]));
      curve.y.push_back(std::log(value->value));
    }
  }
  // A boot that lacks points that others have would be fitted to another part of the curve.
  std::size_t most = 3;
  for (const auto& [boot, curve] : curves) most = std::max(most, curve.x.size());
  for (const auto& [boot, curve] : curves)
    if (curve.x.size() == most)
      slopes[{results.boots[boot].topology, results.boots[boot].arm}].emplace_back(
          results.boots[boot].block, slope(curve));
  for (const auto& [place, by_block] : slopes) {
    std::vector<double> fitted;
    for (const auto& [unit, exponent] : units.means(by_block)) fitted.push_back(exponent);
    sweep.series.push_back({place.second, place.first, pseudo_median(std::move(fitted))});
  }
}

/// True if "children=16 pages=64" has the word "pages=64".
bool has_word(std::string_view label, std::string_view word) {
  for (std::size_t at = 0; at <= label.size();) {
    const std::size_t end = std::min(label.find(' ', at), label.size());
    if (label.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

std::optional<double> parameter_number(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) return std::nullopt;
  static const std::map<std::string_view, double> kUnits{
      {"", 1},      {"K", 1024.0}, {"M", 1048576.0}, {"G", 1073741824.0}, {"T", 1099511627776.0},
      {"us", 1e-6}, {"ms", 1e-3},  {"s", 1},         {"min", 60},         {"h", 3600}};
  const auto unit = kUnits.find(text.substr(static_cast<std::size_t>(end - text.data())));
  if (unit == kUnits.end()) return std::nullopt;
  return number * unit->second;
}

std::vector<std::pair<std::string, std::string>> label_parameters(std::string_view label) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!label.empty()) {
    const std::string_view word = label.substr(0, label.find(' '));
    label.remove_prefix(std::min(label.size(), word.size() + 1));
    const std::size_t equals = word.find('=');
    if (equals != std::string_view::npos)
      parameters.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return parameters;
}

bool label_has(std::string_view label, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return has_word(label, word); });
}

std::string label_without(std::string_view label, std::string_view parameter) {
  std::string held;
  for (const auto& [name, value] : label_parameters(label)) {
    if (name == parameter) continue;
    if (!held.empty()) held += ' ';
    held += name + '=' + value;
  }
  return held;
}

std::optional<double> exponent_of(const std::vector<std::pair<double, double>>& points) {
  Curve curve;
  for (const auto& [at, value] : points) {
    if (at <= 0 || value <= 0) continue;
    curve.x.push_back(std::log(at));
    curve.y.push_back(std::log(value));
  }
  const auto [least, most] = std::minmax_element(curve.x.begin(), curve.x.end());
  if (curve.x.empty() || *least == *most) return std::nullopt;
  return slope(curve);
}

std::vector<SweepSummary> find_sweeps(const Results& results,
                                      const std::vector<BootValue>& values) {
  struct Point {
    double x;
    std::uint32_t step;
  };
  struct Family {
    std::string workload, parameter, held;
    std::vector<Point> points;
  };
  std::vector<Family> families;  // In the order of the plan.
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> place;
  for (std::uint32_t i = 0; i < results.steps.size(); ++i) {
    const auto parameters = label_parameters(results.steps[i].params);
    for (std::size_t p = 0; p < parameters.size(); ++p) {
      const auto x = parameter_number(parameters[p].second);
      if (!x) continue;
      const std::string held = label_without(results.steps[i].params, parameters[p].first);
      const auto key = std::make_tuple(results.steps[i].workload, parameters[p].first, held);
      const auto [at, is_new] = place.try_emplace(key, families.size());
      if (is_new) families.push_back({results.steps[i].workload, parameters[p].first, held, {}});
      families[at->second].points.push_back({*x, i});
    }
  }

  const BlockUnits units(results);
  ValuesByStep by_step;
  for (const BootValue& value : values) by_step[{value.step, value.metric}].push_back(&value);

  std::vector<SweepSummary> sweeps;
  for (Family& family : families) {
    std::sort(family.points.begin(), family.points.end(),
              [](const Point& a, const Point& b) { return a.x < b.x; });
    const auto same = [](const Point& a, const Point& b) { return a.x == b.x; };
    family.points.erase(std::unique(family.points.begin(), family.points.end(), same),
                        family.points.end());
    if (family.points.size() < 2) continue;
    for (std::uint32_t metric = 0; metric < results.run.metrics.size(); ++metric) {
      if (results.run.metrics[metric].workload != family.workload) continue;
      SweepSummary sweep{family.workload, family.parameter, family.held, metric, {}, {}, {}};
      for (const Point& point : family.points) {
        sweep.values.push_back(point.x);
        sweep.steps.push_back(point.step);
      }
      fit_exponents(results, units, by_step, sweep);
      if (!sweep.series.empty()) sweeps.push_back(std::move(sweep));
    }
  }
  return sweeps;
}

}  // namespace faultline
