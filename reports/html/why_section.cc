// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <vector>

#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/interval_bar.h"
#include "reports/html/sections.h"
#include "reports/why_facts.h"

namespace faultline {
namespace {

constexpr std::size_t kMostCounters = 25;   ///< Of one place.
constexpr std::size_t kMostApart = 20;      ///< Of one place and collector.
constexpr std::size_t kMostFunctions = 20;  ///< Of one profile.
constexpr std::size_t kMostTitles = 8;
constexpr double kLeastP = 0.0001;

std::string name(std::string_view text) {
  return visible_line(short_name(text, 120));
}

class WhySection {
 public:
  WhySection(HtmlWriter& html, const Report& report) : html_(html), report_(report) {}

  void write() {
    html_.open("section", {{"id", "why"}, {"aria-labelledby", "why-heading"}});
    html_.element("h2", "Why did it change", {{"id", "why-heading"}});
    if (report_.why.empty()) {
      html_.element("p", report_.results.counters.empty() && report_.results.profiles.empty() &&
                                 report_.results.executions.empty()
                             ? "No collector ran along. With collect: [vmstat, slabinfo] in the "
                               "experiment this section says what else moved."
                             : "There is no difference to explain.");
      html_.close();
      return;
    }
    html_.element("p",
                  "What the collectors counted in the same steps, paired by block as the metrics "
                  "are. Of all counters of a step those that moved beyond chance are shown "
                  "(Benjamini and Hochberg), the largest sure change first. What moved along is a "
                  "lead, not a proof of the cause.");
    if (report_.results.counted_blocks > 0)
      html_.element("p",
                    fmt::format("Counters of the first {} only: there are more than fit.",
                                count_of(report_.results.counted_blocks, "block")),
                    {{"class", "warning"}});
    bool first = true;
    for (const Why& why : report_.why) {
      place(why, first);
      first = false;
    }
    if (report_.why_left_out > 0)
      html_.element("p", fmt::format("And {} more places with differences.", report_.why_left_out));
    html_.close();
  }

 private:
  const RunInfo& run() const { return report_.results.run; }
  std::string baseline() const { return name(short_name(run().baseline, 24)); }
  std::string arm(const Why& why) const { return name(short_name(run().arms[why.arm], 24)); }

  void head(const std::vector<std::pair<std::string, bool>>& titles) {
    html_.open("thead").open("tr");
    for (const auto& [title, numeric] : titles)
      html_.element("th", title, {{"scope", "col"}, {"data-type", numeric ? "number" : "text"}});
    html_.close().close();
  }

