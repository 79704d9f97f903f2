// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spec/diagnostic_list.h"

// YAML text to a tree that knows where everything stands in the file. The only place that knows
// yaml-cpp; the text is hostile.

namespace faultline {

struct YamlNode;
using YamlNodePtr = std::shared_ptr<const YamlNode>;

/// A value. Immutable once parsed; an alias shares the node of its anchor, so the "tree" is a
/// directed graph without cycles, whose expanded size and depth are bounded by YamlLimits.
struct YamlNode {
  enum class Kind { null, scalar, list, map };
  struct Entry {
    std::string key;
    YamlMark mark;  ///< Of the key.
    YamlNodePtr value;
  };

  Kind kind = Kind::null;
  YamlMark mark;        ///< Where the value begins; of the key for a value that is missing.
  bool quoted = false;  ///< A scalar in quotes: text, whatever it looks like.
  std::string scalar;
  std::vector<YamlNodePtr> items;  ///< list
  std::vector<Entry> entries;      ///< map, in file order, every key once

  std::size_t value_count = 1;  ///< This value and all below, aliases expanded.
  std::size_t byte_count = 0;   ///< Of all scalars and keys, aliases expanded.
  int height = 1;               ///< Levels from here to the deepest value.

  /// The value of a key, or null. Only of a map.
  const YamlNode* find(std::string_view key) const;
};

struct YamlLimits {
  static constexpr std::size_t text_bytes = std::size_t{1} << 20;
  static constexpr int depth = 64;
  static constexpr std::size_t values = 100'000;                       ///< With aliases expanded.
  static constexpr std::size_t expanded_bytes = std::size_t{4} << 20;  ///< Likewise.
};

/// Parses one YAML document. Text that is no YAML, or exceeds a limit, is an error in
/// `diagnostics` and gives null; a key given twice is an error and keeps its first value.
/// Never throws on bad input; time and memory are bounded by YamlLimits.
YamlNodePtr parse_yaml(const std::string& text, DiagnosticList& diagnostics);

}  // namespace faultline
