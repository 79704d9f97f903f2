// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "spec/experiment_reader.h"
#include "spec/experiment_shape.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

constexpr const char* source_forms =
    "write debian:PACKAGE, git:DIR#REF, tar:FILE, dir:DIR or image:BZIMAGE";

/// A kernel as written; `like` is not applied yet.
struct WrittenArm {
  const YamlNode* node = nullptr;
  std::string name;
  std::optional<KernelSource> source;
  std::optional<std::string> modules;
  std::optional<std::vector<std::string>> series;
  std::optional<std::vector<std::string>> config;
  std::optional<std::string> cmdline;
  std::optional<std::vector<Setting>> settings;
};

/// Paths of an experiment file are relative to the file; "~/" is the home folder.
std::string absolute_path(const std::string& path, const fs::path& folder) {
  if (path.starts_with("~/"))
    if (const char* home = std::getenv("HOME"))
      return (fs::path(home) / path.substr(2)).lexically_normal().string();
  return (folder / path).lexically_normal().string();
}

bool is_package_name(const std::string& name) {
  return !name.empty() && std::isalnum(static_cast<unsigned char>(name[0])) &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+.-") == std::string::npos;
}

std::optional<KernelSource> read_source(const YamlNode& node, const ReaderContext& context) {
  if (node.kind != YamlNode::Kind::scalar) return std::nullopt;
  static const std::map<std::string, KernelSource::Kind> kinds{
      {"debian", KernelSource::Kind::debian},
      {"git", KernelSource::Kind::git},
      {"tar", KernelSource::Kind::tar},
      {"dir", KernelSource::Kind::dir},
      {"image", KernelSource::Kind::image}};
  const auto wrong = [&](const std::string& message) {
    context.diagnostics.error(node.mark, message, source_forms);
    return std::nullopt;
  };
  const std::size_t colon = node.scalar.find(':');
  const auto kind = kinds.find(node.scalar.substr(0, colon));
  if (colon == std::string::npos || kind == kinds.end())
    return wrong("kernel source " + in_quotes(node.scalar) + " is of no known kind");
  KernelSource source;
  source.kind = kind->second;
  source.text = node.scalar;
  std::string location = node.scalar.substr(colon + 1);
  if (location.find("://") != std::string::npos)
    return wrong("kernel source " + in_quotes(node.scalar) + " is not on this machine");
  if (source.kind == KernelSource::Kind::git) {
    const std::size_t hash = location.rfind('#');
    if (hash == std::string::npos || hash + 1 == location.size())
      return wrong("kernel source " + in_quotes(node.scalar) + " names no commit");
    source.ref = location.substr(hash + 1);
    location.resize(hash);
    // git would take it for an option.
    if (source.ref.starts_with('-'))
      return wrong("kernel source " + in_quotes(node.scalar) + " names no commit");
  }
  if (location.empty()) return wrong("kernel source " + in_quotes(node.scalar) + " names nothing");
  if (source.kind == KernelSource::Kind::debian) {
    if (!is_package_name(location)) return wrong(in_quotes(location) + " is no name of a package");
    source.location = location;
  } else {
    source.location = absolute_path(location, context.folder);
  }
  return source;
}

std::optional<std::vector<std::string>> read_config(const YamlNode* arm,
                                                    const ReaderContext& context) {
  const YamlNode* list = value_at(arm, "config");
  if (!list) return std::nullopt;
  std::vector<std::string> config;
  for (const YamlNode* item : items_of(list)) {
    if (item->kind != YamlNode::Kind::scalar) continue;
    if (context.catalogue.config_fragments.contains(item->scalar))
      config.push_back(item->scalar);
    else if (item->scalar.find('/') != std::string::npos || item->scalar.ends_with(".config"))
      config.push_back(absolute_path(item->scalar, context.folder));
    else
      context.diagnostics.error(
          item->mark, "unknown config fragment " + in_quotes(item->scalar),
          name_hint(item->scalar, config_names(context.catalogue), "a path has a '/' in it"));
  }
  return config;
}

