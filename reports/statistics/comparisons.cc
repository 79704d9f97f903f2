// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/comparisons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "base/random.h"
#include "reports/format.h"
#include "reports/statistics/exactness.h"
#include "reports/statistics/function_alignment.h"
#include "reports/statistics/parallel.h"
#include "reports/statistics/rank_statistics.h"
#include "reports/statistics/sign_flip.h"
#include "reports/statistics/topology_label.h"

namespace faultline {
namespace {

constexpr double kLevel = 0.05;

void add_note(Comparison& comparison, const std::string& text) {
  comparison.note += (comparison.note.empty() ? "" : ", ") + text;
}

/// One comparison while it is made.
struct Draft {
  Comparison comparison;
  ByBlock weights;   ///< By unit, for the joint test.
  double value = 0;  ///< The estimate and half its interval, on the scale of the effects.
  double half_width = 0;
  double blocks_of_unit = 1;
};

class Comparer {
 public:
  Comparer(const Report& report, const CellIndex& cells, const AnalysisPolicy& policy,
           std::uint32_t baseline)
      : report_(report),
        run_(report.results.run),
        cells_(cells),
        policy_(policy),
        baseline_(baseline) {
    for (const CellSummary& cell : report.cells)
      if (cell.arm != baseline && cells.is_planned(baseline, cell.topology, cell.step))
        wanted_.push_back(&cell);
    drafts_.resize(wanted_.size());
    for (std::uint32_t arm = 0; arm < run_.arms.size(); ++arm)
      unaligned_.push_back(arms_without_alignment(report.results, arm, baseline));
  }

  std::vector<Comparison> compare(unsigned threads) {
    parallel_for(wanted_.size(), threads, [this](std::size_t i) { drafts_[i] = draft(i); });
    adjust();
    std::vector<Comparison> comparisons;
    for (Draft& one : drafts_) {
      decide(one);
      comparisons.push_back(std::move(one.comparison));
    }
    return comparisons;
  }

 private:
  Draft draft(std::size_t index) const {
    const CellSummary& cell = *wanted_[index];
    const MetricInfo& metric = run_.metrics[cell.metric];
    Draft made;
    Comparison& c = made.comparison;
    c.arm = cell.arm;
    c.topology = cell.topology;
    c.step = cell.step;
    c.metric = cell.metric;
    c.primary = metric.primary;
    c.is_ratio = metric.scale != "difference";
    c.margin = policy_.margin_of(metric);
    c.exact = is_exact(report_.proofs, cell.arm, cell.topology) &&
              is_exact(report_.proofs, baseline_, cell.topology);
    const TopologyLabel label = report_.labels[cell.topology];
    if (!c.exact && label != TopologyLabel::backed && measures_time(metric)) c.time_label = label;
    if (c.exact)
      compare_exactly(cell, c);
    else
      compare_blocks(index, cell, made);
    if (!c.exact && measures_time(metric) && !unaligned_[cell.arm].empty())
      add_note(c, "separate builds, functions not aligned in " + names_of(unaligned_[cell.arm]));
    return made;
  }

  /// Every boot of either arm has the same digits: the first one of each speaks for all.
  void compare_exactly(const CellSummary& cell, Comparison& c) const {
    c.method = "exact: equal digits in every boot";
    const auto own = cells_.values_of(cell.arm, cell.topology, cell.step, cell.metric);
    const auto base = cells_.values_of(baseline_, cell.topology, cell.step, cell.metric);
    if (own.empty() || base.empty()) return refuse(c, why_no_pair(cell));
    c.effect.n = static_cast<std::uint32_t>(std::min(own.size(), base.size()));
    const double a = own.front().value;
    const double b = base.front().value;
    if (c.is_ratio && (a <= 0 || b <= 0) && a != b)
      return refuse(c, "zero or negative value where a ratio was asked for");
    c.effect.value = a == b ? no_effect(c) : c.is_ratio ? a / b : a - b;
    c.effect.low = c.effect.high = c.effect.value;
  }

