// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest/event.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "guest/json_reading.h"

namespace faultline::guest {
namespace {

constexpr int max_depth = 6;

// A whole number is written without a fraction: shorter, and exact up to 2^53.
Json number(double value) {
  constexpr double exact = 9007199254740992.0;
  if (value >= -exact && value <= exact && value == std::floor(value))
    return static_cast<std::int64_t>(value);
  return value;
}

Json nodes_json(const std::vector<SheetNode>& nodes) {
  Json list = Json::array();
  for (const SheetNode& node : nodes)
    list.push_back({{"cpus", node.cpus}, {"memory_kib", node.memory_kib}});
  return list;
}

Json body_json(const Hello& hello) {
  return {{"event", "hello"},
          {"protocol", hello.protocol},
          {"boot_id", hello.boot_id},
          {"kernel_release", hello.kernel_release},
          {"cmdline", hello.cmdline}};
}
Json body_json(const SettingResult& result) {
  return {{"event", "setting"},    {"path", result.path},   {"wanted", result.wanted},
          {"found", result.found}, {"error", result.error}, {"ok", result.ok}};
}
Json body_json(const TopologyResult& result) {
  return {{"event", "topology"},
          {"ok", result.ok},
          {"differences", result.differences},
          {"nodes", nodes_json(result.nodes)},
          {"distances", result.distances}};
}
Json body_json(const CollectorState& state) {
  return {{"event", "collector"},
          {"name", state.name},
          {"perturbs", state.perturbs},
          {"problem", state.problem}};
}
Json body_json(const StepBegin& begin) {
  return {{"event", "step_begin"}, {"step", begin.step}};
}
Json body_json(const Snapshot& snapshot) {
  Json values = Json::object();
  for (const auto& [name, value] : snapshot.values) values[name] = number(value);
  return {{"event", "snapshot"},       {"step", snapshot.step},       {"before", snapshot.before},
          {"source", snapshot.source}, {"values", std::move(values)}, {"sparse", snapshot.sparse}};
}
Json body_json(const IterationEnd& end) {
  return {{"event", "iteration_end"},
          {"step", end.step},
          {"iteration", end.iteration},
          {"end", end.end},
          {"code", end.code},
          {"wall_ns", end.wall_ns},
          {"user_ns", end.user_ns},
          {"system_ns", end.system_ns},
          {"max_rss_kib", end.max_rss_kib},
          {"minor_faults", end.minor_faults},
          {"major_faults", end.major_faults},
          {"voluntary_switches", end.voluntary_switches},
          {"involuntary_switches", end.involuntary_switches},
          {"stdout", end.standard_output},
          {"stderr", end.standard_error},
          {"truncated", end.truncated}};
}
Json body_json(const StepEnd& end) {
  return {{"event", "step_end"}, {"step", end.step}};
}
Json body_json(const Note& note) {
  return {{"event", "note"}, {"text", note.text}};
}
Json body_json(const Bye& bye) {
  return {{"event", "bye"}, {"reason", bye.reason}};
}

std::string encode(const Event& event) {
  Json json = std::visit([](const auto& body) { return body_json(body); }, event.body);
  json["seq"] = event.seq;
  json["t_ns"] = event.t_ns;
  return dump_line(json);
}

// Takes out the middle of a text that is longer than `limit`.
void cut_middle(std::string& text, std::size_t limit) {
  if (text.size() <= limit) return;
  const std::size_t cut = text.size() - limit;
  text.replace(limit / 2, cut, "\n[... " + std::to_string(cut) + " bytes left out ...]\n");
}

int int_member(const Json& json, const char* key) {
  const std::int64_t value = signed_member(json, key);
  if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max())
    throw std::runtime_error(std::string("\"") + key + "\" is out of range");
  return static_cast<int>(value);
}

EventBody hello_from(const Json& json) {
  return Hello{int_member(json, "protocol"), string_member(json, "boot_id"),
               string_member(json, "kernel_release"), string_member(json, "cmdline")};
}
EventBody setting_from(const Json& json) {
  return SettingResult{string_member(json, "path"), string_member(json, "wanted"),
                       string_member(json, "found"), int_member(json, "error"),
                       bool_member(json, "ok")};
}
EventBody topology_from(const Json& json) {
  TopologyResult result;
  result.ok = bool_member(json, "ok");
  result.differences = string_list(json, "differences");
  for (const Json& item : array_member(json, "nodes")) {
    SheetNode& node = result.nodes.emplace_back();
    for (const Json& cpu : array_member(item, "cpus"))
      node.cpus.push_back(
          static_cast<unsigned>(unsigned_value(cpu, "cpus", std::numeric_limits<unsigned>::max())));
    node.memory_kib = unsigned_member(item, "memory_kib");
  }
  result.distances = matrix_member(json, "distances");
  return result;
}
EventBody snapshot_from(const Json& json) {
  Snapshot snapshot{u32_member(json, "step"),
                    bool_member(json, "before"),
                    string_member(json, "source"),
                    {},
                    json.contains("sparse") && bool_member(json, "sparse")};
  const Json& values = member(json, "values");
  if (!values.is_object()) throw std::runtime_error("\"values\" is not an object");
  for (const auto& [name, value] : values.items()) {
    if (!value.is_number()) throw std::runtime_error("\"values\" has a member that is no number");
    snapshot.values[name] = value.get<double>();
  }
  return snapshot;
}
EventBody iteration_from(const Json& json) {
  IterationEnd end;
  end.step = u32_member(json, "step");
  end.iteration = u32_member(json, "iteration");
  end.end = string_member(json, "end");
  if (end.end != "exited" && end.end != "signalled" && end.end != "timed_out" &&
      end.end != "oom_killed" && end.end != "not_started")
    throw std::runtime_error("\"end\" is no known way to end");
  end.code = int_member(json, "code");
  end.wall_ns = unsigned_member(json, "wall_ns");
  end.user_ns = unsigned_member(json, "user_ns");
  end.system_ns = unsigned_member(json, "system_ns");
  end.max_rss_kib = signed_member(json, "max_rss_kib");
  end.minor_faults = signed_member(json, "minor_faults");
  end.major_faults = signed_member(json, "major_faults");
  end.voluntary_switches = signed_member(json, "voluntary_switches");
  end.involuntary_switches = signed_member(json, "involuntary_switches");
  end.standard_output = string_member(json, "stdout");
  end.standard_error = string_member(json, "stderr");
  end.truncated = bool_member(json, "truncated");
  return end;
}

EventBody body_from(const Json& json) {
  const std::string kind = string_member(json, "event");
  if (kind == "hello") return hello_from(json);
  if (kind == "setting") return setting_from(json);
  if (kind == "topology") return topology_from(json);
  if (kind == "collector")
    return CollectorState{string_member(json, "name"), bool_member(json, "perturbs"),
                          string_member(json, "problem")};
  if (kind == "step_begin") return StepBegin{u32_member(json, "step")};
  if (kind == "snapshot") return snapshot_from(json);
  if (kind == "iteration_end") return iteration_from(json);
  if (kind == "step_end") return StepEnd{u32_member(json, "step")};
  if (kind == "note") return Note{string_member(json, "text")};
  if (kind == "bye") return Bye{string_member(json, "reason")};
  throw std::runtime_error("an event of an unknown kind");
}

}  // namespace

std::string to_json_line(const Event& event) {
  std::string line = encode(event);
  if (line.size() <= max_event_line) return line;
  // Escapes and U+FFFD can make a text several times longer; only the outputs are ever that long.
  Event shorter = event;
  auto* end = std::get_if<IterationEnd>(&shorter.body);
  for (std::size_t limit = max_output_bytes / 2; end && limit > 0 && line.size() > max_event_line;
       limit /= 2) {
    cut_middle(end->standard_output, limit);
    cut_middle(end->standard_error, limit);
    end->truncated = true;
    line = encode(shorter);
  }
  return line;
}

Event event_from_json_line(std::string_view line) {
  const Json json = parse_object(line, max_event_line, max_depth);
  Event event;
  event.seq = unsigned_member(json, "seq");
  event.t_ns = unsigned_member(json, "t_ns");
  event.body = body_from(json);
  return event;
}

}  // namespace faultline::guest
