// SPDX-License-Identifier: GPL-2.0-or-later
#include <charconv>
#include <cmath>
#include <filesystem>

#include "spec/read_definitions.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

using namespace shape;

constexpr std::size_t kMostPoints = 200;

std::optional<double> number_of(const std::string& text, YamlMark mark,
                                DiagnosticList& diagnostics) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(value))
    return value;
  diagnostics.error(mark, in_quotes(text) + " is no number", "write it like 14902.6");
  return std::nullopt;
}

double number_at(const YamlNode* map, const std::string& key, DiagnosticList& diagnostics) {
  const YamlNode* node = value_at(map, key);
  if (!node || node->kind != YamlNode::Kind::scalar) return 0;
  return number_of(node->scalar, node->mark, diagnostics).value_or(0);
}

std::map<double, double> read_points(const YamlNode* points, DiagnosticList& diagnostics) {
  std::map<double, double> read;
  if (!points || points->kind != YamlNode::Kind::map) return read;
  const char* hint = "write {64: 350, 128: 1228.8}, the published figure at each value of 'over'";
  if (points->entries.empty()) diagnostics.error(points->mark, "'points' is empty", hint);
  if (points->entries.size() > kMostPoints)
    diagnostics.error(points->mark,
                      "'points' has " + counted(points->entries.size(), "point") + ", more than " +
                          std::to_string(kMostPoints),
                      "leave some out: it is read beside ours, not plotted");
  for (const YamlNode::Entry& entry : points->entries) {
    if (entry.value->kind != YamlNode::Kind::scalar) continue;
    const auto at = number_of(entry.key, entry.mark, diagnostics);
    const auto figure = number_of(entry.value->scalar, entry.value->mark, diagnostics);
    if (at && figure && !read.emplace(*at, *figure).second)
      diagnostics.error(entry.mark, in_quotes(entry.key) + " is in 'points' twice",
                        "a curve has one figure at each value");
  }
  return read;
}

/// The shape allows the keys of both forms, of which a figure has one.
void check_form(const YamlNode& figure, DiagnosticList& diagnostics) {
  const YamlNode* here = value_at(&figure, "here");
  const auto need = [&](const YamlNode* map, const std::string& noun, const char* key,
                        const char* hint) {
    if (map->kind == YamlNode::Kind::map && !map->find(key))
      diagnostics.error(map->mark, noun + " needs the key '" + key + "'", hint);
  };
  const auto refuse = [&](const YamlNode* map, const char* key, const char* wrong,
                          const char* hint) {
    if (const YamlNode* node = value_at(map, key))
      diagnostics.error(node->mark, in_quotes(key) + wrong, hint);
  };
  if (figure.find("points")) {
    const char* hint = "a figure is a pair ('without', 'with') or a curve ('over', 'points')";
    refuse(&figure, "without", " does not go with 'points'", hint);
    refuse(&figure, "with", " does not go with 'points'", hint);
    need(&figure, "a curve", "over", "name what it is along, for example over: workers");
    return;
  }
  const char* hint = "or, for a curve, 'over' and 'points'";
  need(&figure, "a figure", "without", hint);
  need(&figure, "a figure", "with", hint);
  refuse(&figure, "over", " does not go without 'points'", "write points: {64: 350, 128: 1228.8}");
  const auto places = items_of(here);
  if (places.size() > 1)
    diagnostics.error(here->mark, "a pair stands beside one place of ours",
                      "only a curve may be beside several");
  for (const YamlNode* place : places) {
    need(place, "a place of ours beside a pair", "arm", "that has the change");
    refuse(place, "over", " belongs to a curve", "a pair has no points");
  }
}

PlaceOfOurs read_place(const YamlNode* node, const DiagnosticList& diagnostics) {
  PlaceOfOurs place;
  place.workload = text_at(node, "workload").value_or("");
  place.metric = text_at(node, "metric").value_or("");
  place.over = text_at(node, "over").value_or("");
  place.arm = text_at(node, "arm").value_or("");
  place.position = diagnostics.position(node->mark);
  if (const YamlNode* params = value_at(node, "params"))
    for (const auto& entry : params->entries) place.params[entry.key] = entry.value->scalar;
  return place;
}

PublishedFigure read_figure(const YamlNode* node, DiagnosticList& diagnostics) {
  PublishedFigure figure;
  if (node->kind != YamlNode::Kind::map) return figure;
  check_form(*node, diagnostics);
  figure.what = text_at(node, "what").value_or("");
  figure.unit = text_at(node, "unit").value_or("");
  figure.without = number_at(node, "without", diagnostics);
  figure.with = number_at(node, "with", diagnostics);
  figure.over = text_at(node, "over").value_or("");
  figure.points = read_points(value_at(node, "points"), diagnostics);
  for (const YamlNode* item : items_of(value_at(node, "here"))) {
    PlaceOfOurs place = read_place(item, diagnostics);
    // Ours go by the parameter that the curve is named after, unless they say otherwise.
    if (place.over.empty()) place.over = figure.over;
    figure.here.push_back(std::move(place));
  }
  return figure;
}

}  // namespace

Shape published_figures_shape() {
  const Shape here = object(
      "a place of ours", "Which of our figures belong beside it.",
      {required("workload", name("The workload.")), required("metric", name("Its metric.")),
       optional("over", name("Beside a curve: the parameter or metric that ours are along.")),
       optional("arm", name("Beside a pair, the arm that has the change, compared with the "
                            "baseline; beside a curve the only arm that is shown.")),
       optional("params", map(text("Its value."), "Parameters that the step has."))});
  const Shape figure = object(
      "a figure", "A published pair of figures, or a curve.",
      {required("what", text("What was measured, on what.")), optional("unit", text("Unit.")),
       optional("without", text("Of a pair: the figure without the change.")),
       optional("with", text("The figure with it.")),
       optional("over", name("Of a curve: what it is along.")),
       optional("points", map(text("The figure there."), "The figure at each value of `over`.")),
       optional("here", one_or_more(here, 8, "Which of ours belong beside it."))});
  return object(
      "published figures", "Figures that others published.",
      {required("published", name("Their name: that of the file.")),
       required("source", text("Who, where, when.")),
       required("said", text("What they found, in a sentence.")),
       optional("figures", list(figure, 0, 200, "The figures.")),
       optional("may-differ", list(text("A sentence."), 0, 20, "Why ours need not agree."))});
}

std::optional<PublishedFigures> parse_published(const std::string& text, const std::string& file,
                                                std::vector<Diagnostic>& diagnostics) {
  DiagnosticList list(file);
  std::optional<PublishedFigures> published;
  if (const YamlNodePtr root = parse_yaml(text, list)) {
    check_shape(*root, published_figures_shape(), "published", list);
    if (list.within_bounds()) {
      PublishedFigures read;
      read.name = text_at(root.get(), "published").value_or("");
      const std::string expected = std::filesystem::path(file).stem().string();
      if (const YamlNode* name = root->find("published"); name && read.name != expected)
        list.error(name->mark, in_quotes(read.name) + " is in a file named " + in_quotes(expected),
                   "both must have one name");
      read.source = text_at(root.get(), "source").value_or("");
      read.said = text_at(root.get(), "said").value_or("");
      for (const YamlNode* node : items_of(root->find("figures")))
        read.figures.push_back(read_figure(node, list));
      read.may_differ = texts_at(root.get(), "may-differ").value_or(std::vector<std::string>{});
      if (!list.has_errors()) published = std::move(read);
    }
  }
  for (Diagnostic& diagnostic : list.take()) diagnostics.push_back(std::move(diagnostic));
  return published;
}

}  // namespace faultline
