// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/interval_bar.h"
#include "reports/html/sections.h"
#include "reports/statistics/comparisons.h"
#include "reports/statistics/sweep.h"

namespace faultline {
namespace {

constexpr std::size_t kMostWorkloads = 20;

std::string name(std::string_view text) {
  return visible_line(short_name(text, 80));
}

const char* css_class(const Comparison& c) {
  if (c.verdict == Verdict::improved) return "better";
  return c.verdict == Verdict::regressed ? "worse" : "unclear";
}

/// An exact figure has no interval, and digits that mean something: "exactly 1.015033" times.
std::string exactly(const Comparison& c) {
  return has_effect(c) ? fmt::format("exactly {:.7g}", c.effect.value) : "–";
}

bool is_judged(const Comparison& c) {
  return c.verdict == Verdict::improved || c.verdict == Verdict::regressed;
}

/// What stands behind the verdict: its reason, what it would take, what the note adds.
std::string remark(const Comparison& c) {
  std::string text;
  for (const std::string& part : {c.reason, further_text(c), c.note})
    if (!part.empty()) text += "; " + part;
  return text;
}

/// What the set-up is measured to be able to see; 0 if that is not known of this set-up.
double floor_of(const Report& report) {
  return report.calibration && report.calibration->mismatches.empty()
             ? report.calibration->visible_ratio
             : 0;
}

class ComparisonTable {
 public:
  ComparisonTable(HtmlWriter& html, const Report& report, const std::vector<std::size_t>& shown)
      : html_(html), report_(report), shown_(shown), scale_(floor_of(report)) {
    for (const std::size_t i : shown) {
      const Comparison& c = report.comparisons[i];
      if (has_effect(c)) scale_.include(c, c.metric);
      // What the only step of a workload is stands above the table, once.
      if (!varying_.contains(c.step)) varying_[c.step] = row_parameters(report, c.step);
    }
    for (const CellSummary& cell : report.cells)
      cells_[{cell.topology, cell.step, cell.metric, cell.arm}] = &cell;
    const auto& arms = report.results.run.arms;
    const auto found = std::find(arms.begin(), arms.end(), report.results.run.baseline);
    baseline_ = static_cast<std::uint32_t>(found - arms.begin());
    one_arm_ = arms.size() == 2;
    for (const ResultStep& step : report.results.steps)
      several_workloads_ |= step.workload != report.results.steps[0].workload;
  }

  void write() {
    html_.open("div", {{"class", "scroll"},
                       {"tabindex", "0"},
                       {"role", "region"},
                       {"aria-label", "Comparisons"}});
    html_.open("table", {{"id", "comparisons"}, {"class", "sortable cards"}});
    html_.element("caption", "Each arm against the baseline: medians, change, interval, verdict",
                  {{"class", "unseen"}});
    head();
    html_.open("tbody");
    for (const std::size_t i : shown_) row(report_.comparisons[i]);
    html_.close().close().close();
  }

 private:
  const RunInfo& run() const { return report_.results.run; }

  void head() {
    html_.open("thead").open("tr");
    const std::string base = name(run().baseline);
    const std::string arm = one_arm_ ? name(run().arms[baseline_ == 0 ? 1 : 0]) : "arm's value";
    for (const auto& [title, numeric] :
         std::initializer_list<std::pair<std::string, bool>>{{"Metric", false},
                                                             {"Step", false},
                                                             {"Topology", false},
                                                             {"Arm", false},
                                                             {base, true},
                                                             {arm, true},
                                                             {"Change", true},
                                                             {"Interval", true},
                                                             {"95 % interval", false},
                                                             {"n", true},
                                                             {"Verdict", false}}) {
      if (title == "Arm" && one_arm_) continue;
      html_.element("th", title, {{"scope", "col"}, {"data-type", numeric ? "number" : "text"}});
    }
    html_.close().close();
  }

  void cell(std::string_view label, std::string_view text, const char* css = "",
            const std::string& sort = {}) {
    html_.element("td", text, {{"data-label", label}, {"class", css}, {"data-sort", sort}});
  }

  void median(const std::string& label, std::uint32_t arm, const Comparison& c) {
    const auto found = cells_.find({c.topology, c.step, c.metric, arm});
    if (found == cells_.end() || found->second->median.n == 0) {
      cell(label, "–", "num");
      return;
    }
    const Estimate& median = found->second->median;
    const std::string& unit = run().metrics[c.metric].unit;
    html_.open("td", {{"data-label", label},
                      {"class", "num"},
                      {"data-sort", fmt::format("{:.6g}", median.value)},
                      {"title", median.low ? fmt::format("median, 95 % interval {} to {}",
                                                         format_quantity(*median.low, unit),
                                                         format_quantity(*median.high, unit))
                                           : "median"}});
    html_.text(format_quantity(median.value, unit)).close();
  }

