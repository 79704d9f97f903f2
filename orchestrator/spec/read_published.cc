// SPDX-License-Identifier: GPL-2.0-or-later
#include <charconv>
#include <cmath>
#include <filesystem>

#include "spec/read_definitions.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

using namespace shape;

double number_at(const YamlNode* map, const std::string& key, DiagnosticList& diagnostics) {
  const YamlNode* node = value_at(map, key);
  if (!node || node->kind != YamlNode::Kind::scalar) return 0;
  const std::string& text = node->scalar;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    diagnostics.error(node->mark, in_quotes(text) + " is no number", "write it like 14902.6");
  return value;
}

PublishedFigure read_figure(const YamlNode* node, DiagnosticList& diagnostics) {
  PublishedFigure figure;
  figure.what = text_at(node, "what").value_or("");
  figure.unit = text_at(node, "unit").value_or("");
  figure.without = number_at(node, "without", diagnostics);
  figure.with = number_at(node, "with", diagnostics);
  const YamlNode* here = value_at(node, "here");
  figure.workload = text_at(here, "workload").value_or("");
  figure.metric = text_at(here, "metric").value_or("");
  figure.arm = text_at(here, "arm").value_or("");
  if (const YamlNode* params = value_at(here, "params"))
    for (const auto& entry : params->entries) figure.params[entry.key] = entry.value->scalar;
  return figure;
}

}  // namespace

Shape published_figures_shape() {
  const Shape here = object(
      "a place of ours", "Which of our comparisons belongs beside it.",
      {required("workload", name("The workload.")), required("metric", name("Its metric.")),
       required("arm", name("The arm that has the change; it is compared with the baseline.")),
       optional("params", map(text("Its value."), "Parameters that the step has."))});
  const Shape figure = object(
      "a figure", "A published pair of figures.",
      {required("what", text("What was measured, on what.")), optional("unit", text("Unit.")),
       required("without", text("The figure without the change.")),
       required("with", text("The figure with it.")), optional("here", here)});
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
