// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/shape.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "spec/quantity.h"

namespace faultline {

const Field* Shape::field(const std::string& key) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.key == key; });
  return found == fields.end() ? nullptr : &*found;
}

namespace shape {
namespace {

Shape of(Shape::Kind kind, std::string what, std::int64_t min = 0, std::int64_t max = 0) {
  Shape shape;
  shape.kind = kind;
  shape.what = std::move(what);
  shape.min = min;
  shape.max = max;
  return shape;
}

}  // namespace

Shape text(std::string what, std::int64_t max_bytes) {
  return of(Shape::Kind::text, std::move(what), 0, max_bytes);
}
Shape block(std::string what) {
  return of(Shape::Kind::block, std::move(what), 0, 1 << 20);
}
Shape name(std::string what) {
  return of(Shape::Kind::name, std::move(what));
}
Shape integer(std::int64_t min, std::int64_t max, std::string what) {
  return of(Shape::Kind::integer, std::move(what), min, max);
}
Shape boolean(std::string what) {
  return of(Shape::Kind::boolean, std::move(what));
}
Shape size(std::int64_t min, std::int64_t max, std::string what) {
  return of(Shape::Kind::size, std::move(what), min, max);
}
Shape duration(std::int64_t min_ms, std::int64_t max_ms, std::string what) {
  return of(Shape::Kind::duration, std::move(what), min_ms, max_ms);
}
Shape percentage(std::string what) {
  return of(Shape::Kind::percentage, std::move(what));
}
Shape choice(std::string noun, std::vector<std::string> choices, std::string what) {
  Shape shape = of(Shape::Kind::choice, std::move(what));
  shape.noun = std::move(noun);
  shape.choices = std::move(choices);
  return shape;
}
Shape list(Shape item, std::int64_t min_items, std::int64_t max_items, std::string what) {
  Shape shape = of(Shape::Kind::list, std::move(what), min_items, max_items);
  shape.item.push_back(std::move(item));
  return shape;
}
Shape one_or_more(Shape item, std::int64_t max_items, std::string what) {
  Shape shape = list(std::move(item), 0, max_items, std::move(what));
  shape.single = true;
  return shape;
}
Shape map(Shape item, std::string what) {
  Shape shape = of(Shape::Kind::map, std::move(what));
  shape.item.push_back(std::move(item));
  return shape;
}
Shape any(std::string what) {
  return of(Shape::Kind::any, std::move(what));
}
Shape object(std::string noun, std::string what, std::vector<Field> fields) {
  Shape shape = of(Shape::Kind::object, std::move(what));
  shape.noun = std::move(noun);
  shape.fields = std::move(fields);
  return shape;
}
Field required(std::string key, Shape shape) {
  return {std::move(key), std::move(shape), true};
}
Field optional(std::string key, Shape shape) {
  return {std::move(key), std::move(shape), false};
}

}  // namespace shape

namespace {

/// What is wanted and what to write, for "'blocks' must be WANTED, not …; write for example …".
struct Wanted {
  std::string what;
  std::string advice;
};

Wanted wanted(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::text:
    case Shape::Kind::block:
      return {"text", ""};
    case Shape::Kind::name:
      return {"a name", "use up to 63 letters, digits, '.', '_' and '-'"};
    case Shape::Kind::integer:
      return {"a whole number",
              "write for example " +
                  std::to_string(std::max(shape.min, std::min<std::int64_t>(shape.max, 4)))};
    case Shape::Kind::boolean:
      return {"true or false", ""};
    case Shape::Kind::size:
      return {"a size", "write for example 512M or 1G"};
    case Shape::Kind::duration:
      return {"a duration", "write for example 500ms, 30s, 2m or 1h"};
    case Shape::Kind::percentage:
      return {"a percentage", "write for example 2%"};
    case Shape::Kind::choice:
      return {"one name", name_hint("", shape.choices)};
    case Shape::Kind::list:
      return {"a list", "write [a, b] or one '- a' a line"};
    case Shape::Kind::map:
      return {"a map", "write {key: value} or one 'key: value' a line"};
    case Shape::Kind::object: {
      std::vector<std::string> keys;
      for (const Field& field : shape.fields) keys.push_back(field.key);
      return {"a map", name_hint("", keys)};
    }
    case Shape::Kind::any:
      break;
  }
  return {};
}

std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
    case YamlNode::Kind::scalar:
      return (node.quoted ? "the text " : "") + in_quotes(node.scalar);
  }
  return {};
}