void check_series_once(const YamlNode* arm, const ReaderContext& context) {
  std::set<std::string> seen;
  for (const YamlNode* item : items_of(value_at(arm, "series")))
    if (item->kind == YamlNode::Kind::scalar && !seen.insert(item->scalar).second)
      context.diagnostics.error(item->mark,
                                "series " + in_quotes(item->scalar) + " is applied twice");
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

WrittenArm read_written(const YamlNode* node, const ReaderContext& context) {
  WrittenArm arm;
  arm.node = node;
  arm.name = text_at(node, "name").value_or("");
  if (const YamlNode* source = value_at(node, "source")) arm.source = read_source(*source, context);
  if (const auto modules = text_at(node, "modules"))
    arm.modules = modules->empty() ? "" : absolute_path(*modules, context.folder);
  arm.series = texts_at(node, "series");
  check_series_once(node, context);
  arm.config = read_config(node, context);
  if (const auto cmdline = text_at(node, "cmdline")) arm.cmdline = trimmed(*cmdline);
  arm.settings = settings_at(node, context.diagnostics);
  return arm;
}

/// The kernels from `start` to the one that is like no other; empty if `like` is wrong somewhere,
/// which is reported by the kernel where it stands.
std::vector<const WrittenArm*> ancestry(const WrittenArm& start,
                                        const std::map<std::string, const WrittenArm*>& by_name,
                                        const ReaderContext& context) {
  std::vector<const WrittenArm*> line{&start};
  while (const YamlNode* like = value_at(line.back()->node, "like")) {
    if (like->kind != YamlNode::Kind::scalar) return {};
    const auto parent = by_name.find(like->scalar);
    if (parent == by_name.end()) {
      std::vector<std::string> names;
      for (const auto& [name, arm] : by_name) names.push_back(name);
      if (line.size() == 1)
        context.diagnostics.error(like->mark, "unknown kernel " + in_quotes(like->scalar),
                                  name_hint(like->scalar, names));
      return {};
    }
    const auto met = std::find(line.begin(), line.end(), parent->second);
    if (met != line.end()) {
      // Reported once: by the kernel of the circle that stands first in the file.
      const bool first = std::all_of(line.begin(), line.end(), [&](const WrittenArm* arm) {
        return start.node->mark <= arm->node->mark;
      });
      if (met == line.begin() && first) {
        constexpr std::size_t shown_arms = 8;
        std::string circle;
        for (std::size_t i = 0; i < line.size() && i < shown_arms; ++i)
          circle += line[i]->name + " -> ";
        if (line.size() > shown_arms) circle += "… -> ";
        context.diagnostics.error(value_at(start.node, "like")->mark,
                                  "'like' goes round in a circle: " + circle + start.name,
                                  "give one of them a source of its own");
      }
      return {};
    }
    line.push_back(parent->second);
  }
  return line;
}

/// The value of the nearest kernel in the line that gives one.
template <typename T>
T inherited(const std::vector<const WrittenArm*>& line, std::optional<T> WrittenArm::*member) {
  for (const WrittenArm* arm : line)
    if (arm->*member) return *(arm->*member);
  return T{};
}

Arm resolve(const std::vector<const WrittenArm*>& line, const ReaderContext& context) {
  const WrittenArm& written = *line.front();
  Arm arm;
  arm.name = written.name;
  arm.position = context.diagnostics.position(written.node->mark);
  arm.series = inherited(line, &WrittenArm::series);
  arm.config = inherited(line, &WrittenArm::config);
  arm.cmdline = inherited(line, &WrittenArm::cmdline);
  arm.settings = inherited(line, &WrittenArm::settings);
  bool source_written = false;
  for (const WrittenArm* ancestor : line) {
    // Modules belong to the image that stands beside them or nearest behind.
    if (ancestor->modules && arm.source.modules.empty()) arm.source.modules = *ancestor->modules;
    source_written = value_at(ancestor->node, "source") != nullptr;
    if (ancestor->source) {
      const std::string modules = arm.source.modules;
      arm.source = *ancestor->source;
      arm.source.modules = modules;
    }
    if (source_written) break;
  }
  if (!source_written && line.size() == 1)
    context.diagnostics.error(written.node->mark, "this kernel has neither 'source' nor 'like'",
                              source_forms);
  return arm;
}

bool gives_one_of(const YamlNode* node, std::initializer_list<const char*> keys) {
  return std::any_of(keys.begin(), keys.end(),
                     [&](const char* key) { return value_at(node, key) != nullptr; });
}

void check_image_arm(const Arm& arm, const WrittenArm& written, const ReaderContext& context) {
  // A kernel that only inherits the mistake is not told of it again.
  if (!gives_one_of(written.node, {"source", "modules", "series", "config"})) return;
  const bool image = arm.source.kind == KernelSource::Kind::image;
  if (!image && !arm.source.modules.empty())
    context.diagnostics.error(written.node->mark, "this kernel has 'modules' but is no image",
                              "modules of other sources are built with the kernel");
  if (image && (!arm.series.empty() || !arm.config.empty()))
    context.diagnostics.error(written.node->mark,
                              "this kernel is a finished image: no series or config can be applied",
                              "write series: [] and config: [] if 'like' brought them");
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> found;
  for (std::string word; stream >> word;) found.push_back(word);
  return found;
}

/// Catches what would otherwise give two equal arms in silence: a switch of a series that is
/// misspelt, or that this arm does not have.
void check_switches(const Arm& arm, const WrittenArm& written, const ReaderContext& context) {
  if (arm.source.kind == KernelSource::Kind::image) return;
  const YamlNode* node = value_at(written.node, "cmdline");
  if (!node) return;
  std::map<std::string, const SeriesSwitch*> here;
  std::map<std::string, std::string> elsewhere;
  for (const auto& [name, series] : context.catalogue.series)
    for (const SeriesSwitch& a_switch : series.switches) {
      if (a_switch.kind != "cmdline") continue;
      if (std::find(arm.series.begin(), arm.series.end(), name) != arm.series.end())
        here.emplace(a_switch.name, &a_switch);
      else
        elsewhere.emplace(a_switch.name, name);
    }
  std::vector<std::string> names;
  for (const auto& [name, a_switch] : here) names.push_back(name);
  for (const std::string& word : words(arm.cmdline)) {
    const std::string name = word.substr(0, word.find('='));
    if (const auto found = here.find(name); found != here.end()) {
      const std::string value = word.substr(std::min(name.size() + 1, word.size()));
      const std::vector<std::string>& values = found->second->values;
      if (!values.empty() && std::find(values.begin(), values.end(), value) == values.end())
        context.diagnostics.warning(
            node->mark, "the series describes no value " + in_quotes(value) + " of " + name,
            name_hint("", values));
    } else if (const auto other = elsewhere.find(name); other != elsewhere.end()) {
      context.diagnostics.warning(
          node->mark, in_quotes(name) + " is a switch of a series that this kernel does not have",
          "add '" + other->second + "' to series");
    } else if (const std::string hint = name_hint(name, names); hint.starts_with("did you mean")) {
      context.diagnostics.warning(node->mark, in_quotes(name) + " is no switch of the series",
                                  hint);
    }
  }
}

/// "linux-source-6.12" -> "6.12"; empty if the package's name says no version.
std::string version_in(const std::string& package) {
  const std::size_t dash = package.rfind('-');
  const std::string last = dash == std::string::npos ? "" : package.substr(dash + 1);
  return last.find_first_not_of("0123456789.") == std::string::npos ? last : "";
}

void check_applies(const Arm& arm, const WrittenArm& written, const ReaderContext& context) {
  if (!gives_one_of(written.node, {"source", "series"})) return;
  if (arm.source.kind != KernelSource::Kind::debian) return;
  const std::string version = version_in(arm.source.location);
  for (const std::string& name : arm.series) {
    const auto series = context.catalogue.series.find(name);
    if (version.empty() || series == context.catalogue.series.end()) continue;
    const std::vector<std::string>& known = series->second.applies_to;
    const auto fits = [&](const std::string& one) {
      return one == version || one.starts_with(version + ".");
    };
    if (!known.empty() && std::none_of(known.begin(), known.end(), fits))
      context.diagnostics.error(written.node->mark,
                                "series " + in_quotes(name) + " does not apply to " + version,
                                name_hint("", known));
  }
}

/// A series that builds on another one applies only after it.
void check_order(const Arm& arm, const WrittenArm& written, const ReaderContext& context) {
  const YamlNode* node = value_at(written.node, "series");
  if (!node) return;  // a kernel that only inherits the mistake is not told of it again
  for (auto name = arm.series.begin(); name != arm.series.end(); ++name) {
    const auto series = context.catalogue.series.find(*name);
    if (series == context.catalogue.series.end()) continue;
    for (const std::string& needed : series->second.needed)
      if (std::find(arm.series.begin(), name, needed) == name)
        context.diagnostics.error(node->mark,
                                  "series " + in_quotes(*name) + " builds on " + in_quotes(needed),
                                  "write '" + needed + "' before it");
  }
}

bool same_measurement(const Arm& a, const Arm& b) {
  return a.source.kind == b.source.kind && a.source.location == b.source.location &&
         a.source.ref == b.source.ref && a.source.modules == b.source.modules &&
         a.series == b.series && a.config == b.config && words(a.cmdline) == words(b.cmdline) &&
         a.settings == b.settings;
}

}  // namespace

