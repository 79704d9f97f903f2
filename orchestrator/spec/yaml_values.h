// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/experiment.h"
#include "spec/shape.h"
#include "spec/yaml_document.h"

// Takes values out of a tree after check_shape() has reported what is wrong with it. Silent: a key
// that is missing or malformed gives nothing. `map` may be null or no map.

namespace faultline {

/// The value of a key; null if there is none.
const YamlNode* value_at(const YamlNode* map, const std::string& key);

std::optional<std::string> text_at(const YamlNode* map, const std::string& key);
std::optional<std::int64_t> integer_at(const YamlNode* map, const std::string& key);
std::optional<std::int64_t> size_at(const YamlNode* map, const std::string& key);
std::optional<std::chrono::milliseconds> duration_at(const YamlNode* map, const std::string& key);
std::optional<bool> boolean_at(const YamlNode* map, const std::string& key);

/// The items of a list, or the value itself where it is no list. Empty for null.
std::vector<const YamlNode*> items_of(const YamlNode* node);

/// The scalars among the items of a key; nothing if there is no such key.
std::optional<std::vector<std::string>> texts_at(const YamlNode* map, const std::string& key);

/// The shape of `settings:`, shared by kernels, workload uses and workload definitions.
Shape settings_shape(std::string what);

/// Reads and checks `settings:`: paths below /proc/sys/ and /sys/, each once.
std::optional<std::vector<Setting>> settings_at(const YamlNode* map, DiagnosticList& diagnostics);

}  // namespace faultline
