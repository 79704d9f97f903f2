// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bounded_output.h"
#include "guest/event.h"

namespace faultline::agent {

/// One run of a program.
struct ProcessRequest {
  std::vector<std::string> argv;                   ///< argv[0] without a slash: looked up in PATH.
  std::map<std::string, std::string> environment;  ///< All of it.
  std::string folder = "/";                        ///< Working folder.
  std::uint64_t timeout_ms = 0;                    ///< 0: none.
  std::uint32_t step = 0;                          ///< For the marks around the run (marks.h).
  std::uint32_t iteration = 0;
  std::uint64_t deadline = UINT64_MAX;  ///< CLOCK_MONOTONIC ns: the guest's own end.
  std::size_t inline_bytes = guest::max_output_bytes;
  std::size_t keep_bytes = std::size_t{16} << 20;
  std::string vmstat = "/proc/vmstat";  ///< Where oom_kill is counted.
  /// How processes that outlive the program are found. PID 1 ends everything else that runs;
  /// anything but PID 1 may end only the program's own process group.
  enum class Strays { process_group, everything } strays = Strays::process_group;
};

/// What became of it.
struct ProcessResult {
  guest::IterationEnd end;  ///< All but step, iteration and the outputs.
  BoundedOutput standard_output;
  BoundedOutput standard_error;
  bool deadline_passed = false;  ///< The guest's time is over, not the program's.
  bool stuck = false;            ///< It did not go away even after SIGKILL.
};

/// Starts the program in a session of its own, collects its output, ends it with SIGTERM and two
/// seconds later SIGKILL when its time is over, and reaps: itself, the processes that it left
/// behind, and every orphan that comes to this process meanwhile. SIGCHLD must be blocked. Waits
/// for *any* child: the caller has no others.
ProcessResult run_process(const ProcessRequest& request);

}  // namespace faultline::agent
