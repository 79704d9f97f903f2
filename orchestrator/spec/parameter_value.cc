// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/parameter_value.h"

#include <algorithm>
#include <limits>

#include "spec/quantity.h"

namespace faultline {

using Type = ParameterDefinition::Type;

Shape shape_of(const ParameterDefinition& parameter) {
  const std::int64_t min = parameter.min.value_or(0);
  const std::int64_t max = parameter.max.value_or(std::numeric_limits<std::int64_t>::max());
  switch (parameter.type) {
    case Type::integer:
      return shape::integer(parameter.min.value_or(std::numeric_limits<std::int64_t>::min()), max,
                            parameter.what);
    case Type::size:
      return shape::size(min, max, parameter.what);
    case Type::duration:
      return shape::duration(min, max, parameter.what);
    case Type::boolean:
      return shape::boolean(parameter.what);
    case Type::enumeration:
      return shape::choice(parameter.name, parameter.values, parameter.what);
    case Type::string:
      return shape::text(parameter.what, 256);
  }
  return shape::text(parameter.what);
}

Shape params_shape(const WorkloadDefinition& workload) {
  Shape params = shape::object("the parameters of " + workload.name,
                               "One value or a list of values for each.", {});
  for (const ParameterDefinition& parameter : workload.parameters) {
    Shape values = shape::one_or_more(shape_of(parameter), 1000, parameter.what);
    values.min = 1;
    params.fields.push_back(shape::optional(parameter.name, std::move(values)));
  }
  return params;
}

std::optional<std::string> canonical_value(const ParameterDefinition& parameter,
                                           const std::string& text) {
  const auto decimal = [](std::optional<std::int64_t> value) {
    return value ? std::optional(std::to_string(*value)) : std::nullopt;
  };
  switch (parameter.type) {
    case Type::integer:
      return decimal(parse_integer(text));
    case Type::size:
      return decimal(parse_size(text));
    case Type::duration:
      if (const auto duration = parse_duration(text)) return std::to_string(duration->count());
      return std::nullopt;
    case Type::boolean:
      return parse_boolean(text) ? std::optional(text) : std::nullopt;
    case Type::enumeration: {
      const auto& values = parameter.values;
      if (std::find(values.begin(), values.end(), text) == values.end()) return std::nullopt;
      return text;
    }
    case Type::string:
      return text;
  }
  return std::nullopt;
}

std::string label_value(const ParameterDefinition& parameter, const std::string& canonical) {
  const std::optional<std::int64_t> number = parse_integer(canonical);
  if (number && parameter.type == Type::size) return format_size(*number);
  if (number && parameter.type == Type::duration)
    return format_duration(std::chrono::milliseconds(*number));
  return canonical;
}

std::string to_string(Type type) {
  switch (type) {
    case Type::integer:
      return "integer";
    case Type::size:
      return "size";
    case Type::duration:
      return "duration";
    case Type::boolean:
      return "boolean";
    case Type::enumeration:
      return "enum";
    case Type::string:
      return "string";
  }
  return "";
}

}  // namespace faultline
