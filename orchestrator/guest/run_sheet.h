// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// The run sheet: all that a guest is told. One JSON document, packed as /faultline/run-sheet.json
// into the last segment of the initramfs. Described in docs/protocol.md. This header and its .cc
// are compiled into both the orchestrator and the guest's agent.

namespace faultline::guest {

inline constexpr int protocol_version = 1;
inline constexpr const char* run_sheet_path = "/faultline/run-sheet.json";
inline constexpr const char* event_port = "faultline.events";  ///< virtio-serial port names
inline constexpr const char* artifact_port = "faultline.artifacts";

struct SheetSetting {
  std::string path;
  std::string value;
  bool operator==(const SheetSetting&) const = default;
};

struct SheetNode {
  std::vector<unsigned> cpus;
  std::uint64_t memory_kib = 0;
  bool operator==(const SheetNode&) const = default;
};

struct SheetStep {
  std::uint32_t id = 0;
  std::string workload;
  std::vector<std::string>
      argv;  ///< argv[0] is looked up in /workloads/WORKLOAD/ first, then PATH.
  std::map<std::string, std::string> environment;
  unsigned iterations = 1;
  std::uint64_t timeout_ms = 0;        ///< Per iteration, already scaled for emulation.
  std::vector<SheetSetting> settings;  ///< Applied before the step, previous values put back after.
  std::vector<std::string> observe;    ///< Collectors that run along with the program: "perf".
  bool operator==(const SheetStep&) const = default;
};

struct RunSheet {
  int protocol = protocol_version;
  std::string boot_id;
  /// "stream": events leave by the virtio-serial port as they happen. "buffer": everything stays in
  /// memory and leaves by the serial console after the last step (runs on the instruction clock).
  std::string events = "stream";
  /// Block device with the squashfs that becomes the root, under a tmpfs; "": the initramfs stays.
  std::string root;
  std::uint64_t lifetime_ms = 0;     ///< The agent powers off after this long, whatever happens.
  std::vector<std::string> modules;  ///< Paths below /modules to insmod, in order.
  std::vector<SheetSetting> settings;
  std::vector<SheetNode> nodes;  ///< The topology to verify; empty: do not.
  std::vector<std::vector<unsigned>> distances;
  std::vector<std::string> collect;    ///< Snapshots around each step.
  std::vector<std::string> functions;  ///< Of the kernel, that the collector "functions" counts.
  std::vector<SheetStep> steps;
  bool shell = false;  ///< After the steps, a shell on the console instead of power-off.
  bool operator==(const RunSheet&) const = default;
};

std::string to_json(const RunSheet& sheet);
/// Throws std::runtime_error on anything that is not a run sheet of this protocol.
RunSheet run_sheet_from_json(const std::string& text);

}  // namespace faultline::guest