  void row(const Comparison& c) {
    const MetricInfo& metric = run().metrics[c.metric];
    const std::string effect = format_effect(c, metric.unit);
    const std::string interval = format_interval(c, metric.unit);
    html_.open("tr", {{"data-primary", metric.primary ? "1" : "0"}});
    html_.open("th", {{"scope", "row"},
                      {"data-label", "Metric"},
                      {"data-sort", name(metric.name)},
                      {"title", short_name(metric.what, 300)}});
    html_.text(name(metric.name));
    if (!unit_is_shown(metric.unit) && !metric.unit.empty())
      html_.element("span", " " + visible_line(short_name(metric.unit, 20)), {{"class", "faint"}});
    if (metric.primary) html_.element("span", " primary", {{"class", "tag"}});
    html_.close();
    const ResultStep& step = report_.results.steps[c.step];
    html_.open("td", {{"data-label", "Step"},
                      {"data-sort", std::to_string(c.step)},
                      {"title", visible_line(short_name(step_name(step), 300))}});
    const std::string& varying = varying_.at(c.step);
    if (varying.empty() || several_workloads_)
      html_.element("span", name(step.workload) + (varying.empty() ? "" : " "),
                    {{"class", varying.empty() ? "" : "faint"}});
    html_.text(name(varying));
    html_.close();
    cell("Topology", name(run().topologies[c.topology]));
    if (!one_arm_) cell("Arm name", name(run().arms[c.arm]));
    median(name(run().baseline), baseline_, c);
    median(name(run().arms[c.arm]), c.arm, c);
    cell("Change", effect.empty() ? "–" : effect, is_difference(c.verdict) ? "num strong" : "num",
         effect.empty() ? "" : fmt::format("{:.6g}", c.effect.value));
    html_.open("td", {{"data-label", "Interval"},
                      {"data-sort", effect.empty() ? "" : fmt::format("{:.6g}", c.effect.value)}});
    if (has_effect(c))
      scale_.write(html_, c, effect + (interval.empty() ? "" : ", " + interval), css_class(c),
                   c.metric);
    html_.close();
    cell(c.exact ? "Effect" : "95 %",
         c.exact            ? exactly(c)
         : interval.empty() ? "–"
                            : interval,
         "interval");
    cell("n", std::to_string(c.effect.n), "num");
    html_.open("td", {{"data-label", "Verdict"},
                      {"class", std::string("verdict ") + (is_judged(c) ? css_class(c) : "")},
                      {"title", c.p ? fmt::format("{}; p = {:.2g}, {:.2g} in its family", c.method,
                                                  *c.p, c.adjusted_p.value_or(1))
                                    : c.method}});
    html_.text(verdict_text(c));
    if (c.exact) html_.element("span", " exact", {{"class", "tag"}});
    if (const std::string text = remark(c); !text.empty())
      html_.element("span", visible_line(text.substr(2)), {{"class", "remark"}});
    html_.close();
    html_.close();
  }

  HtmlWriter& html_;
  const Report& report_;
  const std::vector<std::size_t>& shown_;
  BarScale scale_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>,
           const CellSummary*>
      cells_;
  std::map<std::uint32_t, std::string> varying_;  ///< By step.
  std::uint32_t baseline_ = 0;
  bool one_arm_ = false;
  bool several_workloads_ = false;
};

}  // namespace

void write_comparisons(HtmlWriter& html, const Report& report,
                       const std::vector<std::size_t>& shown) {
  html.open("section", {{"id", "comparison"}, {"aria-labelledby", "comparison-heading"}});
  html.element("h2", "Comparisons", {{"id", "comparison-heading"}});
  if (shown.empty()) {
    html.element("p", "There is nothing to compare.").close();
    return;
  }
  html.open("p").text("Each arm against ");
  html.element("strong", name(report.results.run.baseline))
      .text(
          ", paired within blocks of boots. + and − in percent, × and ÷ as factors; n is the "
          "number of complete " +
          unit_noun(report) +
          "s. Primary metrics are judged together; all others are "
          "exploratory and judged among themselves.");
  if (const double floor = floor_of(report); floor > 1)
    html.text(" The grey band in the bars is the A/A floor: " + size_text(floor) + " either way.");
  html.close();
  std::set<std::string> told;
  for (std::uint32_t told_of = 0; told_of < report.results.steps.size(); ++told_of) {
    const ResultStep& step = report.results.steps[told_of];
    if (told.size() == kMostWorkloads || !told.insert(step.workload).second) continue;
    const std::string held = held_parameters(report, told_of);
    if (!held.empty())
      html.element("p",
                   (is_only_step(report, told_of) ? "The one step of " : "All steps of ") +
                       name(step.workload) + ": " + visible_line(short_name(held, 1000)) + ".",
                   {{"class", "faint"}});
  }
  if (shown.size() < report.comparisons.size())
    html.element("p",
                 fmt::format("{} of {} are shown, primary metrics first; compare --json has all.",
                             shown.size(), count_of(report.comparisons.size(), "comparison")),
                 {{"class", "warning"}});
  html.open("div", {{"class", "controls needs-script"}, {"data-for", "comparisons"}});
  html.open("label").text("Filter ");
  html.empty("input", {{"type", "search"},
                       {"id", "filter"},
                       {"placeholder", "two-node regressed"},
                       {"autocomplete", "off"}});
  html.close();
  html.open("label");
  html.empty("input", {{"type", "checkbox"}, {"id", "primary-only"}});
  html.text(" primary metrics only").close();
  html.element("span", "", {{"id", "row-count"}, {"role", "status"}});
  html.close();
  ComparisonTable(html, report, shown).write();
  html.open("div", {{"class", "needs-script"}});
  html.element("h3", "Every comparison with its interval");
  html.open("div", {{"id", "forest"},
                    {"role", "group"},
                    {"aria-label", "Chart of the rows above, in their order"}})
      .close();
  html.close();
  html.close();
}

}  // namespace faultline