  void compare_blocks(std::size_t index, const CellSummary& cell, Draft& made) const {
    Comparison& c = made.comparison;
    c.method = describe(policy_.method, c.is_ratio);
    const BlockEffects blocks = block_effects(report_.results, cells_, baseline_, cell);
    c.effect.n = blocks.pairs;
    if (blocks.pairs == 0) return refuse(c, why_no_pair(cell));
    if (blocks.pairs < cells_.blocks())
      c.note =
          std::to_string(blocks.pairs) + " of " + count_of(cells_.blocks(), "block") + " complete";
    if (blocks.not_positive > 0)
      return refuse(c, "zero or negative value in " + std::to_string(blocks.not_positive) + " of " +
                           count_of(blocks.pairs, "block"));
    if (blocks.not_finite > 0)
      add_note(c, count_of(blocks.not_finite, "block") + " beyond the range of numbers");
    if (blocks.effects.empty()) return refuse(c, "no block has a difference that is a number");
    const std::vector<double> values = blocks.values();
    const bool alike =
        std::all_of(values.begin(), values.end(), [&](double value) { return value == values[0]; });
    if (alike && values.size() > 1)
      add_note(c, blocks.layouts ? "all layouts alike" : "all blocks alike");
    if (blocks.layouts) count_layouts(blocks, made);
    const std::uint64_t seed = Random(run_.seed ^ (0x9e3779b97f4a7c15ULL * (index + 1))).next();
    const Effect effect = estimate_effect(policy_.method, values, seed);
    c.effect = effect.estimate;
    made.value = effect.estimate.value;
    if (effect.estimate.low) {
      c.p = effect.p;
      made.half_width = (*effect.estimate.high - *effect.estimate.low) / 2;
      made.weights = blocks.units;
    }
    if (!c.is_ratio) return;
    c.effect.value = std::exp(c.effect.value);
    if (c.effect.low) c.effect.low = std::exp(*c.effect.low);
    if (c.effect.high) c.effect.high = std::exp(*c.effect.high);
    if (!std::isfinite(c.effect.value)) refuse(c, "the ratio is beyond the range of numbers");
  }

  void count_layouts(const BlockEffects& blocks, Draft& made) const {
    Comparison& c = made.comparison;
    c.over_layouts = true;
    c.layout_share = cells_.units().share_of_variance(blocks.effects);
    made.blocks_of_unit = std::ceil(double(blocks.effects.size()) / double(blocks.units.size()));
    std::string text = count_of(blocks.effects.size(), "block") + " in " +
                       count_of(blocks.units.size(), "text layout");
    if (c.layout_share)
      text += fmt::format(", which make {:.0f} % of their spread", *c.layout_share * 100);
    add_note(c, text);
  }

  std::string names_of(const std::vector<std::uint32_t>& arms) const {
    std::string names;
    for (const std::uint32_t arm : arms)
      names += (names.empty() ? "" : " and ") + short_name(run_.arms[arm], 40);
    return names;
  }

  static void refuse(Comparison& c, std::string reason) {
    c.verdict = Verdict::not_comparable;
    c.reason = std::move(reason);
    c.p.reset();
  }

  /// Why no block has both values.
  std::string why_no_pair(const CellSummary& cell) const {
    const auto arms = {cell.arm, baseline_};
    std::string text;
    for (const std::uint32_t arm : arms) {
      if (!cells_.values_of(arm, cell.topology, cell.step, cell.metric).empty()) continue;
      std::string missing;
      for (const CellSummary& other : report_.cells)
        if (other.arm == arm && other.topology == cell.topology && other.step == cell.step &&
            other.metric == cell.metric)
          missing = other.missing;
      text += (text.empty() ? "" : "; ") + short_name(run_.arms[arm], 40) + " has no value" +
              (missing.empty() ? "" : " (" + missing + ")");
    }
    return text.empty() ? "no block has a value of both arms" : text;
  }

