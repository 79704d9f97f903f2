// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/html/topology_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "reports/format.h"

namespace faultline {
namespace {

constexpr unsigned kMostNodes = 64;
constexpr unsigned kMostCpus = 4096;
constexpr unsigned kDrawnCpus = 32;  ///< Of a node; beyond, their number says it.
constexpr int kNodeWidth = 150;
constexpr int kGap = 50;
constexpr int kPerRow = 4;

struct Drawn {
  std::vector<unsigned> cpus;
  std::vector<double> memory;  ///< Bytes.
  std::vector<std::vector<unsigned>> distances;
};

std::optional<Drawn> parse(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("nodes") || !json["nodes"].is_array()) return {};
  Drawn drawn;
  for (const auto& node : json["nodes"]) {
    if (!node.is_object() || !node.contains("cpus") || !node["cpus"].is_number_unsigned() ||
        !node.contains("memory") || !node["memory"].is_number() ||
        node["cpus"].get<std::uint64_t>() > kMostCpus)
      return {};
    drawn.cpus.push_back(node["cpus"].get<unsigned>());
    drawn.memory.push_back(node["memory"].get<double>());
  }
  if (drawn.cpus.empty() || drawn.cpus.size() > kMostNodes) return {};
  if (json.contains("distances") && json["distances"].is_array())
    for (const auto& row : json["distances"]) {
      if (!row.is_array() || row.size() != drawn.cpus.size()) return {};
      std::vector<unsigned> distances;
      for (const auto& distance : row) {
        if (!distance.is_number_unsigned()) return {};
        distances.push_back(distance.get<unsigned>());
      }
      drawn.distances.push_back(std::move(distances));
    }
  if (!drawn.distances.empty() && drawn.distances.size() != drawn.cpus.size()) return {};
  return drawn;
}

/// Up to 8 CPUs are large enough for their numbers, more are dots.
bool has_large_cpus(unsigned cpus) {
  return cpus <= 8;
}

/// Of all nodes alike: room for the largest one's CPUs.
int node_height(const Drawn& drawn) {
  int height = 64;
  for (const unsigned cpus : drawn.cpus) {
    const int rows =
        has_large_cpus(cpus) ? (int(cpus) + 3) / 4 : (int(std::min(cpus, kDrawnCpus)) + 7) / 8;
    height = std::max(height, has_large_cpus(cpus) ? 32 + 34 * rows : 52 + 16 * rows);
  }
  return height;
}

std::string number(int value) {
  return std::to_string(value);
}

void write_node(HtmlWriter& html, const Drawn& drawn, std::size_t node, unsigned first_cpu, int x,
                int y) {
  const int height = node_height(drawn);
  html.empty("rect", {{"class", "node"},
                      {"x", number(x)},
                      {"y", number(y)},
                      {"width", number(kNodeWidth)},
                      {"height", number(height)},
                      {"rx", "8"}});
  html.element("text", fmt::format("node {}", node),
               {{"class", "strong"}, {"x", number(x + 10)}, {"y", number(y + 19)}});
  html.element("text", format_quantity(drawn.memory[node], "B"),
               {{"x", number(x + kNodeWidth - 10)}, {"y", number(y + 19)}, {"text-anchor", "end"}});
  const unsigned cpus = drawn.cpus[node];
  if (cpus == 0)
    html.element("text", "memory only",
                 {{"class", "faint"}, {"x", number(x + 10)}, {"y", number(y + 50)}});
  const bool large = has_large_cpus(cpus);
  const int side = large ? 28 : 13;
  const int step = large ? 34 : 16;
  const int per_row = large ? 4 : 8;
  for (unsigned cpu = 0; cpu < std::min(cpus, kDrawnCpus); ++cpu) {
    const int cx = x + 10 + static_cast<int>(cpu) % per_row * step;
    const int cy = y + 30 + static_cast<int>(cpu) / per_row * step;
    html.empty("rect", {{"class", "cpu"},
                        {"x", number(cx)},
                        {"y", number(cy)},
                        {"width", number(side)},
                        {"height", number(side)},
                        {"rx", "3"}});
    if (large)
      html.element("text", std::to_string(first_cpu + cpu),
                   {{"x", number(cx + side / 2)},
                    {"y", number(cy + side / 2 + 4)},
                    {"text-anchor", "middle"}});
  }
  if (cpus > 0 && (!large || cpus > kDrawnCpus))
    html.element("text", fmt::format("CPUs {}–{}", first_cpu, first_cpu + cpus - 1),
                 {{"class", "faint"}, {"x", number(x + 10)}, {"y", number(y + height - 8)}});
}

/// With a single row of nodes, an arc below each pair that carries the distance.
void write_arcs(HtmlWriter& html, const Drawn& drawn) {
  const auto n = static_cast<int>(drawn.cpus.size());
  const int node = node_height(drawn);
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j) {
      const int from = 1 + i * (kNodeWidth + kGap) + kNodeWidth / 2 + 14 * (j - i);
      const int to = 1 + j * (kNodeWidth + kGap) + kNodeWidth / 2 - 14 * (j - i);
      const int depth = node + 8 + 44 * (j - i);
      html.empty("path", {{"class", "link"},
                          {"d", fmt::format("M{} {} Q{} {} {} {}", from, node + 1, (from + to) / 2,
                                            depth, to, node + 1)}});
      const unsigned there = drawn.distances[i][j];
      const unsigned back = drawn.distances[j][i];
      html.element("text",
                   there == back ? std::to_string(there) : fmt::format("{} / {}", there, back),
                   {{"x", number((from + to) / 2)},
                    {"y", number((node + depth) / 2 + 14)},
                    {"text-anchor", "middle"}});
    }
}

