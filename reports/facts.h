// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/report.h"

// What every renderer tells beside the numbers. Texts are raw: the renderer makes them visible.

namespace faultline {

/// Where the numbers came from: label and value, in reading order.
std::vector<std::pair<std::string, std::string>> provenance_facts(const Report& report);

/// Kernels of the run that differ in nothing but their text layout.
struct KernelGroup {
  std::size_t kernel = 0;              ///< The first of them: index into Results::kernels.
  std::vector<std::uint32_t> layouts;  ///< Their seeds; empty: the order of the link alone.
};
/// In the order of Results::kernels.
std::vector<KernelGroup> kernel_groups(const Results& results);

/// What a comparison's n counts in this report: "block" or "text layout".
std::string unit_noun(const Report& report);

/// What text layouts do to the chief comparisons: their share of the spread between blocks. "" if
/// the run has none.
std::string layouts_text(const Report& report);

/// What is missing and why, one line for each arm, topology, step and reason.
std::vector<std::string> missing_lines(const Report& report);

/// The sweeps of primary metrics, or all when no sweep has a primary metric.
std::vector<const SweepSummary*> chief_sweeps(const Report& report);

/// The floor of this set-up, from its calibration: how often identical arms were called different,
/// and the smallest effect that can be seen; or that it was never calibrated.
std::string calibration_text(const Report& report);

/// "6 regressed, 2 inconclusive".
std::string verdict_counts(const std::vector<const Comparison*>& comparisons);

/// Comparisons of primary metrics, or all when none is primary; and the others.
std::vector<const Comparison*> chief_comparisons(const Report& report);
std::vector<const Comparison*> other_comparisons(const Report& report);

/// The geometric mean of an arm's ratios in one metric over all steps and topologies.
struct GeometricMean {
  std::uint32_t arm = 0;
  std::uint32_t metric = 0;
  double ratio = 1;
  std::size_t comparisons = 0;
};
/// Of the chief comparisons that are ratios and can be compared; by arm and metric.
std::vector<GeometricMean> geometric_means(const Report& report);

/// The cell of an arm beside a comparison, or null.
const CellSummary* cell_of(const Report& report, const Comparison& comparison, std::uint32_t arm);

/// The baseline's index in RunInfo::arms; the number of arms if it is none of them.
std::uint32_t baseline_index(const RunInfo& run);

/// The step's parameters that differ between the steps of its workload, "children=64"; all of them
/// if none does.
std::string varying_parameters(const Report& report, std::uint32_t step);

/// True if its workload has no other step.
bool is_only_step(const Report& report, std::uint32_t step);

/// The same for the rows of a table that tells above them what they share: nothing for the only
/// step of a workload.
std::string row_parameters(const Report& report, std::uint32_t step);

/// The parameters that all steps of the step's workload have in common, "pages=64 scope=own".
std::string held_parameters(const Report& report, std::uint32_t step);

/// The one command that repeats the run.
std::string reproduce_line(const Report& report);

/// What was published: "651 → 51.3 s, ÷12.7"; no factor unless both figures are positive.
std::string published_text(const PublishedPair& pair);

/// Which of our figures stand beside a published curve: "page_table_bytes of vmalloc over threads,
/// medians of boots"; or that there are none, and why.
std::string ours_text(const PublishedCurve& curve, const CurveBeside& beside);

/// One curve as a table shows it.
struct CurveRows {
  struct Row {
    double at = 0;
    std::string figure;       ///< With its unit: "1,229 MiB".
    std::uint32_t boots = 0;  ///< 0: published.
  };
  std::string whose;  ///< "published", or the arm and what tells it from the others.
  std::vector<Row> rows;
  std::optional<double> exponent;
};
CurveRows published_rows(const PublishedCurve& curve, const CurveBeside& beside);
CurveRows series_rows(const Report& report, const CurveBeside& beside, const CurveSeries& series);

/// "2025-10-09 08:53 UTC"; "" for 0.
std::string utc_text(std::int64_t ns_since_1970);

/// "21 min", "3.2 s".
std::string duration_text(double seconds);

}  // namespace faultline
