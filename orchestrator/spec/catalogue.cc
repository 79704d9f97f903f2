// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/catalogue.h"

#include <algorithm>

#include "base/files.h"
#include "spec/read_definitions.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

/// The folder's entries by name, so that mistakes come in one order everywhere; empty if there is
/// no such folder.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  if (!fs::is_directory(folder)) return entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

void load_workloads(const fs::path& folder, Catalogue& catalogue,
                    std::vector<Diagnostic>& diagnostics) {
  for (const fs::path& entry : entries_of(folder)) {
    const fs::path file = entry / "workload.yaml";
    if (!fs::exists(file)) continue;
    if (auto workload = parse_workload(read_file(file), file.string(), entry.string(), diagnostics))
      catalogue.workloads.emplace(workload->name, std::move(*workload));
  }
}

void load_series(const fs::path& folder, Catalogue& catalogue,
                 std::vector<Diagnostic>& diagnostics) {
  for (const fs::path& entry : entries_of(folder)) {
    const fs::path file = entry / "series.yaml";
    if (!fs::exists(file)) continue;
    auto series = parse_series(read_file(file), file.string(), entry.string(), diagnostics);
    if (!series) continue;
    bool complete = true;
    for (const std::string& patch : series->patches) {
      if (fs::is_regular_file(entry / patch)) continue;
      diagnostics.push_back({Severity::error,
                             {file.string(), 0, 0},
                             "patch '" + patch + "' is not in the folder",
                             ""});
      complete = false;
    }
    if (complete) catalogue.series.emplace(series->name, std::move(*series));
  }
}

/// What keeps a figure from ever finding ours, or "".
std::string misdirection(const PublishedFigure& figure, const Catalogue& catalogue) {
  if (figure.workload.empty()) return "";
  const auto workload = catalogue.workloads.find(figure.workload);
  if (workload == catalogue.workloads.end()) return "workload '" + figure.workload + "'";
  const auto& metrics = workload->second.metrics;
  if (std::none_of(metrics.begin(), metrics.end(),
                   [&](const MetricDefinition& metric) { return metric.name == figure.metric; }))
    return "metric '" + figure.metric + "' of " + figure.workload;
  for (const auto& [name, value] : figure.params)
    if (workload->second.parameter(name) == nullptr)
      return "parameter '" + name + "' of " + figure.workload;
  return "";
}

void load_published(const fs::path& folder, Catalogue& catalogue,
                    std::vector<Diagnostic>& diagnostics) {
  for (const fs::path& file : entries_of(folder)) {
    if (file.extension() != ".yaml") continue;
    auto published = parse_published(read_file(file), file.string(), diagnostics);
    if (!published) continue;
    for (const PublishedFigure& figure : published->figures)
      if (const std::string what = misdirection(figure, catalogue); !what.empty())
        diagnostics.push_back(
            {Severity::error,
             {file.string(), 0, 0},
             "there is no " + what + ", beside which '" + figure.what + "' is to stand",
             ""});
    catalogue.published.emplace(published->name, std::move(*published));
  }
}

}  // namespace

Catalogue Catalogue::load(const fs::path& root, std::vector<Diagnostic>& diagnostics) {
  const fs::path base = fs::absolute(root).lexically_normal();
  Catalogue catalogue;
  load_workloads(base / "workloads", catalogue, diagnostics);
  load_series(base / "kernel-patches", catalogue, diagnostics);
  load_published(base / "experiments" / "published", catalogue, diagnostics);
  for (const fs::path& entry : entries_of(base / "kernel-patches" / "config"))
    if (entry.extension() == ".config")
      catalogue.config_fragments.emplace(entry.stem().string(), entry);
  return catalogue;
}

}  // namespace faultline
