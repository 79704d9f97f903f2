// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/workload_definition.h"

#include <algorithm>

#include "spec/command_template.h"

namespace faultline {

const ParameterDefinition* WorkloadDefinition::parameter(const std::string& parameter_name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(),
                   [&](const ParameterDefinition& p) { return p.name == parameter_name; });
  return found == parameters.end() ? nullptr : &*found;
}

std::vector<std::string> expand_command(const WorkloadDefinition& workload,
                                        const std::map<std::string, std::string>& params) {
  std::vector<std::string> argv;
  for (const std::string& element : workload.command) {
    const CommandElement parsed = parse_command_element(element);
    if (!parsed.flag.empty() && params.at(parsed.flag) != "true") continue;
    std::string argument;
    for (const CommandPart& part : parsed.parts)
      argument += part.is_parameter ? params.at(part.text) : part.text;
    argv.push_back(std::move(argument));
  }
  return argv;
}

std::string to_string(Direction direction) {
  switch (direction) {
    case Direction::lower:
      return "lower";
    case Direction::higher:
      return "higher";
    case Direction::neutral:
      return "neutral";
  }
  return "";
}

std::string to_string(Scale scale) {
  switch (scale) {
    case Scale::ratio:
      return "ratio";
    case Scale::difference:
      return "difference";
  }
  return "";
}

std::string to_string(Summary summary) {
  switch (summary) {
    case Summary::median:
      return "median";
    case Summary::mean:
      return "mean";
    case Summary::min:
      return "min";
    case Summary::max:
      return "max";
    case Summary::sum:
      return "sum";
  }
  return "";
}

}  // namespace faultline
