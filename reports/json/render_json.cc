// SPDX-License-Identifier: GPL-2.0-or-later
#include <nlohmann/json.hpp>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/report.h"

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;

Json optional_number(const std::optional<double>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json estimate(const Estimate& e) {
  return {{"value", e.n > 0 ? Json(e.value) : Json(nullptr)},
          {"low", optional_number(e.low)},
          {"high", optional_number(e.high)},
          {"n", e.n}};
}

/// The names that a cell or a comparison stands for.
template <typename Row>
Json place(const Report& report, const Row& row) {
  const RunInfo& run = report.results.run;
  const ResultStep& step = report.results.steps[row.step];
  const MetricInfo& metric = run.metrics[row.metric];
  return {{"topology", run.topologies[row.topology]},
          {"workload", step.workload},
          {"params", step.params},
          {"metric", metric.name},
          {"unit", metric.unit},
          {"direction", metric.direction},
          {"primary", metric.primary},
          {"arm", run.arms[row.arm]}};
}

Json cells(const Report& report) {
  Json list = Json::array();
  for (const CellSummary& cell : report.cells) {
    Json row = place(report, cell);
    row["median"] = estimate(cell.median);
    row["min"] = cell.median.n > 0 ? Json(cell.min) : Json(nullptr);
    row["max"] = cell.median.n > 0 ? Json(cell.max) : Json(nullptr);
    row["missing"] = cell.missing;
    list.push_back(std::move(row));
  }
  return list;
}

Json comparisons(const Report& report) {
  Json list = Json::array();
  for (const Comparison& c : report.comparisons) {
    Json row = place(report, c);
    row["baseline"] = report.results.run.baseline;
    row["scale"] = c.is_ratio ? "ratio" : "difference";
    Estimate effect = c.effect;
    row["effect"] = estimate(effect);
    if (!has_effect(c)) row["effect"]["value"] = nullptr;
    row["verdict"] = c.verdict;
    row["better"] = c.better;
    row["worse"] = c.worse;
    row["method"] = c.method;
    row["note"] = c.note;
    list.push_back(std::move(row));
  }
  return list;
}

Json sweeps(const Report& report) {
  const RunInfo& run = report.results.run;
  Json list = Json::array();
  for (const SweepSummary& sweep : report.sweeps) {
    Json series = Json::array();
    for (const SweepSeries& one : sweep.series)
      series.push_back({{"topology", run.topologies[one.topology]},
                        {"arm", run.arms[one.arm]},
                        {"exponent", estimate(one.exponent)}});
    list.push_back({{"workload", sweep.workload},
                    {"metric", run.metrics[sweep.metric].name},
                    {"parameter", sweep.parameter},
                    {"held", sweep.held},
                    {"values", sweep.values},
                    {"series", std::move(series)}});
  }
  return list;
}

}  // namespace

std::string render_json(const Report& report) {
  const RunInfo& run = report.results.run;
  Json json{{"schema", 1},
            {"experiment", run.experiment},
            {"run_id", run.run_id},
            {"seed", run.seed},
            {"accel", run.accel},
            {"baseline", run.baseline},
            {"finished", run.finished_at_ns != 0},
            {"headline", report.headline},
            {"warnings", report.warnings},
            {"comparisons", comparisons(report)},
            {"cells", cells(report)},
            {"sweeps", sweeps(report)}};
  // Guests and users may write bytes that are no UTF-8: they become U+FFFD.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace faultline