std::vector<Arm> read_arms(const ReaderContext& context) {
  check_unique_names(context, "kernels", "kernel");
  std::vector<WrittenArm> written;
  for (const YamlNode* node : items_of(value_at(&context.root, "kernels")))
    if (node->kind == YamlNode::Kind::map) written.push_back(read_written(node, context));
  std::map<std::string, const WrittenArm*> by_name;
  for (const WrittenArm& arm : written)
    if (!arm.name.empty()) by_name.emplace(arm.name, &arm);

  std::vector<Arm> arms;
  std::vector<const Arm*> comparable;
  arms.reserve(written.size());
  for (const WrittenArm& arm : written) {
    const std::vector<const WrittenArm*> line = ancestry(arm, by_name, context);
    if (line.empty()) {
      arms.emplace_back();
      arms.back().name = arm.name;
      continue;
    }
    arms.push_back(resolve(line, context));
    const Arm& resolved = arms.back();
    check_image_arm(resolved, arm, context);
    check_switches(resolved, arm, context);
    check_applies(resolved, arm, context);
    check_order(resolved, arm, context);
    if (resolved.source.location.empty()) continue;  // already reported
    for (const Arm* other : comparable)
      if (same_measurement(*other, resolved) && other->name != resolved.name)
        context.diagnostics.error(
            arm.node->mark,
            "kernels " + in_quotes(other->name) + " and " + in_quotes(resolved.name) +
                " are identical",
            "they must differ in source, series, config, cmdline or settings");
    comparable.push_back(&resolved);
  }
  return arms;
}

}  // namespace faultline