  /// Holm over the primary metrics, Benjamini and Hochberg over all others (docs/statistics.md,
  /// "Families").
  void adjust() {
    std::vector<Draft*> primary;
    std::vector<Draft*> exploratory;
    for (Draft& one : drafts_)
      if (one.comparison.p) (one.comparison.primary ? primary : exploratory).push_back(&one);
    primary_ = primary.size();
    exploratory_ = exploratory.size();
    const auto p_of = [](const std::vector<Draft*>& drafts) {
      std::vector<double> p;
      for (const Draft* one : drafts) p.push_back(*one->comparison.p);
      return p;
    };
    std::vector<double> adjusted = joint_sign_flip_p(weights_by_unit(primary));
    if (adjusted.empty()) adjusted = holm(p_of(primary));
    for (std::size_t i = 0; i < primary.size(); ++i)
      primary[i]->comparison.adjusted_p = std::max(adjusted[i], primary[i]->comparison.p.value());
    adjusted = benjamini_hochberg(p_of(exploratory));
    const auto rows = weights_by_unit(exploratory);
    if (!rows.empty() && double(rows.size()) * std::ldexp(2, -int(rows[0].size())) > kLevel)
      if (auto joint = joint_sign_flip_p(rows); !joint.empty()) adjusted = std::move(joint);
    for (std::size_t i = 0; i < exploratory.size(); ++i)
      exploratory[i]->comparison.adjusted_p =
          std::max(adjusted[i], exploratory[i]->comparison.p.value());
  }

  static std::vector<std::vector<double>> weights_by_unit(const std::vector<Draft*>& drafts) {
    std::map<std::uint32_t, std::size_t> column;
    for (const Draft* one : drafts)
      for (const auto& [block, weight] : one->weights) column.emplace(block, 0);
    constexpr std::size_t kMost = 20;  // joint_sign_flip_p() would refuse more.
    if (column.size() > kMost) return {};
    std::size_t next = 0;
    for (auto& [block, place] : column) place = next++;
    std::vector<std::vector<double>> rows;
    for (const Draft* one : drafts) {
      std::vector<double>& row = rows.emplace_back(column.size(), 0.0);
      for (const auto& [block, weight] : one->weights) row[column[block]] = weight;
    }
    return rows;
  }

  void decide(Draft& made) const {
    Comparison& c = made.comparison;
    if (c.verdict == Verdict::not_comparable) return;
    if (!c.effect.low || !c.effect.high) {
      c.verdict = Verdict::inconclusive;
      if (has_one_boot(report_.proofs, c.arm, c.topology) ||
          has_one_boot(report_.proofs, baseline_, c.topology)) {
        c.further_blocks = 1;
        c.reason = kNotProvenYet;
        return;
      }
      c.further_blocks =
          in_blocks(c.effect.n < kFewestForInterval ? kFewestForInterval - c.effect.n : 1, made);
      c.reason = fmt::format("{} complete, {} are needed", sample_text(c), kFewestForInterval);
      return;
    }
    const double low = *c.effect.low;
    const double high = *c.effect.high;
    const double none = no_effect(c);
    const bool in_margin =
        c.margin && (c.is_ratio ? low * (1 + *c.margin) >= 1 && high <= 1 + *c.margin
                                : low >= -*c.margin && high <= *c.margin);
    if (in_margin || (low == none && high == none)) {
      c.verdict = Verdict::equivalent;
      return;
    }
    if (excludes_none(c)) {
      if (c.exact || c.adjusted_p.value_or(1) <= kLevel) {
        const std::string& good = run_.metrics[c.metric].direction;
        c.verdict = good != "lower" && good != "higher"  ? Verdict::changed
                    : (low > none) == (good == "higher") ? Verdict::improved
                                                         : Verdict::regressed;
        return;
      }
      c.reason = fmt::format("clear alone, not among {} {} comparisons (adjusted p = {:.2g})",
                             c.primary ? primary_ : exploratory_,
                             c.primary ? "primary" : "exploratory", c.adjusted_p.value_or(1));
    } else {
      c.reason = c.margin ? "the interval holds both no effect and one beyond the margin"
                          : "the interval holds no effect";
    }
    c.verdict = Verdict::inconclusive;
    std::optional<double> margin = c.margin;
    if (margin && c.is_ratio) margin = std::log1p(*margin);
    const auto further =
        further_blocks(made.value, made.half_width, c.effect.n, margin, c.primary ? primary_ : 1);
    if (further) c.further_blocks = in_blocks(*further, made);
  }

