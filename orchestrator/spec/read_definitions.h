// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "spec/published_figures.h"
#include "spec/series_definition.h"
#include "spec/shape.h"
#include "spec/workload_definition.h"

// The texts of workload.yaml, series.yaml and published/NAME.yaml to plain structs.

namespace faultline {

/// The grammars of these files.
Shape workload_definition_shape();
Shape series_definition_shape();
Shape published_figures_shape();

/// Parses workloads/NAME/workload.yaml. `folder` is the absolute path of workloads/NAME and must
/// end with the workload's name. Mistakes are appended; nothing if there was an error. Pure.
std::optional<WorkloadDefinition> parse_workload(const std::string& text, const std::string& file,
                                                 const std::string& folder,
                                                 std::vector<Diagnostic>& diagnostics);

/// Parses kernel-patches/NAME/series.yaml likewise. Whether the patches exist is not checked. Pure.
std::optional<SeriesDefinition> parse_series(const std::string& text, const std::string& file,
                                             const std::string& folder,
                                             std::vector<Diagnostic>& diagnostics);

/// Parses experiments/published/NAME.yaml likewise. Whether its workloads exist is not checked.
/// Pure.
std::optional<PublishedFigures> parse_published(const std::string& text, const std::string& file,
                                                std::vector<Diagnostic>& diagnostics);

}  // namespace faultline
