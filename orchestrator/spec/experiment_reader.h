// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "spec/catalogue.h"
#include "spec/experiment.h"
#include "spec/shape.h"
#include "spec/yaml_document.h"

// The parts of parse_experiment(). Each reads one key of the file after check_shape() has reported
// what is malformed, and reports what only its meaning shows to be wrong.

namespace faultline {

/// What the parts share; outlives them.
struct ReaderContext {
  const YamlNode& root;
  const Catalogue& catalogue;
  const std::filesystem::path& folder;  ///< Relative paths begin here.
  DiagnosticList& diagnostics;
};

/// `kernels:`, with `like` applied. An arm that could not be read is there with what was read.
std::vector<Arm> read_arms(const ReaderContext& context);

/// `topologies:`
std::vector<Topology> read_topologies(const ReaderContext& context);

/// `workloads:`
std::vector<WorkloadUse> read_workload_uses(const ReaderContext& context);

/// `include:` or `exclude:`; names must be those of the experiment. An item for every item of the
/// list.
std::vector<MatrixFilter> read_filters(const ReaderContext& context, const std::string& key,
                                       const Experiment& experiment);

/// `runs:`, on this accelerator.
RunPolicy read_runs(const ReaderContext& context, Accelerator accel);

/// `instrument:`
Instrument read_instrument(const ReaderContext& context, Accelerator accel);

/// `analysis:`; needs the experiment's workloads, whose metrics it may name.
AnalysisChoice read_analysis(const ReaderContext& context, const Experiment& experiment);

/// `gate:`; nothing if the file has none.
std::optional<GateChoice> read_gate(const ReaderContext& context);

/// `contamination:`.
ContaminationLimits read_contamination(const ReaderContext& context);

/// Reports a name that an earlier item of the list `key` has. `kind` is "kernel", "topology".
void check_unique_names(const ReaderContext& context, const std::string& key,
                        const std::string& kind);

}  // namespace faultline
