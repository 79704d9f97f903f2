// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/sections.h"

namespace faultline {
namespace {

constexpr int kBarWidth = 130;
constexpr int kBarHeight = 18;

std::string name(std::string_view text) {
  return visible_line(short_name(text, 80));
}

/// Places effects along a bar: ratios by their logarithm on one scale for all rows, differences on
/// one scale for each metric. "No change" is always on it.
class BarScale {
 public:
  BarScale(const Report& report, const std::vector<std::size_t>& shown) {
    ratios_ = {-std::log(1.05), std::log(1.05)};  // A 1 % effect should not fill the bar.
    for (const std::size_t i : shown) {
      const Comparison& c = report.comparisons[i];
      if (!has_effect(c)) continue;
      Range& range = c.is_ratio ? ratios_ : differences_[c.metric];
      for (const double edge : {c.effect.value, c.effect.low.value_or(c.effect.value),
                                c.effect.high.value_or(c.effect.value)}) {
        const double place = place_of(c, edge);
        if (!std::isfinite(place)) continue;
        range.low = std::min(range.low, place);
        range.high = std::max(range.high, place);
      }
    }
  }

  double x(const Comparison& c, double effect) const {
    return at(range_of(c), place_of(c, effect));
  }
  double no_change(const Comparison& c) const { return at(range_of(c), 0); }

 private:
  struct Range {
    double low = 0, high = 0;
  };
  static double place_of(const Comparison& c, double effect) {
    return c.is_ratio ? std::log(effect) : effect;
  }
  static double at(const Range& range, double place) {
    constexpr double kMargin = 6;
    const double width = range.high - range.low;
    const double share = width > 0 && std::isfinite(width) ? (place - range.low) / width : 0.5;
    return kMargin + (kBarWidth - 2 * kMargin) * std::clamp(share, 0.0, 1.0);
  }
  const Range& range_of(const Comparison& c) const {
    return c.is_ratio ? ratios_ : differences_.at(c.metric);
  }

