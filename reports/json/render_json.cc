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
    row["p"] = optional_number(c.p);
    row["adjusted_p"] = optional_number(c.adjusted_p);
    row["margin"] = optional_number(c.margin);
    row["exact"] = c.exact;
    row["verdict"] = to_string(c.verdict);
    row["time_label"] = c.time_label ? Json(to_string(*c.time_label)) : Json(nullptr);
    row["further_blocks"] = c.further_blocks ? Json(*c.further_blocks) : Json(nullptr);
    row["reason"] = c.reason;
    row["over_layouts"] = c.over_layouts;
    row["layout_share"] = optional_number(c.layout_share);
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

Json topologies(const Report& report) {
  Json list = Json::array();
  for (std::size_t i = 0; i < report.labels.size(); ++i)
    list.push_back(
        {{"name", report.results.run.topologies[i]}, {"label", to_string(report.labels[i])}});
  return list;
}

Json kernels(const Report& report) {
  Json list = Json::array();
  for (const KernelGroup& group : kernel_groups(report.results)) {
    const KernelRecord& kernel = report.results.kernels[group.kernel];
    list.push_back({{"release", kernel.release},
                    {"source", kernel.source},
                    {"series", kernel.series},
                    {"layouts", group.layouts}});
  }
  return list;
}

Json proofs(const Report& report) {
  Json list = Json::array();
  for (const ExactnessProof& proof : report.proofs)
    list.push_back({{"arm", report.results.run.arms[proof.arm]},
                    {"topology", report.results.run.topologies[proof.topology]},
                    {"boots", proof.boots},
                    {"proven", proof.proven},
                    {"difference", proof.difference}});
  return list;
}

Json calibration(const Report& report) {
  if (!report.calibration) return nullptr;
  const Calibration& c = *report.calibration;
  return {{"run_id", c.run_id},
          {"comparisons", c.comparisons},
          {"false_positives", c.false_positives},
          {"rate", c.rate},
          {"rate_low", c.rate_low},
          {"rate_high", c.rate_high},
          {"visible_ratio", c.visible_ratio > 0 ? Json(c.visible_ratio) : Json(nullptr)},
          {"visible_blocks", c.visible_blocks},
          {"mismatches", c.mismatches}};
}

Json gate(const Report& report) {
  if (!report.gate) return nullptr;
  return {{"passed", report.gate->passed}, {"failures", report.gate->failures}};
}

Json geometric_mean_list(const Report& report) {
  const RunInfo& run = report.results.run;
  Json list = Json::array();
  for (const GeometricMean& mean : geometric_means(report))
    list.push_back({{"workload", run.metrics[mean.metric].workload},
                    {"metric", run.metrics[mean.metric].name},
                    {"arm", run.arms[mean.arm]},
                    {"ratio", mean.ratio},
                    {"comparisons", mean.comparisons}});
  return list;
}

Json moves(const std::vector<CounterMove>& list) {
  Json rows = Json::array();
  for (const CounterMove& move : list)
    rows.push_back({{"source", move.source},
                    {"name", move.name},
                    {"also", move.aliases},
                    {"baseline", move.base.boots > 0 ? Json(move.base.median) : Json(nullptr)},
                    {"arm", move.arm.boots > 0 ? Json(move.arm.median) : Json(nullptr)},
                    {"scale", move.is_ratio ? "ratio" : "difference"},
                    {"change", estimate({move.change, move.low, move.high, move.n})},
                    {"adjusted_p", optional_number(move.adjusted_p)},
                    {"exact", move.exact}});
  return rows;
}

Json profile(const ProfileDifference& p) {
  Json functions = Json::array();
  for (const FunctionShare& one : p.functions)
    functions.push_back({{"function", one.function},
                         {"baseline_self", one.base_self},
                         {"arm_self", one.arm_self},
                         {"noise", one.noise},
                         {"baseline_total", one.base_total},
                         {"arm_total", one.arm_total}});
  return {{"baseline_samples", p.base_samples},
          {"arm_samples", p.arm_samples},
          {"functions", std::move(functions)}};
}

Json executed(const ExecutionDifference& e) {
  Json functions = Json::array();
  for (const FunctionDifference& one : e.functions)
    functions.push_back({{"image", one.image},
                         {"function", one.function},
                         {"instructions", {one.before, one.after}},
                         {"entries", {one.entries_before, one.entries_after}},
                         {"remote_accesses", {one.remote_before, one.remote_after}}});
  Json json{{"instructions", {e.base, e.arm}},
            {"equal_functions", e.equal},
            {"functions", std::move(functions)}};
  json["local_accesses"] = e.memory ? Json({e.base_local, e.arm_local}) : Json(nullptr);
  json["remote_accesses"] = e.memory ? Json({e.base_remote, e.arm_remote}) : Json(nullptr);
  return json;
}

Json whys(const Report& report) {
  const RunInfo& run = report.results.run;
  Json list = Json::array();
  for (const Why& why : report.why) {
    const ResultStep& step = report.results.steps[why.step];
    Json metrics = Json::array();
    for (const std::uint32_t i : why.comparisons)
      metrics.push_back(run.metrics[report.comparisons[i].metric].name);
    list.push_back({{"topology", run.topologies[why.topology]},
                    {"workload", step.workload},
                    {"params", step.params},
                    {"arm", run.arms[why.arm]},
                    {"confirmed", why.confirmed},
                    {"metrics", std::move(metrics)},
                    {"counters_looked_at", why.looked_at},
                    {"moved", moves(why.moved)},
                    {"apart", moves(why.apart)},
                    {"executed", why.executed ? executed(*why.executed) : Json(nullptr)},
                    {"profile", why.profile && !report.profiles[*why.profile].exact
                                    ? profile(report.profiles[*why.profile])
                                    : Json(nullptr)}});
  }
  return list;
}

}  // namespace

std::string render_json(const Report& report) {
  const RunInfo& run = report.results.run;
  Json json{{"schema", 2},
            {"experiment", run.experiment},
            {"kind", run.kind},
            {"run_id", run.run_id},
            {"seed", run.seed},
            {"accel", run.accel},
            {"baseline", run.baseline},
            {"finished", run.finished_at_ns != 0},
            {"stopped", run.stopped},
            {"declared", run.declared},
            {"headline", report.headline},
            {"warnings", report.warnings},
            {"gate", gate(report)},
            {"calibration", calibration(report)},
            {"contaminated_boots", report.contaminated},
            {"topologies", topologies(report)},
            {"kernels", kernels(report)},
            {"exactness", proofs(report)},
            {"geometric_means", geometric_mean_list(report)},
            {"comparisons", comparisons(report)},
            {"why", whys(report)},
            {"cells", cells(report)},
            {"sweeps", sweeps(report)}};
  // Guests and users may write bytes that are no UTF-8: they become U+FFFD.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace faultline
