// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/run_sheet.h"

#include <limits>
#include <stdexcept>

#include "guest/json_reading.h"

namespace faultline::guest {
namespace {

constexpr std::size_t max_bytes = std::size_t{16} << 20;  // 10,000 steps fit several times over.
constexpr int max_depth = 6;
constexpr unsigned max_cpu = 8191;

Json settings_json(const std::vector<SheetSetting>& settings) {
  Json list = Json::array();
  for (const SheetSetting& setting : settings)
    list.push_back({{"path", setting.path}, {"value", setting.value}});
  return list;
}

std::vector<SheetSetting> settings_from(const Json& object, const char* key) {
  std::vector<SheetSetting> settings;
  for (const Json& item : array_member(object, key))
    settings.push_back({string_member(item, "path"), string_member(item, "value")});
  return settings;
}

SheetStep step_from(const Json& item) {
  SheetStep step;
  step.id = u32_member(item, "id");
  step.workload = string_member(item, "workload");
  step.argv = string_list(item, "argv");
  if (step.argv.empty()) throw std::runtime_error("\"argv\" is empty");
  const Json& environment = member(item, "environment");
  if (!environment.is_object()) throw std::runtime_error("\"environment\" is not an object");
  for (const auto& [name, value] : environment.items())
    step.environment[name] = string_value(value, "environment");
  step.iterations = u32_member(item, "iterations");
  step.timeout_ms = unsigned_member(item, "timeout_ms");
  step.settings = settings_from(item, "settings");
  step.observe = string_list(item, "observe");
  return step;
}

}  // namespace

std::string to_json(const RunSheet& sheet) {
  Json nodes = Json::array();
  for (const SheetNode& node : sheet.nodes)
    nodes.push_back({{"cpus", node.cpus}, {"memory_kib", node.memory_kib}});
  Json steps = Json::array();
  for (const SheetStep& step : sheet.steps)
    steps.push_back({{"id", step.id},
                     {"workload", step.workload},
                     {"argv", step.argv},
                     {"environment", step.environment},
                     {"iterations", step.iterations},
                     {"timeout_ms", step.timeout_ms},
                     {"settings", settings_json(step.settings)},
                     {"observe", step.observe}});
  return dump_line({{"protocol", sheet.protocol},
                    {"boot_id", sheet.boot_id},
                    {"events", sheet.events},
                    {"root", sheet.root},
                    {"lifetime_ms", sheet.lifetime_ms},
                    {"modules", sheet.modules},
                    {"settings", settings_json(sheet.settings)},
                    {"nodes", nodes},
                    {"distances", sheet.distances},
                    {"collect", sheet.collect},
                    {"functions", sheet.functions},
                    {"steps", steps},
                    {"shell", sheet.shell}});
}

RunSheet run_sheet_from_json(const std::string& text) {
  const Json json = parse_object(text, max_bytes, max_depth);
  RunSheet sheet;
  sheet.protocol =
      static_cast<int>(unsigned_member(json, "protocol", std::numeric_limits<int>::max()));
  if (sheet.protocol != protocol_version)
    throw std::runtime_error("a run sheet of protocol " + std::to_string(sheet.protocol) +
                             "; this program speaks " + std::to_string(protocol_version));
  sheet.boot_id = string_member(json, "boot_id");
  sheet.events = string_member(json, "events");
  if (sheet.events != "stream" && sheet.events != "buffer")
    throw std::runtime_error("\"events\" is neither \"stream\" nor \"buffer\"");
  sheet.root = string_member(json, "root");
  sheet.lifetime_ms = unsigned_member(json, "lifetime_ms");
  sheet.modules = string_list(json, "modules");
  sheet.settings = settings_from(json, "settings");
  for (const Json& item : array_member(json, "nodes")) {
    SheetNode& node = sheet.nodes.emplace_back();
    for (const Json& cpu : array_member(item, "cpus"))
      node.cpus.push_back(static_cast<unsigned>(unsigned_value(cpu, "cpus", max_cpu)));
    node.memory_kib = unsigned_member(item, "memory_kib");
  }
  sheet.distances = matrix_member(json, "distances");
  sheet.collect = string_list(json, "collect");
  sheet.functions = string_list(json, "functions");
  for (const Json& item : array_member(json, "steps")) sheet.steps.push_back(step_from(item));
  sheet.shell = bool_member(json, "shell");
  return sheet;
}

}  // namespace faultline::guest
