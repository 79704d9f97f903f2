// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "spec/published_figures.h"
#include "spec/series_definition.h"
#include "spec/workload_definition.h"

namespace faultline {

/// Everything that an experiment file can name: the workloads, patch series and config fragments
/// of an installation.
struct Catalogue {
  std::map<std::string, WorkloadDefinition> workloads;
  std::map<std::string, SeriesDefinition> series;
  std::map<std::string, PublishedFigures> published;
  std::map<std::string, std::filesystem::path> config_fragments;  ///< guest -> .../guest.config

  /// Reads workloads/*/workload.yaml, kernel-patches/*/series.yaml, kernel-patches/config/*.config
  /// and experiments/published/*.yaml below `root`. Mistakes are appended to `diagnostics`; what is
  /// wrong is left out.
  static Catalogue load(const std::filesystem::path& root, std::vector<Diagnostic>& diagnostics);
};

}  // namespace faultline