  Range ratios_;
  std::map<std::uint32_t, Range> differences_;
};

const char* css_class(const Comparison& c) {
  if (c.verdict == Verdict::improved) return "better";
  return c.verdict == Verdict::regressed ? "worse" : "unclear";
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

void write_bar(HtmlWriter& html, const Comparison& c, const BarScale& scale,
               const std::string& label) {
  const char* judged = css_class(c);
  html.open("svg", {{"class", std::string("bar ") + judged},
                    {"viewBox", fmt::format("0 0 {} {}", kBarWidth, kBarHeight)},
                    {"width", std::to_string(kBarWidth)},
                    {"height", std::to_string(kBarHeight)},
                    {"role", "img"},
                    {"aria-label", label}});
  const std::string middle = fmt::format("{:.1f}", scale.no_change(c));
  html.empty("line", {{"class", "none"},
                      {"x1", middle},
                      {"x2", middle},
                      {"y1", "1"},
                      {"y2", std::to_string(kBarHeight - 1)}});
  const std::string y = std::to_string(kBarHeight / 2);
  if (c.effect.low && c.effect.high)
    html.empty("line", {{"class", "span"},
                        {"x1", fmt::format("{:.1f}", scale.x(c, *c.effect.low) - 1)},
                        {"x2", fmt::format("{:.1f}", scale.x(c, *c.effect.high) + 1)},
                        {"y1", y},
                        {"y2", y}});
  html.empty("circle", {{"class", c.effect.low ? "point" : "point hollow"},
                        {"cx", fmt::format("{:.1f}", scale.x(c, c.effect.value))},
                        {"cy", y},
                        {"r", "3.5"}});
  html.close();
}

class ComparisonTable {
 public:
  ComparisonTable(HtmlWriter& html, const Report& report, const std::vector<std::size_t>& shown)
      : html_(html), report_(report), shown_(shown), scale_(report, shown) {
    for (const CellSummary& cell : report.cells)
      cells_[{cell.topology, cell.step, cell.metric, cell.arm}] = &cell;
    const auto& arms = report.results.run.arms;
    const auto found = std::find(arms.begin(), arms.end(), report.results.run.baseline);
    baseline_ = static_cast<std::uint32_t>(found - arms.begin());
    one_arm_ = arms.size() == 2;
  }

  void write() {
    html_.open("div", {{"class", "scroll"},
                       {"tabindex", "0"},
                       {"role", "region"},
                       {"aria-label", "Comparisons"}});
    html_.open("table", {{"id", "comparisons"}, {"class", "sortable cards"}});
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
         std::initializer_list<std::pair<std::string, bool>>{{"Topology", false},
                                                             {"Step", false},
                                                             {"Metric", false},
                                                             {"Arm", false},
                                                             {base, true},
                                                             {arm, true},
                                                             {"Change", true},
                                                             {"Interval", true},
                                                             {"95 %", false},
                                                             {"n", true},
                                                             {"Verdict", false}}) {
      if (title == "Arm" && one_arm_) continue;
      html_.element("th", title, {{"scope", "col"}, {"data-type", numeric ? "number" : "text"}});
    }
    html_.close().close();
  }

  void cell(const char* label, std::string_view text, const char* css = "",
            const std::string& sort = {}) {
    html_.element("td", text, {{"data-label", label}, {"class", css}, {"data-sort", sort}});
  }

  void median(const char* label, std::uint32_t arm, const Comparison& c) {
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
    cell("Topology", name(run().topologies[c.topology]));
    const std::string step = name(step_name(report_.results.steps[c.step]));
    html_.element("td", step, {{"data-label", "Step"}, {"data-sort", std::to_string(c.step)}});
    html_.open("td", {{"data-label", "Metric"}, {"title", short_name(metric.what, 300)}});
    html_.text(name(metric.name));
    if (!unit_is_shown(metric.unit) && !metric.unit.empty())
      html_.element("span", " " + visible_line(short_name(metric.unit, 20)), {{"class", "faint"}});
    if (metric.primary) html_.element("span", " primary", {{"class", "tag"}});
    html_.close();
    if (!one_arm_) cell("Arm name", name(run().arms[c.arm]));
    median("Baseline", baseline_, c);
    median("Arm", c.arm, c);
    cell("Change", effect.empty() ? "–" : effect, "num strong",
         effect.empty() ? "" : fmt::format("{:.6g}", c.effect.value));
    html_.open("td", {{"data-label", "Interval"},
                      {"data-sort", effect.empty() ? "" : fmt::format("{:.6g}", c.effect.value)}});
    if (has_effect(c)) write_bar(html_, c, scale_, effect + ", " + interval);
    html_.close();
    cell("95 %", interval.empty() ? "–" : interval, "interval");
    cell("n", std::to_string(c.effect.n), "num");
    html_.open("td", {{"data-label", "Verdict"},
                      {"class", is_judged(c) ? css_class(c) : ""},
                      {"title", c.p ? fmt::format("{}; p = {:.2g}, {:.2g} in its family", c.method,
                                                  *c.p, c.adjusted_p.value_or(1))
                                    : c.method}});
    html_.text(verdict_text(c));
    if (c.exact) html_.element("span", " exact", {{"class", "tag"}});
    if (const std::string text = remark(c); !text.empty())
      html_.element("span", visible_line(text), {{"class", "faint"}});
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
  std::uint32_t baseline_ = 0;
  bool one_arm_ = false;
};

}  // namespace

void write_comparisons(HtmlWriter& html, const Report& report,
                       const std::vector<std::size_t>& shown) {
  html.open("section", {{"id", "comparison"}}).element("h2", "Comparisons");
  if (shown.empty()) {
    html.element("p", "There is nothing to compare.").close();
    return;
  }
  html.open("p").text("Each arm against ");
  html.element("strong", name(report.results.run.baseline))
      .text(
          ", paired within blocks of boots. + and − in percent, × and ÷ as factors; n is the "
          "number of complete blocks. ");
  html.text(
      "Primary metrics are judged together (Holm); all others are exploratory (Benjamini and "
      "Hochberg). A/A floor: ");
  html.text(visible_line(calibration_text(report)) + ".");
  html.close();
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
  html.element("h3", "Every comparison with its interval", {{"class", "needs-script"}});
  html.open("div", {{"id", "forest"}, {"class", "needs-script"}}).close();
  html.close();
}

}  // namespace faultline
