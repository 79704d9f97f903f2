// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <filesystem>
#include <set>

#include "spec/read_definitions.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

using namespace shape;

void check_patches(const YamlNode& root, DiagnosticList& diagnostics) {
  std::set<std::string> seen;
  for (const YamlNode* item : items_of(root.find("patches"))) {
    if (item->kind != YamlNode::Kind::scalar) continue;
    if (item->scalar.empty() || item->scalar.find('/') != std::string::npos)
      diagnostics.error(item->mark, in_quotes(item->scalar) + " is no file of the series' folder");
    else if (!seen.insert(item->scalar).second)
      diagnostics.error(item->mark, "patch " + in_quotes(item->scalar) + " is named twice");
  }
}

SeriesSwitch read_switch(const YamlNode* node, DiagnosticList& diagnostics) {
  SeriesSwitch read;
  read.name = text_at(node, "name").value_or("");
  read.kind = text_at(node, "kind").value_or("");
  read.values = texts_at(node, "values").value_or(std::vector<std::string>{});
  read.default_value = text_at(node, "default").value_or("");
  read.what = text_at(node, "what").value_or("");
  const YamlNode* written = value_at(node, "default");
  if (written && !read.values.empty() &&
      std::find(read.values.begin(), read.values.end(), read.default_value) == read.values.end())
    diagnostics.error(written->mark, in_quotes(read.default_value) + " is none of 'values'");
  return read;
}

SeriesDefinition read_series(const YamlNode& root, const std::string& folder,
                             DiagnosticList& diagnostics) {
  SeriesDefinition series;
  series.folder = folder;
  series.name = text_at(&root, "series").value_or("");
  const std::string expected = std::filesystem::path(folder).filename().string();
  if (const YamlNode* name = root.find("series"); name && series.name != expected)
    diagnostics.error(
        name->mark, "series " + in_quotes(series.name) + " is in the folder " + in_quotes(expected),
        "both must have one name");
  series.summary = text_at(&root, "summary").value_or("");
  series.thread = text_at(&root, "thread").value_or("");
  series.applies_to = texts_at(&root, "applies-to").value_or(std::vector<std::string>{});
  series.needed = texts_at(&root, "requires").value_or(std::vector<std::string>{});
  series.patches = texts_at(&root, "patches").value_or(std::vector<std::string>{});
  series.config = text_at(&root, "config").value_or("");
  series.tested_on = texts_at(&root, "tested-on").value_or(std::vector<std::string>{});
  for (const YamlNode* node : items_of(root.find("switches")))
    series.switches.push_back(read_switch(node, diagnostics));
  for (const YamlNode* node : items_of(root.find("arms")))
    series.arms.push_back({text_at(node, "name").value_or(""),
                           text_at(node, "cmdline").value_or(""),
                           text_at(node, "what").value_or("")});
  check_patches(root, diagnostics);
  return series;
}

}  // namespace

Shape series_definition_shape() {
  const Shape a_switch = object(
      "a switch", "What turns the change on and off in one binary.",
      {required("name", text("For example rmap.fork_share, or a path below /proc/sys or /sys.")),
       required("kind", choice("kind of switch", {"cmdline", "sysctl", "sysfs"}, "Where it is.")),
       optional("values", list(text("A value."), 1, 100, "The values that mean something.")),
       optional("default", text("Value without the switch.")),
       optional("what", text("A sentence for people."))});
  const Shape arm = object(
      "an arm", "A side of the comparison that the series is for.",
      {required("name", name("Its name.")), optional("cmdline", text("Kernel parameters.", 1024)),
       optional("what", text("A sentence for people."))});
  return object(
      "a series", "A patch series of Faultline.",
      {required("series", name("Its name: that of the folder.")),
       required("summary", text("One line.")), optional("thread", text("Where it was discussed.")),
       required("applies-to", list(text("A version."), 1, 100, "Kernel versions.")),
       optional("requires", list(name("A series."), 1, 100, "Series that it builds on.")),
       required("patches", list(text("A file."), 1, 1000, "In order of application.")),
       optional("config", block("Config lines that it needs.")),
       optional("switches", list(a_switch, 0, 100, "Its switches.")),
       optional("arms", list(arm, 0, 100, "The arms it was made for.")),
       optional("tested-on", list(text("A version."), 0, 100, "Full kernel versions."))});
}

std::optional<SeriesDefinition> parse_series(const std::string& text, const std::string& file,
                                             const std::string& folder,
                                             std::vector<Diagnostic>& diagnostics) {
  DiagnosticList list(file);
  std::optional<SeriesDefinition> series;
  if (const YamlNodePtr root = parse_yaml(text, list)) {
    check_shape(*root, series_definition_shape(), "series", list);
    if (list.within_bounds()) {
      SeriesDefinition read = read_series(*root, folder, list);
      if (!list.has_errors()) series = std::move(read);
    }
  }
  for (Diagnostic& diagnostic : list.take()) diagnostics.push_back(std::move(diagnostic));
  return series;
}

}  // namespace faultline