  void open_table(const std::string& caption) {
    html_.open(
        "div",
        {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", caption}});
    html_.open("table", {{"class", "sortable compact"}}).element("caption", caption);
  }
  void close_table() { html_.close().close().close(); }

  void place(const Why& why, bool open) {
    html_.open("details", {{"class", "why"}, {open ? "open" : "data-closed", ""}});
    html_.open("summary");
    html_.element("h3", name(exploring_prefix(why) + why_title(report_, why)));
    html_.element("span", " " + why_summary(why), {{"class", "faint"}});
    html_.close();
    if (why.confirmed && why.comparisons.size() > 1) other_differences(why);
    if (!why.confirmed)
      html_.element("p", "No verdict stands behind this: it is shown to give ideas, not evidence.",
                    {{"class", "faint"}});
    if (why.executed) executed(why, *why.executed);
    if (why.profile && report_.profiles[*why.profile].exact) flame(*why.profile);
    counters(why);
    apart(why);
    if (why.profile && !report_.profiles[*why.profile].exact) profile(why, *why.profile);
    html_.close();
  }

  void count(std::uint64_t value) {
    html_.element("td", with_commas(value),
                  {{"class", "num"}, {"data-sort", std::to_string(value)}});
  }

  /// Function by function, as the instrument counted: nothing to estimate.
  void executed(const Why& why, const ExecutionDifference& e) {
    open_table("Executed in this step, exact: " + executed_text(e) + ". " +
               count_of(e.functions.size(), "function") +
               (e.functions.size() == 1 ? " differs, " : " differ, ") + std::to_string(e.equal) +
               " are equal to the last instruction.");
    std::vector<std::pair<std::string, bool>> titles{{"Function", false},
                                                     {baseline() + ", instructions", true},
                                                     {arm(why) + ", instructions", true},
                                                     {"Change", true},
                                                     {baseline() + ", entries", true},
                                                     {arm(why) + ", entries", true}};
    if (e.memory) {
      titles.emplace_back(baseline() + ", remote accesses", true);
      titles.emplace_back(arm(why) + ", remote accesses", true);
    }
    head(titles);
    html_.open("tbody");
    for (std::size_t i = 0; i < std::min(e.functions.size(), kMostFunctions); ++i) {
      const FunctionDifference& one = e.functions[i];
      html_.open("tr").element("th", name(function_name(one)), {{"scope", "row"}});
      count(one.before);
      count(one.after);
      html_.element("td", signed_count(one.change()),
                    {{"class", "num strong"}, {"data-sort", std::to_string(one.change())}});
      count(one.entries_before);
      count(one.entries_after);
      if (e.memory) {
        count(one.remote_before);
        count(one.remote_after);
      }
      html_.close();
    }
    close_table();
    if (e.functions.size() > kMostFunctions)
      html_.element("p",
                    fmt::format("And {} more: faultline compare {} --profile --all has them.",
                                e.functions.size() - kMostFunctions, run().run_id),
                    {{"class", "faint"}});
  }

  void flame(std::uint32_t index) {
    html_.open("div", {{"class", "flame needs-script"}, {"data-profile", std::to_string(index)}})
        .close();
  }

  void other_differences(const Why& why) {
    std::string text = "Different here as well: ";
    for (std::size_t i = 1; i < std::min(why.comparisons.size(), kMostTitles + 1); ++i) {
      const Comparison& c = report_.comparisons[why.comparisons[i]];
      const MetricInfo& metric = run().metrics[c.metric];
      text +=
          (i > 1 ? ", " : "") + short_name(metric.name, 40) + " " + format_effect(c, metric.unit);
    }
    if (why.comparisons.size() > kMostTitles + 1)
      text += fmt::format(" and {} more", why.comparisons.size() - kMostTitles - 1);
    html_.element("p", visible_line(text) + ".");
  }

  void level(const CounterMove& move, const CounterLevel& of) {
    html_.element(
        "td", level_text(move, of),
        {{"class", "num"}, {"data-sort", of.boots > 0 ? fmt::format("{:.6g}", of.median) : "–"}});
  }

  void counter_name(const CounterMove& move) {
    html_.open("th", {{"scope", "row"}});
    html_.element("span", name(move.source) + " ", {{"class", "faint"}});
    html_.text(name(move.name));
    if (!move.aliases.empty()) {
      std::string also;
      for (std::size_t i = 0; i < std::min<std::size_t>(move.aliases.size(), 4); ++i)
        also += (i > 0 ? ", " : "") + move.aliases[i];
      if (move.aliases.size() > 4) also += fmt::format(", {} more", move.aliases.size() - 4);
      html_.element("span", "the same number: " + name(also), {{"class", "remark"}});
    }
    html_.close();
  }

  void counters(const Why& why) {
    if (why.moved.empty()) return;
    const std::size_t shown = std::min(why.moved.size(), kMostCounters);
    BarScale scale;
    for (std::size_t i = 0; i < shown; ++i)
      if (why.moved[i].is_ratio) scale.include(as_comparison(why.moved[i]));
    open_table(fmt::format("Counters that moved along; {}, {} looked at",
                           count_of(why.blocks, unit_noun(report_)), why.looked_at));
    head({{"Counter", false},
          {baseline(), true},
          {arm(why), true},
          {"Change", true},
          {"Interval", false},
          {"95 % interval", false},
          {"adjusted p", true}});
    html_.open("tbody");
    for (std::size_t i = 0; i < shown; ++i) {
      const CounterMove& move = why.moved[i];
      const Comparison c = as_comparison(move);
      const std::string effect = format_effect(c, unit_of(move));
      const std::string interval = move.exact ? "exact" : format_interval(c, unit_of(move));
      html_.open("tr");
      counter_name(move);
      level(move, move.base);
      level(move, move.arm);
      change(move);
      html_.open("td");
      if (move.is_ratio) scale.write(html_, c, effect + ", " + interval, "unclear");
      html_.close();
      html_.element("td", interval, {{"class", "interval"}});
      // Few blocks say nothing of how far below this it is.
      html_.element(
          "td",
          !move.adjusted_p             ? "–"
          : *move.adjusted_p < kLeastP ? fmt::format("<{}", kLeastP)
                                       : fmt::format("{:.1g}", *move.adjusted_p),
          {{"class", "num"},
           {"data-sort", move.adjusted_p ? fmt::format("{:.3g}", *move.adjusted_p) : "–"}});
      html_.close();
    }
    close_table();
    if (shown < why.moved.size())
      html_.element("p",
                    fmt::format("And {} more: compare --json has them.", why.moved.size() - shown),
                    {{"class", "faint"}});
  }

  /// What was counted in steps of their own, while collectors that perturb ran.
  void apart(const Why& why) {
    for (std::size_t i = 0; i < why.apart.size();) {
      std::size_t end = i;
      while (end < why.apart.size() && why.apart[end].source == why.apart[i].source) ++end;
      const std::string where = fmt::format("counted in steps of their own ({}; not judged)",
                                            count_of(why.apart[i].n, unit_noun(report_)));
      if (why.apart[i].source == "contention")
        locks(why, i, end, "Lock contention by lock, " + where);
      else
        calls(why, i, end, "Calls of kernel functions, " + where);
      i = end;
    }
  }

  void change(const CounterMove& move) {
    html_.element("td", format_effect(as_comparison(move), unit_of(move)),
                  {{"class", "num strong"}, {"data-sort", fmt::format("{:.6g}", move.change)}});
  }

  void calls(const Why& why, std::size_t begin, std::size_t end, const std::string& caption) {
    open_table(caption);
    head({{"Function", false}, {baseline(), true}, {arm(why), true}, {"Change", true}});
    html_.open("tbody");
    for (std::size_t i = begin; i < std::min(end, begin + kMostApart); ++i) {
      const CounterMove& move = why.apart[i];
      html_.open("tr").element("th", name(move.name), {{"scope", "row"}});
      level(move, move.base);
      level(move, move.arm);
      change(move);
      html_.close();
    }
    close_table();
    more(end - begin);
  }

  /// A row a lock: how often it was waited for, and how long.
  void locks(const Why& why, std::size_t begin, std::size_t end, const std::string& caption) {
    static constexpr std::string_view kWait = ".wait_ns";
    std::map<std::string, const CounterMove*> counts;
    std::vector<const CounterMove*> waits;
    for (std::size_t i = begin; i < end; ++i) {
      const CounterMove& move = why.apart[i];
      if (move.name.ends_with(kWait)) waits.push_back(&move);
      if (move.name.ends_with(".count")) counts[move.name.substr(0, move.name.size() - 6)] = &move;
    }
    if (waits.empty()) return;
    open_table(caption);
    head({{"Lock", false},
          {baseline() + ", waits", true},
          {arm(why) + ", waits", true},
          {baseline() + ", waited", true},
          {arm(why) + ", waited", true},
          {"Change", true}});
    html_.open("tbody");
    for (std::size_t i = 0; i < std::min(waits.size(), kMostApart); ++i) {
      const CounterMove& move = *waits[i];
      const std::string lock = move.name.substr(0, move.name.size() - kWait.size());
      html_.open("tr").element("th", name(lock), {{"scope", "row"}});
      if (const auto count = counts.find(lock); count != counts.end()) {
        level(*count->second, count->second->base);
        level(*count->second, count->second->arm);
      } else {
        for (int missing = 0; missing < 2; ++missing) html_.element("td", "–", {{"class", "num"}});
      }
      level(move, move.base);
      level(move, move.arm);
      change(move);
      html_.close();
    }
    close_table();
    more(waits.size());
  }

  void more(std::size_t rows) {
    if (rows > kMostApart)
      html_.element("p", fmt::format("And {} more rows.", rows - kMostApart), {{"class", "faint"}});
  }

  static std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

  void share(double value) {
    html_.element("td", percent(value),
                  {{"class", "num"}, {"data-sort", fmt::format("{:.5f}", value)}});
  }

  void profile(const Why& why, std::uint32_t index) {
    const ProfileDifference& p = report_.profiles[index];
    const std::string idle =
        p.idle_samples > 0 ? fmt::format("; {} of the idle task left out", p.idle_samples) : "";
    open_table(
        fmt::format("Functions whose share of the samples changed most: {} samples of {} "
                    "in {}, {} of {} in {}, from steps that were profiled and not judged{}",
                    format_number(p.base_samples), baseline(), count_of(p.base_boots, "boot"),
                    format_number(p.arm_samples), arm(why), count_of(p.arm_boots, "boot"), idle));
    head({{"Function", false},
          {baseline() + ", own", true},
          {arm(why) + ", own", true},
          {"Change, points", true},
          {"chance", true},
          {baseline() + ", with callees", true},
          {arm(why) + ", with callees", true}});
    html_.open("tbody");
    std::size_t shown = 0;
    for (const FunctionShare& one : p.functions) {
      if (one.base_self == 0 && one.arm_self == 0) continue;  // Only what it calls takes time.
      if (++shown > kMostFunctions) break;
      const double change = one.arm_self - one.base_self;
      const bool sure = std::fabs(change) > one.noise;
      html_.open("tr", {{"class", sure ? "" : "weak"}});
      html_.element("th", name(one.function), {{"scope", "row"}});
      share(one.base_self);
      share(one.arm_self);
      html_.element("td", fmt::format("{:+.1f}", change * 100),
                    {{"class", "num strong"}, {"data-sort", fmt::format("{:.5f}", change)}});
      html_.element("td", fmt::format("± {:.1f}", one.noise * 100),
                    {{"class", "num faint"}, {"data-sort", fmt::format("{:.5f}", one.noise)}});
      share(one.base_total);
      share(one.arm_total);
      html_.close();
    }
    close_table();
    html_.element("p",
                  "Chance is two standard errors of independent samples; rows within it are pale.",
                  {{"class", "faint"}});
    flame(index);
    if (p.left_out > 0)
      html_.element("p",
                    fmt::format("Stacks too small to draw: at most {} of an arm's samples.",
                                percent(p.left_out)),
                    {{"class", "faint needs-script"}});
  }

  HtmlWriter& html_;
  const Report& report_;
};

}  // namespace

void write_why(HtmlWriter& html, const Report& report) {
  WhySection(html, report).write();
}

}  // namespace faultline
