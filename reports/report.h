// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "outcome/results.h"
#include "reports/why.h"

// The report as a value: statistics are done, nothing is formatted. Renderers only render it. All
// that a renderer tells comes from here, so that all of them tell the same.

namespace faultline {

/// A number with its uncertainty. `low` and `high` bound the 95 % interval; absent when there are
/// too few values for one.
struct Estimate {
  double value = 0;
  std::optional<double> low;
  std::optional<double> high;
  std::uint32_t n = 0;  ///< Boots (cells) or complete blocks (comparisons); or text layouts.
  bool operator==(const Estimate&) const = default;
};

/// One metric of one step on one topology in one arm: boots reduced to one value each.
struct CellSummary {
  std::uint32_t arm = 0;  ///< Indices into Results, here and below.
  std::uint32_t topology = 0;
  std::uint32_t step = 0;
  std::uint32_t metric = 0;
  Estimate median;
  double min = 0;
  double max = 0;
  std::string missing;  ///< Why there is nothing, or less than planned; empty when complete.
};

/// What a comparison says (docs/statistics.md, "Verdicts").
enum class Verdict {
  improved,        ///< Different, in the metric's good direction.
  regressed,       ///< Different, in its bad direction.
  changed,         ///< Different, in a metric of which neither direction is better.
  equivalent,      ///< The whole interval is inside the declared margin, or both are identical.
  inconclusive,    ///< Neither; Comparison::further_blocks says what it would take.
  not_comparable,  ///< Comparison::reason says why.
};
/// Stable names: "improved", …, "not comparable".
std::string to_string(Verdict verdict);

/// What a time measured on a topology is worth on the host that ran it.
enum class TopologyLabel {
  backed,          ///< Each guest node on its own host node, vCPUs no more than host CPUs, KVM.
  policy_only,     ///< Nodes that share host nodes: NUMA policy is real, distances are not.
  oversubscribed,  ///< More vCPUs than host CPUs.
  emulated,        ///< Not on KVM: no real time at all.
};
/// Stable names: "backed", "policy-only", "oversubscribed", "emulated".
std::string to_string(TopologyLabel label);

/// An arm against the baseline, paired by block.
struct Comparison {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  std::uint32_t step = 0;
  std::uint32_t metric = 0;
  bool primary = false;  ///< Judged with the primary metrics (Holm); else exploratory (BH).
  bool is_ratio = true;  ///< `effect` is arm/baseline, else arm - baseline.
  bool exact = false;    ///< From proven boots on the instruction clock: no statistics.
  /// Only `n` means something when the verdict is not_comparable, or when n is 0.
  Estimate effect;
  bool over_layouts = false;  ///< `effect.n` counts text layouts, each the mean of its blocks.
  /// With over_layouts: the share of the spread between blocks that layouts make, from 0 to 1.
  /// Absent where no layout has two blocks.
  std::optional<double> layout_share;
  std::string method;       ///< "Hodges-Lehmann of paired log-ratios, signed-rank interval"
  std::optional<double> p;  ///< Exact two-sided sign-flip p-value of this comparison alone.
  std::optional<double> adjusted_p;  ///< Within its family.
  /// The declared margin of equivalence: 0.02 allows ratios from 1/1.02 to 1.02; for differences in
  /// the metric's unit.
  std::optional<double> margin;
  Verdict verdict = Verdict::inconclusive;
  std::string reason;  ///< Why inconclusive or not comparable; empty otherwise.
  /// With inconclusive: about how many further blocks would settle it. Absent when no number of
  /// them up to 1000 would.
  std::optional<std::uint32_t> further_blocks;
  /// A time on a topology that is not backed: the label stands wherever the verdict does.
  std::optional<TopologyLabel> time_label;
  std::string note;  ///< "4 of 6 blocks complete", "all blocks alike"; for people.
};

/// What one boot says about one metric of one step: its iterations reduced by the metric's summary.
struct BootValue {
  std::uint32_t boot = 0;  ///< Index into Results::boots.
  std::uint32_t step = 0;
  std::uint32_t metric = 0;
  std::uint32_t iterations = 0;  ///< Finite samples that went in.
  double value = 0;
};

/// One arm on one topology along a sweep.
struct SweepSeries {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  /// Slope of log value over log parameter, fitted in each boot: 1 is linear, 2 is quadratic. n = 0
  /// when no boot has positive values at three or more points.
  Estimate exponent;
};

/// A metric over the values of one numeric parameter, all other parameters held. The medians are in
/// the cells of the points' steps.
struct SweepSummary {
  std::string workload;
  std::string parameter;
  std::string held;  ///< The other parameters of the label, "pages=64"; may be empty.
  std::uint32_t metric = 0;
  std::vector<double> values;        ///< Of the parameter, ascending; at least two.
  std::vector<std::uint32_t> steps;  ///< Beside `values`.
  std::vector<SweepSeries> series;
};

/// Whether an arm's boots on the instruction clock gave the same digits.
struct ExactnessProof {
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;
  std::uint32_t boots = 0;  ///< Counted boots that were held against the first.
  bool proven = false;      ///< At least two boots, equal in every digit.
  /// Where the first two that differ part: step, metric, iteration, both values, how far; or that
  /// there is one boot only. Empty when proven.
  std::string difference;
};

/// What the baseline against itself showed on this set-up.
struct Calibration {
  std::int64_t run_id = 0;
  std::int64_t started_at_ns = 0;
  std::uint32_t blocks = 0;           ///< Blocks, or text layouts, of each A/A comparison below.
  std::string unit = "block";         ///< Or "text layout".
  std::uint32_t comparisons = 0;      ///< With an interval, and not identical throughout.
  std::uint32_t false_positives = 0;  ///< Intervals that exclude "no difference".
  double rate = 0;                    ///< false_positives / comparisons
  double rate_low = 0;  ///< Clopper-Pearson, 95 %, as if comparisons were independent.
  double rate_high = 1;
  /// The smallest ratio that this report's number of blocks shows with a probability of 80 %: of
  /// the median primary metric, or of all metrics when none is primary; 0 when not known.
  double visible_ratio = 0;
  std::uint32_t visible_blocks = 0;  ///< The number of blocks that `visible_ratio` is for.
  /// What is different now ("host kernel was …, is …"); empty: the same set-up.
  std::vector<std::string> mismatches;
};

/// What `gate:` of the experiment makes of the comparisons.
struct GateResult {
  bool passed = true;
  std::vector<std::string> failures;  ///< One line each, the gravest first.
};

/// A published pair of figures with what we have beside it.
struct PublishedBeside {
  std::uint32_t pair = 0;                  ///< Index into RunInfo::published.pairs.
  std::vector<std::uint32_t> comparisons;  ///< Indices into Report::comparisons; may be empty.
};

/// One of our arms beside a published curve, on one machine: topologies that differ in name alone
/// are one.
struct CurveSeries {
  struct Point {
    double at = 0;             ///< On the parameter; of a metric, the median of the boots.
    std::uint32_t metric = 0;  ///< Index into RunInfo::metrics.
    double median = 0;
    std::uint32_t boots = 0;
    bool operator==(const Point&) const = default;
  };
  std::uint32_t arm = 0;
  std::uint32_t topology = 0;  ///< The first of the machine.
  std::string held;            ///< Parameters that tell it from the other series, "mix=mm".
  std::optional<TopologyLabel> time_label;  ///< As in Comparison.
  std::vector<Point> points;                ///< By `at`.
  std::optional<double> exponent;           ///< Of the medians.
};

/// A published curve with ours beside it.
struct CurveBeside {
  std::uint32_t curve = 0;          ///< Index into RunInfo::published.curves.
  std::optional<double> exponent;   ///< Of the published points: log figure over log parameter.
  std::vector<CurveSeries> series;  ///< By arm; may be empty.
};

struct Report {
  Results results;                     ///< With the steps in the order of the plan.
  std::vector<BootValue> boot_values;  ///< By topology, step, metric, arm and run order.
  std::vector<CellSummary> cells;      ///< By topology, step, metric, arm.
  std::vector<Comparison> comparisons;
  std::vector<SweepSummary> sweeps;
  std::vector<PublishedBeside> published;  ///< In the order of RunInfo::published.pairs.
  std::vector<CurveBeside> curves;         ///< In the order of RunInfo::published.curves.
  std::vector<Why> why;                    ///< Differences first, the strongest of each first.
  std::uint32_t why_left_out = 0;          ///< Further places with differences.
  std::vector<ProfileDifference> profiles;
  std::vector<TopologyLabel> labels;   ///< Beside RunInfo::topologies.
  std::vector<ExactnessProof> proofs;  ///< Of boots on the instruction clock.
  std::uint32_t contaminated = 0;      ///< Boots marked by a declared limit; kept, not counted.
  std::optional<Calibration> calibration;
  std::optional<GateResult> gate;     ///< Absent without `gate:`.
  std::string headline;               ///< One sentence, first thing that a reader sees.
  std::vector<std::string> warnings;  ///< What is missing and why; how far times can be believed.
};

/// Does the statistics. Pure and deterministic: the same figures on any number of threads.
/// `calibration`: the results of a calibration run to hold these against, or null. `threads`: 0
/// for one a CPU.
Report make_report(Results results, const Results* calibration = nullptr, unsigned threads = 0);

/// At most 80 columns, for a terminal. `color`: ANSI colours.
std::string render_text(const Report& report, bool color);
/// At most 75 columns of plain ASCII, to stand in a mail to a kernel list.
std::string render_lkml(const Report& report);
/// GitHub's and GitLab's Markdown, for pull requests.
std::string render_markdown(const Report& report);
/// One row a comparison (RFC 4180).
std::string render_csv(const Report& report);
/// One self-contained HTML file.
std::string render_html(const Report& report);
/// The report's numbers, for `compare --json`; the schema is in docs/reports.md.
std::string render_json(const Report& report);
/// Go's benchmark lines, a line a boot, which benchstat reads.
std::string render_benchfmt(const Report& report);
/// The comparison tables that users of mmtests know.
std::string render_mmtests(const Report& report);

}  // namespace faultline