void write_matrix(HtmlWriter& html, const Drawn& drawn) {
  html.open(
      "div",
      {{"class", "scroll"}, {"tabindex", "0"}, {"role", "region"}, {"aria-label", "Distances"}});
  html.open("table", {{"class", "matrix"}});
  html.element("caption", "Distances (ACPI SLIT)");
  html.open("tr").element("th", "");
  for (std::size_t j = 0; j < drawn.distances.size(); ++j)
    html.element("th", std::to_string(j), {{"scope", "col"}});
  html.close();
  for (std::size_t i = 0; i < drawn.distances.size(); ++i) {
    html.open("tr").element("th", std::to_string(i), {{"scope", "row"}});
    for (const unsigned distance : drawn.distances[i]) html.element("td", std::to_string(distance));
    html.close();
  }
  html.close().close();
}

/// The drawing in words: "two-node: node 0 with CPUs 0–1 and 1.00 GiB; …; distance 0 to 1: 21".
std::string in_words(const std::string& name, const Drawn& drawn) {
  std::string text = short_name(name, 100) + ":";
  unsigned first = 0;
  for (std::size_t i = 0; i < drawn.cpus.size(); ++i) {
    const unsigned cpus = drawn.cpus[i];
    text += fmt::format("{} node {} with {} and {}", i > 0 ? ";" : "", i,
                        cpus == 0   ? "no CPU"
                        : cpus == 1 ? fmt::format("CPU {}", first)
                                    : fmt::format("CPUs {}–{}", first, first + cpus - 1),
                        format_quantity(drawn.memory[i], "B"));
    first += cpus;
  }
  constexpr std::size_t kMostInWords = 4;  // More nodes have their table of distances.
  if (drawn.cpus.size() <= kMostInWords)
    for (std::size_t i = 0; i < drawn.distances.size(); ++i)
      for (std::size_t j = i + 1; j < drawn.distances.size(); ++j)
        text += fmt::format("; distance {} to {}: {}", i, j, drawn.distances[i][j]);
  return text;
}

}  // namespace

void write_topology(HtmlWriter& html, const std::string& name, const std::string& json) {
  html.open("figure").element("figcaption", visible_line(short_name(name, 100)));
  const auto drawn = parse(json);
  if (!drawn) {
    html.element("pre", short_name(json, 4000)).close();
    return;
  }
  const auto n = static_cast<int>(drawn->cpus.size());
  const int columns = std::min(n, kPerRow);
  const int rows = (n + kPerRow - 1) / kPerRow;
  const bool arcs = n > 1 && rows == 1 && !drawn->distances.empty();
  const int width = columns * kNodeWidth + (columns - 1) * kGap + 2;
  const int node_rows = node_height(*drawn) + 16;
  const int height = rows * node_rows + (arcs ? 22 * (n - 1) + 16 : 0);
  html.open("svg", {{"class", "topology"},
                    {"viewBox", fmt::format("0 0 {} {}", width, height)},
                    {"width", number(width)},
                    {"height", number(height)},
                    {"role", "img"},
                    {"aria-label", in_words(name, *drawn)}});
  unsigned first_cpu = 0;
  for (int node = 0; node < n; ++node) {
    write_node(html, *drawn, static_cast<std::size_t>(node), first_cpu,
               1 + node % kPerRow * (kNodeWidth + kGap), 1 + node / kPerRow * node_rows);
    first_cpu += drawn->cpus[static_cast<std::size_t>(node)];
  }
  if (arcs) write_arcs(html, *drawn);
  html.close();
  if (n > 2 && !drawn->distances.empty()) write_matrix(html, *drawn);
  html.close();
}

}  // namespace faultline
