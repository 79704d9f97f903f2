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

}  // namespace

Catalogue Catalogue::load(const fs::path& root, std::vector<Diagnostic>& diagnostics) {
  const fs::path base = fs::absolute(root).lexically_normal();
  Catalogue catalogue;
  load_workloads(base / "workloads", catalogue, diagnostics);
  load_series(base / "kernel-patches", catalogue, diagnostics);
  for (const fs::path& entry : entries_of(base / "kernel-patches" / "config"))
    if (entry.extension() == ".config")
      catalogue.config_fragments.emplace(entry.stem().string(), entry);
  return catalogue;
}

}  // namespace faultline
