// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/yaml_values.h"

#include <set>

#include "spec/quantity.h"

namespace faultline {
namespace {

const YamlNode* scalar_at(const YamlNode* map, const std::string& key) {
  const YamlNode* value = value_at(map, key);
  return value && value->kind == YamlNode::Kind::scalar ? value : nullptr;
}

}  // namespace

const YamlNode* value_at(const YamlNode* map, const std::string& key) {
  return map ? map->find(key) : nullptr;
}

std::optional<std::string> text_at(const YamlNode* map, const std::string& key) {
  const YamlNode* value = scalar_at(map, key);
  return value ? std::optional(value->scalar) : std::nullopt;
}

std::optional<std::int64_t> integer_at(const YamlNode* map, const std::string& key) {
  const YamlNode* value = scalar_at(map, key);
  return value ? parse_integer(value->scalar) : std::nullopt;
}

std::optional<std::int64_t> size_at(const YamlNode* map, const std::string& key) {
  const YamlNode* value = scalar_at(map, key);
  return value ? parse_size(value->scalar) : std::nullopt;
}

std::optional<std::chrono::milliseconds> duration_at(const YamlNode* map, const std::string& key) {
  const YamlNode* value = scalar_at(map, key);
  return value ? parse_duration(value->scalar) : std::nullopt;
}

std::optional<bool> boolean_at(const YamlNode* map, const std::string& key) {
  const YamlNode* value = scalar_at(map, key);
  return value ? parse_boolean(value->scalar) : std::nullopt;
}

std::vector<const YamlNode*> items_of(const YamlNode* node) {
  std::vector<const YamlNode*> items;
  if (!node || node->kind == YamlNode::Kind::null) return items;
  if (node->kind != YamlNode::Kind::list) return {node};
  items.reserve(node->items.size());
  for (const YamlNodePtr& item : node->items) items.push_back(item.get());
  return items;
}

std::optional<std::vector<std::string>> texts_at(const YamlNode* map, const std::string& key) {
  const YamlNode* value = value_at(map, key);
  if (!value) return std::nullopt;
  std::vector<std::string> texts;
  for (const YamlNode* item : items_of(value))
    if (item->kind == YamlNode::Kind::scalar) texts.push_back(item->scalar);
  return texts;
}

Shape settings_shape(std::string what) {
  return shape::list(
      shape::object("a setting", "A file of the guest and what is written to it.",
                    {shape::required("path", shape::text("Below /proc/sys/ or /sys/.", 255)),
                     shape::required("value", shape::text("Written as it stands.", 1024))}),
      0, 64, std::move(what));
}

std::optional<std::vector<Setting>> settings_at(const YamlNode* map, DiagnosticList& diagnostics) {
  const YamlNode* list = value_at(map, "settings");
  if (!list) return std::nullopt;
  std::vector<Setting> settings;
  std::set<std::string> paths;
  for (const YamlNode* item : items_of(list)) {
    const YamlNode* path = scalar_at(item, "path");
    const std::optional<std::string> value = text_at(item, "value");
    if (!path || !value) continue;
    const bool below = path->scalar.starts_with("/proc/sys/") || path->scalar.starts_with("/sys/");
    if (!below || (path->scalar + "/").find("/../") != std::string::npos)
      diagnostics.error(path->mark, "setting " + in_quotes(path->scalar) + " cannot be made",
                        "settings are files below /proc/sys/ or /sys/");
    else if (!paths.insert(path->scalar).second)
      diagnostics.error(path->mark, "setting " + in_quotes(path->scalar) + " is made twice");
    settings.push_back({path->scalar, *value});
  }
  return settings;
}

}  // namespace faultline
