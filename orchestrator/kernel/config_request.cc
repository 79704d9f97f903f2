// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/config_request.h"

#include <optional>

namespace faultline {
namespace {

struct ConfigLine {
  std::string_view symbol;
  std::string_view value;
};

bool is_symbol(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
      return false;
  return true;
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::optional<ConfigLine> parse_line(std::string_view line) {
  constexpr std::string_view prefix = "CONFIG_", comment = "# CONFIG_", unset = " is not set";
  if (line.starts_with(comment) && line.ends_with(unset)) {
    line.remove_prefix(comment.size());
    line.remove_suffix(unset.size());
    if (!is_symbol(line)) return std::nullopt;
    return ConfigLine{line, "n"};
  }
  if (!line.starts_with(prefix)) return std::nullopt;
  line.remove_prefix(prefix.size());
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || !is_symbol(line.substr(0, equals))) return std::nullopt;
  return ConfigLine{line.substr(0, equals), line.substr(equals + 1)};
}

template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    visit(text.substr(0, end), number);
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

std::string config_line(const std::string& symbol, const std::string& value) {
  return value == "n" ? "# CONFIG_" + symbol + " is not set\n"
                      : "CONFIG_" + symbol + "=" + value + "\n";
}

}  // namespace

std::vector<std::string> add_fragment(ConfigRequest& request, std::string_view text,
                                      const std::string& from) {
  std::vector<std::string> mistakes;
  for_each_line(text, [&](std::string_view raw, std::size_t number) {
    const std::string_view line = trimmed(raw);
    if (const auto wish = parse_line(line); wish && !wish->value.empty())
      request[std::string(wish->symbol)] = {std::string(wish->value), from};
    else if (!line.empty() && line.front() != '#')
      mistakes.push_back("line " + std::to_string(number) + ": " +
                         std::string(line.substr(0, 200)));
  });
  return mistakes;
}

std::string config_lines(const ConfigRequest& request) {
  std::string text;
  for (const auto& [symbol, wish] : request) text += config_line(symbol, wish.value);
  return text;
}

ConfigValues parse_config(std::string_view text) {
  ConfigValues values;
  for_each_line(text, [&](std::string_view line, std::size_t) {
    if (const auto setting = parse_line(line); setting && setting->value != "n")
      values[std::string(setting->symbol)] = std::string(setting->value);
  });
  return values;
}

std::string config_value(const ConfigValues& values, const std::string& symbol) {
  const auto found = values.find(symbol);
  return found == values.end() ? "n" : found->second;
}

std::string merge_config(std::string_view base, const ConfigRequest& request) {
  std::string merged;
  for_each_line(base, [&](std::string_view line, std::size_t) {
    if (const auto setting = parse_line(line);
        setting && request.contains(std::string(setting->symbol)))
      return;
    merged += line;
    merged += '\n';
  });
  return merged + config_lines(request);
}

std::vector<std::string> symbols_not_taken(const ConfigRequest& request,
                                           const ConfigValues& values) {
  std::vector<std::string> missed;
  for (const auto& [symbol, wish] : request)
    if (config_value(values, symbol) != wish.value) missed.push_back(symbol);
  return missed;
}

}  // namespace faultline
