// SPDX-License-Identifier: GPL-2.0-or-later
#include <re2/re2.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

#include "spec/command_template.h"
#include "spec/parameter_value.h"
#include "spec/quantity.h"
#include "spec/read_definitions.h"
#include "spec/yaml_values.h"

namespace faultline {
namespace {

using namespace shape;

using Type = ParameterDefinition::Type;

constexpr Type all_types[] = {Type::integer, Type::size,        Type::duration,
                              Type::boolean, Type::enumeration, Type::string};

Shape parameter_shape() {
  std::vector<std::string> types;
  for (const Type type : all_types) types.push_back(to_string(type));
  return object("a parameter", "One parameter.",
                {required("type", choice("type", types, "What values are.")),
                 optional("min", text("Least value of an integer, size or duration.")),
                 optional("max", text("Greatest value, likewise.")),
                 optional("values", list(text("A value."), 1, 100, "The values of an enum.")),
                 required("default", text("Value where an experiment gives none.")),
                 optional("what", text("A sentence for people."))});
}

Shape metric_shape() {
  return object(
      "a metric", "One number that the program prints.",
      {required("name", name("Names it in databases and reports.")),
       required("unit", text("For example s, ns, pages, 1/s.")),
       optional("direction",
                choice("direction", {"lower", "higher", "neutral"}, "Which way is better.")),
       optional("scale", choice("scale", {"ratio", "difference"}, "How two values compare.")),
       optional("primary", boolean("Decides when there are enough blocks.")),
       optional("summary", choice("summary", {"median", "mean", "min", "max", "sum"},
                                  "Makes one value of the iterations of a boot.")),
       optional("pattern", text("RE2 with one group, for a line of standard output.")),
       optional("per_call", one_or_more(text("A function of the kernel.", 128), 16,
                                        "Instead of a pattern: instructions for each call.")),
       optional("what", text("A sentence for people."))});
}

/// What the readers of one definition share.
struct WorkloadReader {
  const YamlNode& root;
  DiagnosticList& diagnostics;

