// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/interval_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace faultline {
namespace {

constexpr int kWidth = 160;
constexpr int kHeight = 18;

std::string pixels(double value) {
  return fmt::format("{:.1f}", value);
}

}  // namespace

double BarScale::place_of(const Comparison& c, double effect) {
  return c.is_ratio ? std::log(effect) : effect;
}

double BarScale::at(const Range& range, double place) {
  constexpr double kMargin = 6;
  const double width = range.high - range.low;
  const double share = width > 0 && std::isfinite(width) ? (place - range.low) / width : 0.5;
  return kMargin + (kWidth - 2 * kMargin) * std::clamp(share, 0.0, 1.0);
}

void BarScale::include(const Comparison& c, std::uint32_t key) {
  Range& range = c.is_ratio ? ratios_ : differences_[key];
  for (const double edge : {c.effect.value, c.effect.low.value_or(c.effect.value),
                            c.effect.high.value_or(c.effect.value)}) {
    const double place = place_of(c, edge);
    if (!std::isfinite(place)) continue;
    range.low = std::min(range.low, place);
    range.high = std::max(range.high, place);
  }
}

void BarScale::write(HtmlWriter& html, const Comparison& c, const std::string& label,
                     const char* css_class, std::uint32_t key) const {
  const Range& range = c.is_ratio ? ratios_ : differences_.at(key);
  const auto x = [&](double effect) { return at(range, place_of(c, effect)); };
  html.open("svg", {{"class", std::string("bar ") + css_class},
                    {"viewBox", fmt::format("0 0 {} {}", kWidth, kHeight)},
                    {"width", std::to_string(kWidth)},
                    {"height", std::to_string(kHeight)},
                    {"role", "img"},
                    {"aria-label", label}});
  if (c.is_ratio && floor_ > 1 && !c.exact) {
    const double left = x(1 / floor_);
    html.empty("rect", {{"class", "floor"},
                        {"x", pixels(left)},
                        {"width", pixels(std::max(1.0, x(floor_) - left))},
                        {"y", "1"},
                        {"height", std::to_string(kHeight - 2)}});
  }
  const std::string middle = pixels(at(range, 0));
  html.empty("line", {{"class", "none"},
                      {"x1", middle},
                      {"x2", middle},
                      {"y1", "1"},
                      {"y2", std::to_string(kHeight - 1)}});
  const std::string y = std::to_string(kHeight / 2);
  if (c.effect.low && c.effect.high)
    html.empty("line", {{"class", "span"},
                        {"x1", pixels(x(*c.effect.low) - 1)},
                        {"x2", pixels(x(*c.effect.high) + 1)},
                        {"y1", y},
                        {"y2", y}});
  html.empty("circle", {{"class", c.effect.low ? "point" : "point hollow"},
                        {"cx", pixels(x(c.effect.value))},
                        {"cy", y},
                        {"r", "3.5"}});
  html.close();
}

}  // namespace faultline
