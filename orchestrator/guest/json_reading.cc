// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/json_reading.h"

#include <limits>
#include <stdexcept>

namespace faultline::guest {
namespace {

[[noreturn]] void fail(const char* what, const char* problem) {
  throw std::runtime_error(std::string("\"") + what + "\" " + problem);
}

void check_depth(std::string_view text, int max_depth) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) throw std::runtime_error("nested too deeply");
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

}  // namespace

Json parse_object(std::string_view text, std::size_t max_bytes, int max_depth) {
  if (text.size() > max_bytes)
    throw std::runtime_error("longer than " + std::to_string(max_bytes) + " bytes");
  check_depth(text, max_depth);
  Json parsed;
  try {
    parsed = Json::parse(text.begin(), text.end());
  } catch (const Json::exception& error) {
    throw std::runtime_error(std::string("not JSON: ") + error.what());
  }
  if (!parsed.is_object()) throw std::runtime_error("not a JSON object");
  return parsed;
}

const Json& member(const Json& object, const char* key) {
  if (!object.is_object()) fail(key, "is looked for in something that is no object");
  const auto found = object.find(key);
  if (found == object.end()) fail(key, "is missing");
  return *found;
}

const Json& array_member(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_array()) fail(key, "is not an array");
  return value;
}

std::uint64_t unsigned_value(const Json& value, const char* what, std::uint64_t max) {
  if (!value.is_number_unsigned()) fail(what, "is not a whole number from 0");
  const auto number = value.get<std::uint64_t>();
  if (number > max) fail(what, "is out of range");
  return number;
}

std::string string_value(const Json& value, const char* what) {
  if (!value.is_string()) fail(what, "is not a string");
  return value.get<std::string>();
}

std::string string_member(const Json& object, const char* key) {
  return string_value(member(object, key), key);
}

bool bool_member(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_boolean()) fail(key, "is not true or false");
  return value.get<bool>();
}

std::uint64_t unsigned_member(const Json& object, const char* key, std::uint64_t max) {
  return unsigned_value(member(object, key), key, max);
}

std::uint32_t u32_member(const Json& object, const char* key) {
  return static_cast<std::uint32_t>(
      unsigned_member(object, key, std::numeric_limits<std::uint32_t>::max()));
}

std::int64_t signed_member(const Json& object, const char* key) {
  const Json& value = member(object, key);
  if (!value.is_number_integer()) fail(key, "is not a whole number");
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    fail(key, "is out of range");
  return value.get<std::int64_t>();
}

std::vector<std::string> string_list(const Json& object, const char* key) {
  std::vector<std::string> list;
  for (const Json& item : array_member(object, key)) list.push_back(string_value(item, key));
  return list;
}

std::vector<std::vector<unsigned>> matrix_member(const Json& object, const char* key) {
  std::vector<std::vector<unsigned>> matrix;
  for (const Json& line : array_member(object, key)) {
    if (!line.is_array()) fail(key, "is not a list of lists");
    auto& row = matrix.emplace_back();
    for (const Json& cell : line)
      row.push_back(
          static_cast<unsigned>(unsigned_value(cell, key, std::numeric_limits<unsigned>::max())));
  }
  return matrix;
}

std::string dump_line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace faultline::guest
