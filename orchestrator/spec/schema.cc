// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits>
#include <nlohmann/json.hpp>

#include "spec/experiment_shape.h"
#include "spec/parameter_value.h"
#include "spec/parse_experiment.h"
#include "spec/quantity.h"

namespace faultline {
namespace {

using Json = nlohmann::ordered_json;

Json to_json_schema(const Shape& shape);

void add_integer_range(const Shape& shape, Json& schema) {
  if (shape.min != std::numeric_limits<std::int64_t>::min()) schema["minimum"] = shape.min;
  if (shape.max != std::numeric_limits<std::int64_t>::max()) schema["maximum"] = shape.max;
}

/// Names that YAML itself reads as a number or a truth value must be allowed as such, too.
Json choices_of(const Shape& shape) {
  Json choices = Json::array();
  for (const std::string& choice : shape.choices) {
    choices.push_back(choice);
    if (const auto number = parse_integer(choice)) choices.push_back(*number);
    if (const auto truth = parse_boolean(choice)) choices.push_back(*truth);
  }
  return choices;
}

Json list_schema(const Shape& shape) {
  Json list = {{"type", "array"}, {"items", to_json_schema(shape.item.front())}};
  if (shape.min > 0) list["minItems"] = shape.min;
  list["maxItems"] = shape.max;
  if (!shape.single) return list;
  return {{"anyOf", Json::array({to_json_schema(shape.item.front()), list})}};
}

Json object_schema(const Shape& shape) {
  Json schema = {{"type", "object"}, {"properties", Json::object()}};
  Json required = Json::array();
  for (const Field& field : shape.fields) {
    schema["properties"][field.key] = to_json_schema(field.shape);
    if (field.required) required.push_back(field.key);
  }
  if (!required.empty()) schema["required"] = required;
  schema["additionalProperties"] = false;
  return schema;
}

Json value_schema(const Shape& shape) {
  const char* pattern = pattern_of(shape.kind);
  switch (shape.kind) {
    case Shape::Kind::text:
    case Shape::Kind::block: {
      // 6.12 or true without quotes is text where text is wanted.
      Json schema = {{"type", {"string", "number", "boolean"}}};
      if (!shape.choices.empty()) schema["examples"] = shape.choices;
      return schema;
    }
    case Shape::Kind::name:
      return {{"type", {"string", "number", "boolean"}}, {"pattern", pattern}};
    case Shape::Kind::integer: {
      Json schema = {{"type", "integer"}};
      add_integer_range(shape, schema);
      return schema;
    }
    case Shape::Kind::boolean:
      return {{"type", "boolean"}};
    case Shape::Kind::size: {
      Json schema = {{"type", {"string", "integer"}}, {"pattern", pattern}};
      add_integer_range(shape, schema);
      return schema;
    }
    case Shape::Kind::duration:
    case Shape::Kind::percentage:
      return {{"type", "string"}, {"pattern", pattern}};
    case Shape::Kind::choice:
      return {{"enum", choices_of(shape)}};
    case Shape::Kind::list:
      return list_schema(shape);
    case Shape::Kind::map:
      return {{"type", "object"}, {"additionalProperties", to_json_schema(shape.item.front())}};
    case Shape::Kind::object:
      return object_schema(shape);
    case Shape::Kind::any:
      return Json::object();
  }
  return Json::object();
}

Json to_json_schema(const Shape& shape) {
  Json schema = Json::object();
  if (!shape.what.empty()) schema["description"] = shape.what;
  schema.update(value_schema(shape));
  return schema;
}

/// `params` has the keys of the workload that `use` names.
Json params_by_workload(const Catalogue& catalogue) {
  Json rules = Json::array();
  for (const auto& [name, workload] : catalogue.workloads) {
    Json rule = Json::object();
    rule["if"]["properties"]["use"]["const"] = name;
    rule["if"]["required"] = {"use"};
    rule["then"]["properties"]["params"] = to_json_schema(params_shape(workload));
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

std::string experiment_json_schema(const Catalogue& catalogue) {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                 {"title", "Experiment of Faultline"}};
  schema.update(to_json_schema(experiment_shape(catalogue)));
  const Json rules = params_by_workload(catalogue);
  if (!rules.empty()) schema["properties"]["workloads"]["items"]["allOf"] = rules;
  return schema.dump(2) + "\n";
}

}  // namespace faultline