  static std::uint32_t in_blocks(std::uint32_t units, const Draft& made) {
    return static_cast<std::uint32_t>(units * made.blocks_of_unit);
  }

  const Report& report_;
  const RunInfo& run_;
  const CellIndex& cells_;
  const AnalysisPolicy& policy_;
  std::uint32_t baseline_;
  std::vector<std::vector<std::uint32_t>> unaligned_;  ///< By arm: arms_without_alignment().
  std::vector<const CellSummary*> wanted_;
  std::vector<Draft> drafts_;
  std::size_t primary_ = 0;  ///< Comparisons with a p-value, by family.
  std::size_t exploratory_ = 0;
};

}  // namespace

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::improved:
      return "improved";
    case Verdict::regressed:
      return "regressed";
    case Verdict::changed:
      return "changed";
    case Verdict::equivalent:
      return "equivalent";
    case Verdict::inconclusive:
      return "inconclusive";
    case Verdict::not_comparable:
      break;
  }
  return "not comparable";
}

std::vector<double> BlockEffects::values() const {
  std::vector<double> list;
  for (const auto& [unit, effect] : units) list.push_back(effect);
  return list;
}

BlockEffects block_effects(const Results& results, const CellIndex& cells, std::uint32_t baseline,
                           const CellSummary& cell) {
  const bool is_ratio = results.run.metrics[cell.metric].scale != "difference";
  std::map<std::uint32_t, double> base;
  for (const BootValue& value : cells.values_of(baseline, cell.topology, cell.step, cell.metric))
    base[results.boots[value.boot].block] = value.value;
  std::map<std::uint32_t, double> own;  // By block: the order of boots must not matter.
  for (const BootValue& value : cells.values_of(cell.arm, cell.topology, cell.step, cell.metric))
    own[results.boots[value.boot].block] = value.value;
  BlockEffects found;
  for (const auto& [block, value] : own) {
    const auto partner = base.find(block);
    if (partner == base.end()) continue;
    ++found.pairs;
    if (is_ratio && (value <= 0 || partner->second <= 0)) {
      ++found.not_positive;
      continue;
    }
    const double effect =
        is_ratio ? std::log(value) - std::log(partner->second) : value - partner->second;
    if (std::isfinite(effect))
      found.effects.emplace_back(block, effect);
    else
      ++found.not_finite;
  }
  if (found.not_positive > 0) found.effects.clear();
  found.units = cells.units().means(found.effects);
  found.layouts = cells.units().are_layouts();
  return found;
}

std::vector<Comparison> compare_arms(const Report& report, const CellIndex& cells,
                                     const AnalysisPolicy& policy, unsigned threads) {
  const auto baseline = baseline_of(report.results.run);
  if (!baseline) return {};
  return Comparer(report, cells, policy, *baseline).compare(threads);
}

std::optional<std::uint32_t> baseline_of(const RunInfo& run) {
  const auto found = std::find(run.arms.begin(), run.arms.end(), run.baseline);
  if (found == run.arms.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - run.arms.begin());
}

bool excludes_none(const Comparison& comparison) {
  const double none = no_effect(comparison);
  return comparison.effect.low && comparison.effect.high &&
         (*comparison.effect.low > none || *comparison.effect.high < none);
}

bool is_difference(Verdict verdict) {
  return verdict == Verdict::improved || verdict == Verdict::regressed ||
         verdict == Verdict::changed;
}

}  // namespace faultline
