// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "spec/shape.h"
#include "spec/workload_definition.h"

// Values of workload parameters: from the user's text to the one canonical text that plans, run
// sheets and databases hold (sizes in bytes, durations in milliseconds), and to labels.

namespace faultline {

/// The form that a value of the parameter has in YAML, range included.
Shape shape_of(const ParameterDefinition& parameter);

/// The form of `params:` for a workload: each parameter one value or a list of them.
Shape params_shape(const WorkloadDefinition& workload);

/// The canonical text of a value; nothing if the text is not of the parameter's type. Ranges are
/// not checked.
std::optional<std::string> canonical_value(const ParameterDefinition& parameter,
                                           const std::string& text);

/// A canonical value as labels show it: 536870912 bytes as "512M". Distinct values stay distinct.
std::string label_value(const ParameterDefinition& parameter, const std::string& canonical);

std::string to_string(ParameterDefinition::Type type);

}  // namespace faultline
