// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

// Reading JSON that may be hostile: every access names the member that is missing, of the wrong
// type or out of range. All functions throw std::runtime_error and nothing else. Included only by
// the .cc files of this module.

namespace faultline::guest {

using Json = nlohmann::json;

/// Parses `text`, an object, refusing more than `max_bytes` bytes or `max_depth` open brackets
/// before any memory is spent on them.
Json parse_object(std::string_view text, std::size_t max_bytes, int max_depth);

/// The member `key` of an object.
const Json& member(const Json& object, const char* key);
/// The same, which must be an array.
const Json& array_member(const Json& object, const char* key);

std::uint64_t unsigned_value(const Json& value, const char* what, std::uint64_t max);
std::string string_value(const Json& value, const char* what);

std::string string_member(const Json& object, const char* key);
bool bool_member(const Json& object, const char* key);
std::uint64_t unsigned_member(const Json& object, const char* key, std::uint64_t max = UINT64_MAX);
std::uint32_t u32_member(const Json& object, const char* key);
std::int64_t signed_member(const Json& object, const char* key);
std::vector<std::string> string_list(const Json& object, const char* key);
/// A list of lists of small numbers: NUMA distances.
std::vector<std::vector<unsigned>> matrix_member(const Json& object, const char* key);

/// Dumps on one line; bytes that are not UTF-8 become U+FFFD.
std::string dump_line(const Json& value);

}  // namespace faultline::guest
