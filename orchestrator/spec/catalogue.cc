// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/catalogue.h"

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "spec/diagnostic_list.h"
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

template <typename Definitions>
std::vector<std::string> names_of(const Definitions& definitions) {
  std::vector<std::string> names;
  for (const auto& definition : definitions) names.push_back(definition.name);
  return names;
}

/// What keeps a figure from ever finding ours there, "workload 'wlak'", and what was meant.
struct Misdirection {
  std::string what;
  std::string hint;
};

std::optional<Misdirection> misdirection(const PlaceOfOurs& place, const Catalogue& catalogue) {
  using Type = ParameterDefinition::Type;
  const auto workload = catalogue.workloads.find(place.workload);
  if (workload == catalogue.workloads.end()) {
    std::vector<std::string> known;
    for (const auto& [name, definition] : catalogue.workloads) known.push_back(name);
    return Misdirection{"workload " + in_quotes(place.workload), name_hint(place.workload, known)};
  }
  const WorkloadDefinition& definition = workload->second;
  const auto missing = [&](const char* noun, const std::string& name,
                           const std::vector<std::string>& known) {
    return Misdirection{noun + in_quotes(name) + " of " + definition.name, name_hint(name, known)};
  };
  const std::vector<std::string> metrics = names_of(definition.metrics);
  const auto is_metric = [&](const std::string& name) {
    return std::find(metrics.begin(), metrics.end(), name) != metrics.end();
  };
  if (!is_metric(place.metric)) return missing("metric ", place.metric, metrics);
  if (!place.over.empty() && !is_metric(place.over)) {
    std::vector<std::string> known = metrics;
    for (const ParameterDefinition& parameter : definition.parameters)
      if (parameter.type == Type::integer || parameter.type == Type::size ||
          parameter.type == Type::duration)
        known.push_back(parameter.name);
    if (std::find(known.begin(), known.end(), place.over) == known.end())
      return missing("numeric parameter or metric ", place.over, known);
  }
  for (const auto& [name, value] : place.params)
    if (definition.parameter(name) == nullptr)
      return missing("parameter ", name, names_of(definition.parameters));
  return std::nullopt;
}

void load_published(const fs::path& folder, Catalogue& catalogue,
                    std::vector<Diagnostic>& diagnostics) {
  for (const fs::path& file : entries_of(folder)) {
    if (file.extension() != ".yaml") continue;
    auto published = parse_published(read_file(file), file.string(), diagnostics);
    if (!published) continue;
    for (const PublishedFigure& figure : published->figures)
      for (const PlaceOfOurs& place : figure.here)
        if (const auto wrong = misdirection(place, catalogue))
          diagnostics.push_back({Severity::error, place.position,
                                 "there is no " + wrong->what + ", beside which " +
                                     in_quotes(figure.what) + " is to stand",
                                 wrong->hint});
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
