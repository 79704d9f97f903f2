// SPDX-License-Identifier: GPL-2.0-or-later
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "spec/parse_experiment.h"
#include "spec/quantity.h"
#include "spec/test_catalogue.h"

// Holds the JSON Schema to the parser: what the parser accepts the schema must accept, and every
// mistake of form both must refuse. The schema is checked here with the few keywords that it uses;
// a keyword that the checker does not know fails the test.

namespace faultline {
namespace {

using Json = nlohmann::json;

/// As an editor sees it: plain scalars become numbers and truth values where YAML says so.
Json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return nullptr;
    case YamlNode::Kind::list: {
      Json list = Json::array();
      for (const YamlNodePtr& item : node.items) list.push_back(to_json(*item));
      return list;
    }
    case YamlNode::Kind::map: {
      Json map = Json::object();
      for (const YamlNode::Entry& entry : node.entries) map[entry.key] = to_json(*entry.value);
      return map;
    }
    case YamlNode::Kind::scalar:
      break;
  }
  if (node.quoted) return node.scalar;
  if (const auto number = parse_integer(node.scalar)) return *number;
  if (const auto truth = parse_boolean(node.scalar)) return *truth;
  if (std::regex_match(node.scalar, std::regex("-?[0-9]+[.][0-9]+"))) return std::stod(node.scalar);
  return node.scalar;
}

Json document(const std::string& yaml) {
  DiagnosticList list("f");
  const YamlNodePtr root = parse_yaml(yaml, list);
  return root ? to_json(*root) : Json();
}

bool has_type(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  throw std::logic_error("unknown type " + type);
}

bool valid(const Json& schema, const Json& value);

bool valid_object(const Json& schema, const Json& value) {
  for (const auto& key : schema.value("required", Json::array()))
    if (!value.contains(key.get<std::string>())) return false;
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [key, item] : value.items()) {
    if (properties.contains(key)) {
      if (!valid(properties[key], item)) return false;
    } else if (schema.contains("additionalProperties") &&
               !valid(schema["additionalProperties"], item)) {
      return false;
    }
  }
  return true;
}

bool valid(const Json& schema, const Json& value) {
  if (schema.is_boolean()) return schema.get<bool>();
  static const std::set<std::string> known{
      "$schema",  "title",      "description", "examples",
      "type",     "enum",       "const",       "pattern",
      "minimum",  "maximum",    "items",       "minItems",
      "maxItems", "properties", "required",    "additionalProperties",
      "anyOf",    "allOf",      "if",          "then"};
  for (const auto& [keyword, argument] : schema.items())
    if (!known.contains(keyword)) throw std::logic_error("unknown keyword " + keyword);
  if (schema.contains("type")) {
    const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
    if (std::none_of(types.begin(), types.end(),
                     [&](const Json& type) { return has_type(value, type); }))
      return false;
  }
  if (schema.contains("const") && value != schema["const"]) return false;
  if (schema.contains("enum") &&
      std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end())
    return false;
  if (value.is_string() && schema.contains("pattern") &&
      !std::regex_search(value.get<std::string>(),
                         std::regex(schema["pattern"].get<std::string>())))
    return false;
  if (value.is_number() && schema.contains("minimum") && value < schema["minimum"]) return false;
  if (value.is_number() && schema.contains("maximum") && value > schema["maximum"]) return false;
  if (value.is_array()) {
    if (value.size() < schema.value("minItems", std::size_t{0})) return false;
    if (value.size() > schema.value("maxItems", value.size())) return false;
    if (schema.contains("items"))
      for (const Json& item : value)
        if (!valid(schema["items"], item)) return false;
  }
  if (value.is_object() && !valid_object(schema, value)) return false;
  if (schema.contains("anyOf") &&
      std::none_of(schema["anyOf"].begin(), schema["anyOf"].end(),
                   [&](const Json& other) { return valid(other, value); }))
    return false;
  for (const Json& other : schema.value("allOf", Json::array()))
    if (!valid(other, value)) return false;
  return !schema.contains("if") || !valid(schema["if"], value) || valid(schema["then"], value);
}

