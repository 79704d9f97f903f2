// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "spec/diagnostic_list.h"
#include "spec/yaml_document.h"

// What a YAML file may hold, as data. One description serves the check of a file (check_shape), the
// JSON Schema for editors (to_json_schema) and the test of the reference documentation.

namespace faultline {

struct Field;

/// The form of one value. Built by the functions of namespace `shape`.
struct Shape {
  enum class Kind {
    text,        ///< One line.
    block,       ///< Text of any number of lines.
    name,        ///< Letters, digits, '.', '_' and '-': fit for file names and labels.
    integer,     ///< A whole number from min to max.
    boolean,     ///< true or false
    size,        ///< Bytes from min to max: 512M
    duration,    ///< Milliseconds from min to max: 30s
    percentage,  ///< More than 0 % and at most 100 %.
    choice,      ///< One of `choices`.
    list,        ///< min to max times `item`.
    map,         ///< Any keys, each value an `item`.
    object,      ///< The keys of `fields`.
    any,         ///< Not checked here, because its form depends on other values.
  };
  Kind kind = Kind::text;
  std::string what;  ///< A sentence for people.
  std::string noun;  ///< choice, object: what it is, "workload", for messages.
  std::string hint;  ///< Said with every mistake of the value, after the general advice.
  std::int64_t min = 0;
  std::int64_t max = 0;              ///< text: bytes; list: items.
  bool single = false;               ///< list: one item may stand without brackets.
  std::vector<std::string> choices;  ///< choice; of a text: likely values, for editors only.
  std::vector<Shape> item;           ///< list, map: exactly one.
  std::vector<Field> fields;         ///< object

  const Field* field(const std::string& key) const;
};

struct Field {
  std::string key;
  Shape shape;
  bool required = false;
};

namespace shape {

Shape text(std::string what, std::int64_t max_bytes = 4096);
Shape block(std::string what);
Shape name(std::string what);
Shape integer(std::int64_t min, std::int64_t max, std::string what);
Shape boolean(std::string what);
Shape size(std::int64_t min, std::int64_t max, std::string what);
Shape duration(std::int64_t min_ms, std::int64_t max_ms, std::string what);
Shape percentage(std::string what);
Shape choice(std::string noun, std::vector<std::string> choices, std::string what);
Shape list(Shape item, std::int64_t min_items, std::int64_t max_items, std::string what);
/// A list, of which a single item may be written without brackets.
Shape one_or_more(Shape item, std::int64_t max_items, std::string what);
Shape map(Shape item, std::string what);
Shape any(std::string what);
Shape object(std::string noun, std::string what, std::vector<Field> fields);
Field required(std::string key, Shape shape);
Field optional(std::string key, Shape shape);

}  // namespace shape

/// Reports every place where the value is not of the shape: unknown, missing and mistyped keys,
/// malformed and out-of-range values. `key` names the value in messages. After it the value may be
/// read if diagnostics.within_bounds(): no list, map or text is then longer than the shape allows.
void check_shape(const YamlNode& node, const Shape& shape, const std::string& key,
                 DiagnosticList& diagnostics);

/// The patterns of Shape::Kind::name, size, duration and percentage: for the JSON Schema.
const char* pattern_of(Shape::Kind kind);

/// True if the text may be a name: 1 to 63 of A-Z a-z 0-9 . _ -, first a letter or digit.
bool is_name(const std::string& text);

}  // namespace faultline
