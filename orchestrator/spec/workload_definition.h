// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "spec/experiment.h"

// What workloads/NAME/workload.yaml says. The format is described in docs/workloads.md.

namespace faultline {

struct ParameterDefinition {
  enum class Type { integer, size, duration, boolean, enumeration, string };
  std::string name;
  Type type = Type::integer;
  std::optional<std::int64_t> min;  ///< integer; bytes for size; milliseconds for duration.
  std::optional<std::int64_t> max;
  std::vector<std::string> values;  ///< enumeration only.
  std::string default_value;        ///< Canonical text.
  std::string what;
};

enum class Direction { lower, higher, neutral };     ///< Which way is better.
enum class Scale { ratio, difference };              ///< Compare by log ratio or by difference.
enum class Summary { median, mean, min, max, sum };  ///< Iterations of one boot to one value.

struct MetricDefinition {
  std::string name;
  std::string unit;
  Direction direction = Direction::neutral;
  Scale scale = Scale::ratio;
  Summary summary = Summary::median;
  bool primary = false;
  std::string pattern;  ///< RE2 syntax, one group, matched line by line against standard output.
  /// Instead of a pattern: instructions for each call of these kernel functions, all together, with
  /// all that they call. Only the instrument measures it.
  std::vector<std::string> per_call;
  std::string what;
  bool operator==(const MetricDefinition&) const = default;
};

struct WorkloadDefinition {
  std::string name;
  std::string summary;
  std::string question;
  std::string image = "minimal";     ///< Guest image that it needs.
  std::vector<std::string> needs;    ///< Kernel config symbols, without CONFIG_.
  std::vector<std::string> command;  ///< argv with {parameter} and {?flag:text} elements.
  std::vector<ParameterDefinition> parameters;
  std::vector<MetricDefinition> metrics;
  std::chrono::milliseconds timeout{300'000};  ///< Per iteration, at real speed.
  std::vector<Setting> settings;
  Bytes memory = 0;       ///< Rough need with the default parameters.
  std::string not_exact;  ///< Why it cannot run on the instruction clock; "": it can.
  std::string folder;     ///< Absolute path of workloads/NAME.

  const ParameterDefinition* parameter(const std::string& parameter_name) const;
};

/// argv of one run: {parameter} replaced by its value, {?flag:text} by text when the boolean
/// parameter `flag` is true and dropped otherwise. `params` holds every parameter.
std::vector<std::string> expand_command(const WorkloadDefinition& workload,
                                        const std::map<std::string, std::string>& params);

std::string to_string(Direction direction);
std::string to_string(Scale scale);
std::string to_string(Summary summary);

}  // namespace faultline
