// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace faultline {

/// What is asked of one symbol.
struct ConfigWish {
  std::string value;  ///< y, m, n, a number, or a string in its quotes.
  std::string from;   ///< Who asked: "fragment guest", "series anon-vma-shared".
  bool operator==(const ConfigWish&) const = default;
};

/// Everything asked of a configuration: symbol (without CONFIG_) to wish.
using ConfigRequest = std::map<std::string, ConfigWish>;

/// A whole .config: symbol to value. Symbols that are "not set" are not in it.
using ConfigValues = std::map<std::string, std::string>;

/// Adds the lines `CONFIG_X=value` and `# CONFIG_X is not set` of a fragment; a later line wins
/// over an earlier one. Returns the lines that are neither these, nor comments, nor blank, as "line
/// N: TEXT".
std::vector<std::string> add_fragment(ConfigRequest& request, std::string_view text,
                                      const std::string& from);

/// The request as lines for a .config, in alphabetic order.
std::string config_lines(const ConfigRequest& request);

/// Reads a .config.
ConfigValues parse_config(std::string_view text);

/// The value of a symbol, n if it is not set.
std::string config_value(const ConfigValues& values, const std::string& symbol);

/// A .config's text without the symbols of `request`, followed by the request's lines.
std::string merge_config(std::string_view base, const ConfigRequest& request);

/// The symbols whose wish did not come true.
std::vector<std::string> symbols_not_taken(const ConfigRequest& request,
                                           const ConfigValues& values);

}  // namespace faultline
