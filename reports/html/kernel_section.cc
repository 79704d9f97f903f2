// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "base/sha256.h"
#include "reports/facts.h"
#include "reports/format.h"
#include "reports/html/sections.h"

namespace faultline {
namespace {

constexpr std::size_t kMostPatchBytes = 64 * 1024;  ///< Of one patch.
constexpr std::size_t kMostBytes = 512 * 1024;      ///< Of all of a report's patches.
constexpr std::size_t kMostSymbols = 400;           ///< Of a difference of configurations.

std::string name(std::string_view text) {
  return visible_line(short_name(text, 200));
}

/// Symbols of a .config; what "is not set" is "n".
std::map<std::string, std::string> symbols_of(const std::string& config) {
  std::map<std::string, std::string> symbols;
  std::istringstream lines(config);
  for (std::string line; std::getline(lines, line);) {
    static constexpr std::string_view kNotSet = " is not set";
    if (line.starts_with("# CONFIG_") && line.ends_with(kNotSet)) {
      symbols[line.substr(2, line.size() - 2 - kNotSet.size())] = "n";
    } else if (const std::size_t equals = line.find('=');
               line.starts_with("CONFIG_") && equals != std::string::npos) {
      symbols[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  return symbols;
}

/// The subject of a mail-formatted patch, without its prefix in brackets.
std::string subject_of(const SeriesText::Patch& patch) {
  std::istringstream lines(patch.text);
  std::string subject;
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    if (line.starts_with("Subject:"))
      subject = line.substr(8);
    else if (!subject.empty() && line[0] == ' ')
      subject += line;
    else if (!subject.empty())
      break;
  }
  const std::size_t prefix = subject.find(']');
  if (subject.find('[') != std::string::npos && prefix != std::string::npos)
    subject.erase(0, prefix + 1);
  subject.erase(0, std::min(subject.find_first_not_of(' '), subject.size()));
  return subject.empty() ? patch.name : subject;
}

class KernelSection {
 public:
  KernelSection(HtmlWriter& html, const Report& report)
      : html_(html), report_(report), groups_(kernel_groups(report.results)) {
    kernel_of_.resize(run().arms.size(), kernels().size());
    std::map<std::string, std::size_t> by_key;
    for (std::size_t k = 0; k < kernels().size(); ++k) by_key[kernels()[k].key] = k;
    for (const ResultBoot& boot : report.results.boots)
      if (const auto k = by_key.find(boot.kernel_key);
          boot.arm < kernel_of_.size() && k != by_key.end())
        kernel_of_[boot.arm] = group_of(k->second);
  }

  void write() {
    html_.open("section", {{"id", "kernels"}, {"aria-labelledby", "kernels-heading"}});
    html_.element("h2", "Kernels", {{"id", "kernels-heading"}});
    arms();
    differences();
    for (const KernelGroup& group : groups_) kernel(group);
    html_.close();
  }

 private:
  const RunInfo& run() const { return report_.results.run; }
  const std::vector<KernelRecord>& kernels() const { return report_.results.kernels; }

  /// The kernel that stands for those that differ from it by their text layout alone.
  std::size_t group_of(std::size_t kernel) const {
    const std::uint32_t layout = kernels()[kernel].layout;
    for (const KernelGroup& group : groups_)
      if (group.kernel == kernel ||
          (layout != 0 && std::count(group.layouts.begin(), group.layouts.end(), layout) > 0))
        return group.kernel;
    return kernel;
  }

  static std::string anchor(std::size_t kernel, std::size_t series) {
    return fmt::format("series-{}-{}", kernel, series);
  }
  static std::string title(const KernelRecord& kernel) {
    return kernel.release.empty() ? kernel.key : kernel.release;
  }

  void arms() {
    html_.open("div", {{"class", "scroll"},
                       {"tabindex", "0"},
                       {"role", "region"},
                       {"aria-label", "Arms and their kernels"}});
    html_.open("table").element("caption", "Arms and their kernels", {{"class", "unseen"}});
    html_.open("thead").open("tr");
    for (const char* heading : {"Arm", "Kernel", "Source", "Series", "Command line, settings"})
      html_.element("th", heading, {{"scope", "col"}});
    html_.close().close().open("tbody");
    for (std::size_t arm = 0; arm < run().arms.size(); ++arm) {
      html_.open("tr").open("th", {{"scope", "row"}});
      html_.text(name(short_name(run().arms[arm], 80)));
      if (run().arms[arm] == run().baseline) html_.element("span", "baseline", {{"class", "tag"}});
      html_.close();
      const std::size_t k = kernel_of_[arm];
      if (k == kernels().size()) {
        for (int i = 0; i < 3; ++i) html_.element("td", "–");
      } else {
        html_.element("td", name(title(kernels()[k])));
        html_.element("td", name(kernels()[k].source));
        html_.open("td");
        for (std::size_t i = 0; i < kernels()[k].series.size(); ++i) {
          if (i > 0) html_.text(", ");
          html_.element("a", name(kernels()[k].series[i]), {{"href", "#" + anchor(k, i)}});
        }
        if (kernels()[k].series.empty()) html_.text("none");
        html_.close();
      }
      html_.open("td").element(
          "code",
          visible_line(short_name(boot_options(run(), static_cast<std::uint32_t>(arm)), 300)));
      html_.close().close();
    }
    html_.close().close().close();
  }

  void differences() {
    const std::uint32_t baseline = baseline_index(run());
    if (baseline >= kernel_of_.size() || kernel_of_[baseline] == kernels().size()) return;
    const std::size_t base = kernel_of_[baseline];
    bool one_kernel = true;
    std::set<std::size_t> told;
    for (const std::size_t k : kernel_of_) {
      if (k == kernels().size() || k == base) continue;
      one_kernel = false;
      if (told.insert(k).second) difference(kernels()[base], kernels()[k]);
    }
    if (const std::string layouts = layouts_text(report_); !layouts.empty())
      html_.element("p",
                    "Each build was linked in several orders of its objects; blocks go through "
                    "these text layouts, which are what a comparison counts: " +
                        layouts + ".");
    else if (!one_kernel && !all_exact(report_))
      html_.element("p",
                    "The arms are separate builds in one text layout each: a difference of time "
                    "holds what is due to where code lies. runs: {layouts: …} averages over that.");
    else if (one_kernel && run().arms.size() > 1)
      html_.element("p",
                    "All arms boot one build of the kernel, with one configuration; they differ by "
                    "the command line and by settings alone. So no difference comes from the "
                    "layout of the code.");
  }

  void difference(const KernelRecord& base, const KernelRecord& other) {
    const auto before = symbols_of(base.config_text);
    const auto after = symbols_of(other.config_text);
    std::set<std::string> names;
    for (const auto& [symbol, value] : before) names.insert(symbol);
    for (const auto& [symbol, value] : after) names.insert(symbol);
    const auto value_in = [](const auto& symbols, const std::string& symbol) {
      const auto found = symbols.find(symbol);
      return found == symbols.end() ? std::string("–") : found->second;
    };
    std::vector<std::string> differ;
    for (const std::string& symbol : names)
      if (value_in(before, symbol) != value_in(after, symbol)) differ.push_back(symbol);
    const std::string what =
        fmt::format("Configuration: {} against {}", name(title(other)), name(title(base)));
    if (before.empty() || after.empty()) {
      html_.element("p", what + ": not known.");
      return;
    }
    if (differ.empty()) {
      html_.element("p", what + ": equal.");
      return;
    }
    html_.open("details").element("summary",
                                  what + ": " + count_of(differ.size(), "symbol") + " differ");
    html_.open("div",
               {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", what}});
    html_.open("table", {{"class", "compact"}}).element("caption", what, {{"class", "unseen"}});
    html_.open("thead").open("tr").element("th", "Symbol", {{"scope", "col"}});
    html_.element("th", name(title(base)), {{"scope", "col"}});
    html_.element("th", name(title(other)), {{"scope", "col"}});
    html_.close().close().open("tbody");
    for (std::size_t i = 0; i < std::min(differ.size(), kMostSymbols); ++i) {
      html_.open("tr").element("th", name(differ[i]), {{"scope", "row"}});
      html_.element("td", name(value_in(before, differ[i])));
      html_.element("td", name(value_in(after, differ[i]))).close();
    }
    html_.close().close().close();
    if (differ.size() > kMostSymbols)
      html_.element("p", fmt::format("And {} more.", differ.size() - kMostSymbols));
    html_.close();
  }

  void fact(const char* label, std::string_view value) {
    if (!value.empty())
      html_.element("dt", label).element("dd", visible_line(short_name(value, 500)));
  }

  void kernel(const KernelGroup& group) {
    const std::size_t k = group.kernel;
    const KernelRecord& kernel = kernels()[k];
    html_.open("details").element("summary", "Build of " + name(title(kernel))).open("dl");
    fact("source", kernel.source);
    fact("source hash", kernel.source_hash);
    fact("compiler", kernel.compiler);
    if (!kernel.config_text.empty()) fact("config, SHA-256", sha256_hex(kernel.config_text));
    fact("build key", group.layouts.empty() ? kernel.key : "");
    fact("text layouts", fmt::format("{}", fmt::join(group.layouts, ", ")));
    fact("built in", kernel.build_seconds > 0 ? duration_text(kernel.build_seconds) : "the cache");
    html_.close().close();
    for (std::size_t i = 0; i < kernel.series.size(); ++i) series(kernel, k, i);
  }

  void series(const KernelRecord& kernel, std::size_t k, std::size_t i) {
    static const SeriesText kNone;
    const SeriesText& text = i < kernel.series_texts.size() ? kernel.series_texts[i] : kNone;
    html_.open("details", {{"id", anchor(k, i)}});
    html_.open("summary").text("Series " + name(kernel.series[i]));
    if (!text.summary.empty())
      html_.element("span", ": " + name(text.summary), {{"class", "faint"}});
    html_.close();
    html_.open("dl");
    fact("discussed in", text.thread);
    if (i < kernel.series_hashes.size()) fact("SHA-256", kernel.series_hashes[i]);
    fact("text", text.problem);
    html_.close();
    for (const SeriesText::Patch& patch : text.patches) {
      html_.open("details").element("summary", name(subject_of(patch)));
      const std::size_t room =
          std::min(kMostPatchBytes, kMostBytes - std::min(kMostBytes, written_));
      const std::size_t bytes = std::min(patch.text.size(), room);
      html_.element("pre", std::string_view(patch.text).substr(0, bytes),
                    {{"tabindex", "0"}, {"class", "patch"}});
      if (bytes < patch.text.size())
        html_.element("p",
                      fmt::format("{} of {} bytes; the whole is {} of the series.", bytes,
                                  patch.text.size(), name(patch.name)),
                      {{"class", "faint"}});
      written_ += bytes;
      html_.close();
    }
    html_.close();
  }

  HtmlWriter& html_;
  const Report& report_;
  std::vector<KernelGroup> groups_;
  std::vector<std::size_t> kernel_of_;  ///< By arm; kernels().size(): not known.
  std::size_t written_ = 0;             ///< Bytes of patches.
};

}  // namespace

void write_kernels(HtmlWriter& html, const Report& report) {
  if (!report.results.run.arms.empty()) KernelSection(html, report).write();
}

}  // namespace faultline