std::string joined(std::string advice, const std::string& hint) {
  if (advice.empty() || hint.empty()) return advice + hint;
  return advice + "; " + hint;
}

void report_form(const YamlNode& node, const Shape& shape, const std::string& key,
                 DiagnosticList& diagnostics) {
  if (diagnostics.full()) return;
  const Wanted want = wanted(shape);
  const std::string subject = shape.kind == Shape::Kind::object ? shape.noun : "'" + key + "'";
  diagnostics.error(node.mark, subject + " must be " + want.what + ", not " + found(node),
                    joined(want.advice, shape.hint));
}

std::string in_units(Shape::Kind kind, std::int64_t value) {
  if (kind == Shape::Kind::size) return format_size(value);
  if (kind == Shape::Kind::duration) return format_duration(std::chrono::milliseconds(value));
  return std::to_string(value);
}

void check_range(const YamlNode& node, std::int64_t value, const Shape& shape,
                 const std::string& key, DiagnosticList& diagnostics) {
  if (value >= shape.min && value <= shape.max) return;
  const bool unbounded = shape.max == std::numeric_limits<std::int64_t>::max();
  std::string wrong =
      ", not within " + in_units(shape.kind, shape.min) + " to " + in_units(shape.kind, shape.max);
  if (unbounded) wrong = ", less than " + in_units(shape.kind, shape.min);
  if (shape.min == shape.max) wrong = ", not " + in_units(shape.kind, shape.min);
  diagnostics.error(node.mark, "'" + key + "' is " + node.scalar + wrong, shape.hint);
}

void check_number(const YamlNode& node, const Shape& shape, const std::string& key,
                  DiagnosticList& diagnostics) {
  std::optional<std::int64_t> value;
  if (shape.kind == Shape::Kind::integer) {
    // A quoted number is text to every other reader of YAML.
    if (!node.quoted) value = parse_integer(node.scalar);
  } else if (shape.kind == Shape::Kind::size) {
    value = parse_size(node.scalar);
  } else if (const auto duration = parse_duration(node.scalar)) {
    value = duration->count();
  }
  if (value)
    check_range(node, *value, shape, key, diagnostics);
  else
    report_form(node, shape, key, diagnostics);
}

/// Such characters cannot stand in the file itself, but quoted text can escape them.
bool has_control_character(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
}

void check_text(const YamlNode& node, const Shape& shape, const std::string& key,
                DiagnosticList& diagnostics) {
  if (has_control_character(node.scalar))
    diagnostics.error(node.mark, "'" + key + "' has control characters", shape.hint);
  else if (shape.kind == Shape::Kind::text && node.scalar.find('\n') != std::string::npos)
    diagnostics.error(node.mark, "'" + key + "' must be one line",
                      joined("write >- before text that is folded over lines", shape.hint));
}

/// Every scalar has a bound, of whatever kind it is meant to be.
bool is_short_enough(const YamlNode& node, const Shape& shape, const std::string& key,
                     DiagnosticList& diagnostics) {
  const bool is_text = shape.kind == Shape::Kind::text || shape.kind == Shape::Kind::block;
  const std::int64_t bound = is_text ? shape.max : 4096;
  if (std::cmp_less_equal(node.scalar.size(), bound)) return true;
  diagnostics.too_long(node.mark,
                       "'" + key + "' has " + counted(node.scalar.size(), "byte") + ", more than " +
                           std::to_string(bound),
                       shape.hint);
  return false;
}

void check_scalar(const YamlNode& node, const Shape& shape, const std::string& key,
                  DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::scalar) return report_form(node, shape, key, diagnostics);
  if (!is_short_enough(node, shape, key, diagnostics)) return;
  switch (shape.kind) {
    case Shape::Kind::text:
    case Shape::Kind::block:
      return check_text(node, shape, key, diagnostics);
    case Shape::Kind::name:
      if (!is_name(node.scalar)) report_form(node, shape, key, diagnostics);
      return;
    case Shape::Kind::boolean:
      if (node.quoted || !parse_boolean(node.scalar)) report_form(node, shape, key, diagnostics);
      return;
    case Shape::Kind::percentage:
      if (const auto value = parse_percentage(node.scalar); !value)
        report_form(node, shape, key, diagnostics);
      else if (*value <= 0 || *value > 1)
        diagnostics.error(node.mark, "'" + key + "' is " + node.scalar + ", not within 0% to 100%",
                          shape.hint);
      return;
    case Shape::Kind::choice:
      if (std::find(shape.choices.begin(), shape.choices.end(), node.scalar) ==
              shape.choices.end() &&
          !diagnostics.full())
        diagnostics.error(node.mark, "unknown " + shape.noun + " " + in_quotes(node.scalar),
                          joined(name_hint(node.scalar, shape.choices), shape.hint));
      return;
    default:
      return check_number(node, shape, key, diagnostics);
  }
}