class Schema : public testing::Test {
 protected:
  bool schema_accepts(const std::string& yaml) const { return valid(schema_, document(yaml)); }
  bool parser_accepts(const std::string& yaml) const {
    return parse_experiment(yaml, "/lab/x.yaml", catalogue_).experiment.has_value();
  }

  const Catalogue catalogue_ = test::catalogue();
  const Json schema_ = Json::parse(experiment_json_schema(catalogue_));
};

TEST_F(Schema, AcceptsWhatTheParserAccepts) {
  for (const std::string& text :
       {test::full_experiment, test::edited(0, ""), test::edited(2, "name: 6.12"),
        test::edited(4,
                     "  - {name: 7, source: \"tar:x\", config: guest, series: []}\n"
                     "  - {name: a, like: 7, cmdline: x}"),
        test::edited(9, "  - {use: walk, params: {scope: 0, area: 4096}}"),
        test::edited(9, "  - {use: walk, params: {scope: [0, all], touch: [true, false]}}"),
        test::edited(10, "collect: vmstat\nexclude: []"),
        test::edited(10, "include: [{kernels: a}, {params: {children: 1}, kernels: [b]}]")}) {
    EXPECT_TRUE(parser_accepts(text)) << text;
    EXPECT_TRUE(schema_accepts(text)) << text;
  }
}

TEST_F(Schema, RefusesEveryMistakeOfFormThatTheParserRefuses) {
  const std::vector<std::pair<std::size_t, std::string>> mistakes{
      {1, "faultline: 2"},
      {1, "faultline: \"1\""},
      {2, "nmae: t"},
      {2, "name: a b"},
      {2, "name: [t]"},
      {2, "name:"},
      {3, "kernals:"},
      {4, "  - a"},
      {4, "  - {source: \"tar:x\"}"},
      {4, "  - {name: a, source: \"tar:x\", series: [nothing]}"},
      {4, "  - {name: a, source: \"tar:x\", settings: [{path: /sys/x}]}"},
      {7, "  - {name: one, nodes: []}"},
      {7, "  - {name: one, nodes: [{cpus: 2}]}"},
      {7, "  - {name: one, nodes: [{cpus: 513, memory: 1G}]}"},
      {7, "  - {name: one, nodes: [{cpus: 2, memory: 1GB}]}"},
      {7, "  - {name: one, nodes: [{cpus: 2, memory: 1024}]}"},
      {7, "  - {name: one, nodes: [{cpus: 1, memory: 1G}], distances: [[9]]}"},
      {7, "  - {name: one, nodes: [{cpus: 1, memory: 1G}], backing: huge}"},
      {7, "  - {name: one, nodes: [{cpus: 1, memory: 1G}], hugepage_size: 4M}"},
      {9, "  - {use: wlak}"},
      {9, "  - {use: walk, params: {childs: 1}}"},
      {9, "  - {use: walk, params: {children: 0}}"},
      {9, "  - {use: walk, params: {children: \"1\"}}"},
      {9, "  - {use: walk, params: {children: [[1]]}}"},
      {9, "  - {use: walk, params: {children: []}}"},
      {9, "  - {use: walk, params: {touch: yes}}"},
      {9, "  - {use: walk, params: {pause: 5}}"},
      {9, "  - {use: walk, params: {scope: mine}}"},
      {9, "  - {use: spin, params: {children: 1}}"},
      {9, "  - {use: walk, iterations: 0}"},
      {9, "  - {use: walk, timeout: 5}"},
      {9, "  []"},
      {10, "include: []"},
      {10, "include: [{kernel: a}]"},
      {10, "collect: [slab]"},
      {10, "runs: {blocks: 0}"},
      {10, "runs: {precision: 2}"},
      {10, "runs: {retries: 11}"},
      {10, "runs: []"},
      {10, "accel: xen"},
  };
  for (const auto& [line, text] : mistakes) {
    EXPECT_FALSE(parser_accepts(test::edited(line, text))) << text;
    EXPECT_FALSE(schema_accepts(test::edited(line, text))) << text;
  }
}

