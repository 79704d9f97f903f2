// SPDX-License-Identifier: GPL-2.0-or-later
#include "perf_profile.h"

#include <unistd.h>

#include <charconv>

#include "process.h"
#include "small_files.h"

namespace faultline::agent {
namespace {

constexpr const char* program = "/usr/bin/perf";
constexpr const char* data = "/tmp/faultline.perf";
// 99 and not 100: in step with the tick it would see the tick only.
constexpr const char* frequency = "99";
constexpr std::uint64_t report_timeout_ms = 600'000;  // emulated, of a long step
constexpr std::size_t report_bytes = std::size_t{32} << 20;

}  // namespace

void add_folded_stacks(std::string_view report, std::map<std::string, double>& stacks) {
  std::string command;
  std::string_view line;
  while (take_line(report, line)) {
    line = trimmed(line);
    unsigned long long count = 0;
    const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), count);
    if (error != std::errc{}) continue;
    std::string_view rest = line.substr(static_cast<std::size_t>(stop - line.data()));
    if (rest.empty()) continue;
    if (rest[0] == '.' || rest[0] == '%') {  // "12.50%  stress-ng"
      const auto percent = rest.find('%');
      if (percent != rest.npos) command = trimmed(rest.substr(percent + 1));
    } else if (rest[0] == ' ') {  // "17 outer;inner"
      stacks[command + ';' + std::string(trimmed(rest))] += static_cast<double>(count);
    }
  }
}

std::string PerfProfile::prepare(std::vector<std::string>&) {
  if (::access(program, X_OK) != 0) return std::string("this image has no ") + program;
  if (::access("/proc/sys/kernel/perf_event_paranoid", F_OK) != 0)
    return "this kernel has no perf events";
  return "";
}

std::vector<std::string> PerfProfile::wrap(std::vector<std::string> argv) {
  std::vector<std::string> wrapped{program,     "record", "-q",      "-a", "-g", "-e",
                                   "cpu-clock", "-F",     frequency, "-o", data, "--"};
  wrapped.insert(wrapped.end(), argv.begin(), argv.end());
  return wrapped;
}

void PerfProfile::iteration_ended() {
  ProcessRequest request;
  request.argv = {program,
                  "report",
                  "-i",
                  data,
                  "--stdio",
                  "-q",
                  "--no-children",
                  "-s",
                  "comm",
                  "-g",
                  "folded,0,caller,function,count"};
  request.environment = {{"PATH", "/usr/sbin:/usr/bin"}, {"HOME", "/tmp"}, {"PAGER", "cat"}};
  request.folder = "/tmp";
  request.timeout_ms = report_timeout_ms;
  request.keep_bytes = report_bytes;
  request.strays = ProcessRequest::Strays::everything;
  add_folded_stacks(run_process(request).standard_output.kept(), stacks_);
  ::unlink(data);
}

}  // namespace faultline::agent