void check_list(const YamlNode& node, const Shape& shape, const std::string& key,
                DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::list) {
    if (!shape.single || node.kind == YamlNode::Kind::null)
      return report_form(node, shape, key, diagnostics);
    return check_shape(node, shape.item.front(), key, diagnostics);
  }
  const auto items = static_cast<std::int64_t>(node.items.size());
  if (items < shape.min)
    diagnostics.error(node.mark,
                      items == 0 ? "'" + key + "' is empty"
                                 : "'" + key + "' has " + counted(node.items.size(), "item") +
                                       ", fewer than " + std::to_string(shape.min),
                      shape.hint);
  if (items > shape.max) {
    diagnostics.too_long(node.mark,
                         "'" + key + "' has " + counted(node.items.size(), "item") +
                             ", more than " + std::to_string(shape.max),
                         shape.hint);
    return;
  }
  for (const YamlNodePtr& item : node.items) {
    if (diagnostics.full()) return;
    check_shape(*item, shape.item.front(), key, diagnostics);
  }
}

void check_map(const YamlNode& node, const Shape& shape, const std::string& key,
               DiagnosticList& diagnostics) {
  constexpr std::size_t bound = 1000;
  if (node.kind != YamlNode::Kind::map) return report_form(node, shape, key, diagnostics);
  if (node.entries.size() > bound)
    return diagnostics.too_long(node.mark, "'" + key + "' has more than " + counted(bound, "key"));
  for (const YamlNode::Entry& entry : node.entries)
    check_shape(*entry.value, shape.item.front(), entry.key, diagnostics);
}

void check_object(const YamlNode& node, const Shape& shape, const std::string& key,
                  DiagnosticList& diagnostics) {
  if (node.kind != YamlNode::Kind::map) return report_form(node, shape, key, diagnostics);
  for (const YamlNode::Entry& entry : node.entries) {
    if (diagnostics.full()) return;
    if (const Field* field = shape.field(entry.key)) {
      check_shape(*entry.value, field->shape, entry.key, diagnostics);
      continue;
    }
    std::vector<std::string> keys;
    for (const Field& known : shape.fields) keys.push_back(known.key);
    diagnostics.error(entry.mark, "unknown key " + in_quotes(entry.key) + " in " + shape.noun,
                      name_hint(entry.key, keys));
  }
  for (const Field& field : shape.fields)
    if (field.required && !node.find(field.key))
      diagnostics.error(node.mark, shape.noun + " needs the key '" + field.key + "'",
                        field.shape.hint);
}

}  // namespace

void check_shape(const YamlNode& node, const Shape& shape, const std::string& key,
                 DiagnosticList& diagnostics) {
  if (diagnostics.full()) return;
  switch (shape.kind) {
    case Shape::Kind::list:
      return check_list(node, shape, key, diagnostics);
    case Shape::Kind::map:
      return check_map(node, shape, key, diagnostics);
    case Shape::Kind::object:
      return check_object(node, shape, key, diagnostics);
    case Shape::Kind::any:
      return;
    default:
      return check_scalar(node, shape, key, diagnostics);
  }
}

const char* pattern_of(Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::name:
      return "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";
    case Shape::Kind::size:
      return "^(0|[1-9][0-9]*)(K|M|G|T|KiB|MiB|GiB|TiB)?$";
    case Shape::Kind::duration:
      return "^(0|[1-9][0-9]*)(ms|s|m|h)$";
    case Shape::Kind::percentage:
      return "^(0|[1-9][0-9]*)([.][0-9]+)?%$";
    default:
      return nullptr;
  }
}

bool is_name(const std::string& text) {
  constexpr const char* letters_and_digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  if (text.empty() || text.size() > 63) return false;
  if (std::string_view(letters_and_digits).find(text[0]) == std::string_view::npos) return false;
  return text.find_first_not_of(std::string(letters_and_digits) + "._-") == std::string::npos;
}

}  // namespace faultline
