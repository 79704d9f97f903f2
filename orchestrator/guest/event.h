// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "guest/run_sheet.h"

// The events: all that a guest says. JSON Lines, one object a line, "event" names the kind, "seq"
// counts from 0, "t_ns" is the guest's CLOCK_MONOTONIC. Described in docs/protocol.md. Compiled
// into both the orchestrator and the agent; the orchestrator treats every byte as hostile.

namespace faultline::guest {

struct Hello {
  int protocol = protocol_version;
  std::string boot_id;
  std::string kernel_release;
  std::string cmdline;
};
struct SettingResult {
  std::string path;
  std::string wanted;
  std::string found;  ///< Read back; with error != 0 what could not be.
  int error = 0;      ///< errno of open or write; 0.
  bool ok = false;
};
struct TopologyResult {
  bool ok = false;
  std::vector<std::string> differences;  ///< Sentences: "node 1 has CPUs 2, asked 2-3".
  std::vector<SheetNode> nodes;          ///< As found.
  std::vector<std::vector<unsigned>> distances;
};
struct StepBegin {
  std::uint32_t step = 0;
};
struct Snapshot {
  std::uint32_t step = 0;
  bool before = false;
  std::string source;  ///< "vmstat", "node0/meminfo"; may come in several events.
  std::map<std::string, double> values;
  bool sparse = false;  ///< Names that are not listed are 0, not unknown.
};
/// Whether a collector works in this kernel; one for each, before the first step.
struct CollectorState {
  std::string name;
  bool perturbs = false;
  std::string problem;  ///< What is missing, as a sentence; "": nothing.
};
struct IterationEnd {
  std::uint32_t step = 0;
  std::uint32_t iteration = 0;
  std::string end;  ///< exited | signalled | timed_out | oom_killed | not_started
  int code = 0;
  std::uint64_t wall_ns = 0;
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
  std::int64_t max_rss_kib = 0;
  std::int64_t minor_faults = 0;
  std::int64_t major_faults = 0;
  std::int64_t voluntary_switches = 0;
  std::int64_t involuntary_switches = 0;
  std::string standard_output;
  std::string standard_error;
  bool truncated = false;
};
struct StepEnd {
  std::uint32_t step = 0;
};
struct Note {
  std::string text;  ///< For people: a module that did not load.
};
struct Bye {
  std::string reason;  ///< done | lifetime | error
};

using EventBody = std::variant<Hello, SettingResult, TopologyResult, CollectorState, StepBegin,
                               Snapshot, IterationEnd, StepEnd, Note, Bye>;

struct Event {
  std::uint64_t seq = 0;
  std::uint64_t t_ns = 0;
  EventBody body;
};

/// The line without its newline. Bytes that are not UTF-8 become U+FFFD.
std::string to_json_line(const Event& event);
/// Throws std::runtime_error with what is wrong; never anything else.
Event event_from_json_line(std::string_view line);

inline constexpr std::size_t max_event_line = std::size_t{1} << 20;  ///< Longer lines are refused.
inline constexpr std::size_t max_output_bytes = std::size_t{192}
                                                << 10;  ///< Of each stream, per iteration.

}  // namespace faultline::guest