/// Calls `visit` with the path of every key of the document, outermost first.
template <typename Visit>
void for_each_key(const Json& value, const Json::json_pointer& at, const Visit& visit) {
  if (value.is_object())
    for (const auto& [key, item] : value.items()) {
      visit(at / key);
      for_each_key(item, at / key, visit);
    }
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i) for_each_key(value[i], at / i, visit);
}

/// JSON is YAML, and so the parser reads it.
TEST_F(Schema, AndParserRefuseTheFullExperimentWithAnyKeyRenamed) {
  const Json full = document(test::full_experiment);
  ASSERT_TRUE(parser_accepts(full.dump(1)));
  std::size_t keys = 0;
  for_each_key(full, Json::json_pointer(), [&](const Json::json_pointer& at) {
    Json changed = full;
    Json& parent = changed[at.parent_pointer()];
    parent[at.back() + "x"] = parent[at.back()];
    parent.erase(at.back());
    ++keys;
    EXPECT_FALSE(parser_accepts(changed.dump(1))) << at;
    // Which parameters a filter may name, and which metrics there are, depends on the experiment:
    // only the parser knows.
    const std::regex open("^/((in|ex)clude/.*/params|analysis/margins)/");
    if (!std::regex_search(at.to_string(), open)) {
      EXPECT_FALSE(valid(schema_, changed)) << at;
    }
  });
  EXPECT_GT(keys, 60u);
}

TEST_F(Schema, AndParserRefuseAMapInPlaceOfAnyValue) {
  const Json full = document(test::full_experiment);
  for_each_key(full, Json::json_pointer(), [&](const Json::json_pointer& at) {
    Json changed = full;
    changed[at] = {{"no such key", {{"a", 1}}}};
    EXPECT_FALSE(parser_accepts(changed.dump(1))) << at;
    EXPECT_FALSE(valid(schema_, changed)) << at;
  });
}

/// Paths of all properties of a schema, list items and alternatives left out of the path.
void collect_properties(const Json& schema, const std::string& at, std::set<std::string>& paths) {
  if (!schema.is_object()) return;
  for (const char* nested : {"items", "then"})
    if (schema.contains(nested)) collect_properties(schema[nested], at, paths);
  for (const char* nested : {"anyOf", "allOf"})
    for (const Json& other : schema.value(nested, Json::array()))
      collect_properties(other, at, paths);
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [key, property] : properties.items()) {
    paths.insert(at + "/" + key);
    collect_properties(property, at + "/" + key, paths);
  }
}

void collect_paths(const Json& value, const std::string& at, std::set<std::string>& paths) {
  if (value.is_array())
    for (const Json& item : value) collect_paths(item, at, paths);
  if (value.is_object())
    for (const auto& [key, item] : value.items()) {
      paths.insert(at + "/" + key);
      collect_paths(item, at + "/" + key, paths);
    }
}

TEST_F(Schema, HasNoPropertyThatTheFullExperimentDoesNotUse) {
  std::set<std::string> properties;
  collect_properties(schema_, "", properties);
  std::set<std::string> used;
  collect_paths(document(test::full_experiment), "", used);
  // Accepted by the parser, as the test above shows; their keys are no properties.
  used.erase("/include/params/children");
  used.erase("/exclude/params/children");
  used.erase("/exclude/params/pause");
  // What excludes 'precision', which the full experiment has.
  EXPECT_EQ(properties.erase("/instrument"), 1U);
  // What its finished image excludes.
  EXPECT_EQ(properties.erase("/runs/layouts"), 1U);
  used.erase("/analysis/margins/seconds");
  EXPECT_THAT(properties, testing::ElementsAreArray(used));
}

TEST_F(Schema, GivesEditorsADescriptionOfEveryProperty) {
  std::vector<Json> open{schema_};
  while (!open.empty()) {
    const Json schema = open.back();
    open.pop_back();
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [key, property] : properties.items()) {
      EXPECT_TRUE(property.contains("description")) << key;
      open.push_back(property);
    }
    if (schema.contains("items")) open.push_back(schema["items"]);
  }
}

}  // namespace
}  // namespace faultline