  ParameterDefinition read_parameter(const YamlNode::Entry& entry);
  std::optional<std::int64_t> read_bound(const YamlNode* node, const std::string& key,
                                         const ParameterDefinition& parameter);
  void check_default(const YamlNode* node, ParameterDefinition& parameter);
  MetricDefinition read_metric(const YamlNode* node);
  void check_pattern(const YamlNode& node);
  void check_command(const WorkloadDefinition& workload);
  void check_needs();
};

std::optional<std::int64_t> WorkloadReader::read_bound(const YamlNode* node, const std::string& key,
                                                       const ParameterDefinition& parameter) {
  const YamlNode* bound = value_at(node, key);
  if (!bound || bound->kind != YamlNode::Kind::scalar) return std::nullopt;
  std::optional<std::int64_t> value;
  if (parameter.type == Type::integer) value = parse_integer(bound->scalar);
  if (parameter.type == Type::size) value = parse_size(bound->scalar);
  if (parameter.type == Type::duration)
    if (const auto duration = parse_duration(bound->scalar)) value = duration->count();
  if (!value)
    diagnostics.error(bound->mark, "'" + key + "' is " + in_quotes(bound->scalar) +
                                       ", which is no bound of a parameter of type " +
                                       to_string(parameter.type));
  return value;
}

void WorkloadReader::check_default(const YamlNode* node, ParameterDefinition& parameter) {
  const YamlNode* written = value_at(node, "default");
  if (!written || written->kind != YamlNode::Kind::scalar) return;
  check_shape(*written, shape_of(parameter), "default", diagnostics);
  parameter.default_value = canonical_value(parameter, written->scalar).value_or("");
}

ParameterDefinition WorkloadReader::read_parameter(const YamlNode::Entry& entry) {
  const YamlNode* node = entry.value.get();
  ParameterDefinition parameter;
  parameter.name = entry.key;
  if (!is_name(entry.key))
    diagnostics.error(entry.mark, in_quotes(entry.key) + " is no name of a parameter",
                      "use letters, digits, '.', '_' and '-'");
  const std::string type = text_at(node, "type").value_or("");
  for (const Type known : all_types)
    if (to_string(known) == type) parameter.type = known;
  parameter.what = text_at(node, "what").value_or("");
  parameter.values = texts_at(node, "values").value_or(std::vector<std::string>{});
  parameter.min = read_bound(node, "min", parameter);
  parameter.max = read_bound(node, "max", parameter);
  if (parameter.min && parameter.max && *parameter.min > *parameter.max)
    diagnostics.error(value_at(node, "min")->mark, "'min' is more than 'max'");
  if ((parameter.type == Type::enumeration) != (value_at(node, "values") != nullptr))
    diagnostics.error(entry.mark,
                      parameter.type == Type::enumeration
                          ? "parameter " + in_quotes(entry.key) + " of type enum needs 'values'"
                          : "parameter " + in_quotes(entry.key) + " has 'values' but is no enum");
  else
    check_default(node, parameter);
  return parameter;
}

void WorkloadReader::check_pattern(const YamlNode& node) {
  // The kernel developer's terminal is no place for RE2's own log.
  const RE2 pattern(node.scalar, RE2::Quiet);
  if (!pattern.ok())
    diagnostics.error(node.mark, "'pattern' is no regular expression of RE2: " + pattern.error());
  else if (pattern.NumberOfCapturingGroups() != 1)
    diagnostics.error(
        node.mark, "'pattern' has " + std::to_string(pattern.NumberOfCapturingGroups()) + " groups",
        "put the number, and nothing else, in parentheses");
}

MetricDefinition WorkloadReader::read_metric(const YamlNode* node) {
  MetricDefinition metric;
  metric.name = text_at(node, "name").value_or("");
  metric.unit = text_at(node, "unit").value_or("");
  metric.what = text_at(node, "what").value_or("");
  metric.pattern = text_at(node, "pattern").value_or("");
  metric.per_call = texts_at(node, "per_call").value_or(std::vector<std::string>{});
  metric.primary = boolean_at(node, "primary").value_or(false);
  const std::string direction = text_at(node, "direction").value_or("");
  for (const Direction known : {Direction::lower, Direction::higher, Direction::neutral})
    if (to_string(known) == direction) metric.direction = known;
  const std::string scale = text_at(node, "scale").value_or("");
  for (const Scale known : {Scale::ratio, Scale::difference})
    if (to_string(known) == scale) metric.scale = known;
  const std::string summary = text_at(node, "summary").value_or("");
  for (const Summary known :
       {Summary::median, Summary::mean, Summary::min, Summary::max, Summary::sum})
    if (to_string(known) == summary) metric.summary = known;
  const YamlNode* pattern = value_at(node, "pattern");
  const YamlNode* per_call = value_at(node, "per_call");
  if ((pattern == nullptr) == (per_call == nullptr))
    diagnostics.error(node->mark, "a metric has either 'pattern' or 'per_call'");
  if (per_call && metric.primary)
    diagnostics.error(per_call->mark, "a metric with 'per_call' cannot be primary",
                      "it is there only in instrumented runs");
  if (pattern && pattern->kind == YamlNode::Kind::scalar) check_pattern(*pattern);
  return metric;
}

void WorkloadReader::check_command(const WorkloadDefinition& workload) {
  std::vector<std::string> names;
  for (const ParameterDefinition& parameter : workload.parameters) names.push_back(parameter.name);
  for (const YamlNode* item : items_of(value_at(&root, "command"))) {
    if (item->kind != YamlNode::Kind::scalar || diagnostics.full()) continue;
    const CommandElement element = parse_command_element(item->scalar);
    const auto check_known = [&](const std::string& name) {
      if (!workload.parameter(name))
        diagnostics.error(item->mark, "unknown parameter " + in_quotes(name) + " in 'command'",
                          name_hint(name, names));
    };
    for (const CommandPart& part : element.parts)
      if (part.is_parameter) check_known(part.text);
    if (element.flag.empty()) {
      if (item->scalar.find("{?") != std::string::npos)
        diagnostics.error(item->mark, in_quotes(item->scalar) + " is no element of a command",
                          "'{?flag:text}' stands alone");
      continue;
    }
    check_known(element.flag);
    const ParameterDefinition* flag = workload.parameter(element.flag);
    if (flag && flag->type != Type::boolean)
      diagnostics.error(item->mark, "parameter " + in_quotes(element.flag) + " is no boolean",
                        "'{?flag:text}' needs one");
  }
}

void WorkloadReader::check_needs() {
  for (const YamlNode* item : items_of(value_at(&root, "needs"))) {
    if (item->kind != YamlNode::Kind::scalar) continue;
    const bool symbol = !item->scalar.empty() && !item->scalar.starts_with("CONFIG_") &&
                        item->scalar.find_first_not_of(
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                            "abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
    if (!symbol)
      diagnostics.error(item->mark, in_quotes(item->scalar) + " is no config symbol",
                        "write it without CONFIG_, for example IDLE_PAGE_TRACKING");
  }
}

WorkloadDefinition read_workload(WorkloadReader reader, const std::string& folder) {
  const YamlNode& root = reader.root;
  WorkloadDefinition workload;
  workload.folder = folder;
  workload.name = text_at(&root, "workload").value_or("");
  const std::string expected = std::filesystem::path(folder).filename().string();
  if (const YamlNode* name = root.find("workload"); name && workload.name != expected)
    reader.diagnostics.error(
        name->mark,
        "workload " + in_quotes(workload.name) + " is in the folder " + in_quotes(expected),
        "both must have one name");
  workload.summary = text_at(&root, "summary").value_or("");
  workload.question = text_at(&root, "question").value_or("");
  workload.image = text_at(&root, "image").value_or(workload.image);
  workload.needs = texts_at(&root, "needs").value_or(std::vector<std::string>{});
  workload.command = texts_at(&root, "command").value_or(std::vector<std::string>{});
  workload.not_exact = text_at(&root, "not_exact").value_or("");
  workload.timeout = duration_at(&root, "timeout").value_or(workload.timeout);
  workload.memory = static_cast<Bytes>(size_at(&root, "memory").value_or(0));
  workload.settings = settings_at(&root, reader.diagnostics).value_or(std::vector<Setting>{});
  if (const YamlNode* parameters = root.find("parameters"))
    for (const YamlNode::Entry& entry : parameters->entries)
      workload.parameters.push_back(reader.read_parameter(entry));
  std::set<std::string> names;
  for (const YamlNode* node : items_of(root.find("metrics"))) {
    if (node->kind != YamlNode::Kind::map) continue;
    workload.metrics.push_back(reader.read_metric(node));
    if (!names.insert(workload.metrics.back().name).second)
      reader.diagnostics.error(
          node->mark, "metric " + in_quotes(workload.metrics.back().name) + " is defined twice");
  }
  if (const YamlNode* metrics = root.find("metrics");
      !workload.metrics.empty() && std::none_of(workload.metrics.begin(), workload.metrics.end(),
                                                [](const auto& metric) { return metric.primary; }))
    reader.diagnostics.error(metrics->mark, "no metric is primary",
                             "a comparison is about one: give it primary: true");
  reader.check_needs();
  reader.check_command(workload);
  return workload;
}

}  // namespace

Shape workload_definition_shape() {
  return object(
      "a workload", "A workload of Faultline.",
      {required("workload", name("Its name: that of the folder.")),
       required("summary", text("One line.")), optional("question", text("What it answers.")),
       optional("build",
                object("build", "How the program is built.",
                       {optional("sources", list(text("A C file."), 1, 100, "Its sources.")),
                        optional("libs", list(text("A library."), 0, 20, "Linked with -l."))})),
       optional("image", choice("image", {"minimal", "debian"}, "The guest image it needs.")),
       optional("not_exact",
                text("Why it cannot run on the instruction clock: what it waits for.", 256)),
       optional("needs", list(text("A symbol."), 0, 100, "Kernel config without CONFIG_.")),
       required("command", list(text("An element of argv."), 1, 100, "argv; {name} is replaced.")),
       optional("parameters", map(parameter_shape(), "Parameters by name.")),
       required("metrics", list(metric_shape(), 1, 100, "What the program prints.")),
       optional("timeout", duration(1, 7 * 24 * 3'600'000, "Of one iteration at real speed.")),
       optional("settings", settings_shape("Written before each step, put back afterwards.")),
       optional("memory", size(0, std::int64_t{16} << 40, "Rough need with the defaults."))});
}

std::optional<WorkloadDefinition> parse_workload(const std::string& text, const std::string& file,
                                                 const std::string& folder,
                                                 std::vector<Diagnostic>& diagnostics) {
  DiagnosticList list(file);
  std::optional<WorkloadDefinition> workload;
  if (const YamlNodePtr root = parse_yaml(text, list)) {
    check_shape(*root, workload_definition_shape(), "workload", list);
    if (list.within_bounds()) {
      WorkloadDefinition read = read_workload({*root, list}, folder);
      if (!list.has_errors()) workload = std::move(read);
    }
  }
  for (Diagnostic& diagnostic : list.take()) diagnostics.push_back(std::move(diagnostic));
  return workload;
}

}  // namespace faultline
