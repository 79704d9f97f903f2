// SPDX-License-Identifier: GPL-2.0-or-later
#include "spec/quantity.h"

#include <array>
#include <charconv>

namespace faultline {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 9> size_units{{{"", 1},
                                          {"K", std::int64_t{1} << 10},
                                          {"M", std::int64_t{1} << 20},
                                          {"G", std::int64_t{1} << 30},
                                          {"T", std::int64_t{1} << 40},
                                          {"KiB", std::int64_t{1} << 10},
                                          {"MiB", std::int64_t{1} << 20},
                                          {"GiB", std::int64_t{1} << 30},
                                          {"TiB", std::int64_t{1} << 40}}};

constexpr std::array<Unit, 4> duration_units{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};

template <std::size_t N>
std::optional<std::int64_t> parse_with_unit(std::string_view text,
                                            const std::array<Unit, N>& units) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<std::int64_t> number = parse_integer(text.substr(0, digits));
  if (!number) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != text.substr(digits)) continue;
    std::int64_t value = 0;
    if (__builtin_mul_overflow(*number, unit.factor, &value)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const std::optional<std::int64_t> value = parse_with_unit(text, duration_units);
  if (!value) return std::nullopt;
  return std::chrono::milliseconds(*value);
}

std::optional<double> parse_percentage(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  text.remove_suffix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  if (!parse_integer(text.substr(0, point)) || text.starts_with('-')) return std::nullopt;
  const std::string_view fraction = text.substr(point);
  if (!fraction.empty() && (fraction.size() < 2 ||
                            fraction.find_first_not_of("0123456789", 1) != std::string_view::npos))
    return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value / 100;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::string format_size(std::int64_t bytes) {
  for (std::size_t i = 4; i > 0; --i)
    if (bytes != 0 && bytes % size_units[i].factor == 0)
      return std::to_string(bytes / size_units[i].factor) + std::string(size_units[i].name);
  return std::to_string(bytes);
}

std::string format_duration(std::chrono::milliseconds duration) {
  for (const std::size_t i : {3, 2, 1})
    if (duration.count() != 0 && duration.count() % duration_units[i].factor == 0)
      return std::to_string(duration.count() / duration_units[i].factor) +
             std::string(duration_units[i].name);
  return std::to_string(duration.count()) + "ms";
}

}  // namespace faultline
