// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <cstring>
#include <utility>

#include "clocks.h"
#include "process.h"
#include "settings.h"
#include "small_files.h"
#include "system.h"
#include "topology.h"

namespace faultline::agent {
namespace {

constexpr std::size_t max_snapshot_bytes = std::size_t{4} << 20;

std::string folder_of(const guest::SheetStep& step) {
  return "step" + std::to_string(step.id);
}

}  // namespace

bool Session::over() const {
  return monotonic_ns() >= deadline_;
}

void Session::load_modules() {
  for (const std::string& module : sheet_.modules)
    if (const int error = load_module(module))
      events_.emit(guest::Note{"module " + module + " did not load: " + std::strerror(error)});
}

void Session::apply_settings() {
  for (const guest::SheetSetting& setting : sheet_.settings) events_.emit(apply_setting(setting));
}

void Session::verify_topology() {
  guest::TopologyResult topology = read_topology();
  compare_topology(sheet_, topology);
  events_.emit(std::move(topology));
}

void Session::take_snapshots(const guest::SheetStep& step, bool before) {
  // Read everything first: making events of it takes memory and time, which the next file shows.
  std::vector<std::pair<const CollectorFile*, std::string>> texts;
  texts.reserve(collectors_.size());
  for (const CollectorFile& file : collectors_)
    if (auto text = read_small_file(file.path, max_snapshot_bytes))
      texts.emplace_back(&file, std::move(*text));
  for (const auto& [file, text] : texts) {
    if (file->form != CollectorFile::Form::raw)
      events_.emit(
          guest::Snapshot{step.id, before, file->source, parse_snapshot(file->form, text)});
    artifacts_.add(folder_of(step) + (before ? "/before/" : "/after/") + file->source, text);
  }
}

bool Session::run_iteration(const guest::SheetStep& step, unsigned iteration) {
  const std::string folder = "/workloads/" + step.workload;
  ProcessRequest request;
  request.argv = step.argv;
  request.environment = {{"PATH", folder + ":/bin"}, {"HOME", "/tmp"}, {"TERM", "dumb"}};
  for (const auto& [name, value] : step.environment) request.environment[name] = value;
  request.environment["FAULTLINE_STEP"] = std::to_string(step.id);
  request.environment["FAULTLINE_ITERATION"] = std::to_string(iteration);
  request.folder = "/tmp";
  request.timeout_ms = step.timeout_ms;
  request.step = step.id;
  request.iteration = iteration;
  request.deadline = deadline_;
  request.strays = ProcessRequest::Strays::everything;
  ProcessResult result = run_process(request);

  guest::IterationEnd& end = result.end;
  end.step = step.id;
  end.iteration = iteration;
  end.standard_output = result.standard_output.text();
  end.standard_error = result.standard_error.text();
  end.truncated = result.standard_output.truncated() || result.standard_error.truncated();
  const bool well = end.end == "exited" && end.code == 0;
  events_.emit(std::move(end));
  const std::string name = folder_of(step) + "/iteration" + std::to_string(iteration);
  if (artifacts_.wanted() && result.standard_output.truncated())
    artifacts_.add(name + "/stdout", result.standard_output.kept());
  if (artifacts_.wanted() && result.standard_error.truncated())
    artifacts_.add(name + "/stderr", result.standard_error.kept());
  if (result.deadline_passed)
    events_.emit(guest::Note{"the guest's lifetime ended during step " + std::to_string(step.id)});
  if (result.stuck) {
    stuck_ = true;
    events_.emit(guest::Note{"processes of step " + std::to_string(step.id) +
                             " do not go away, even after SIGKILL"});
  }
  return well;
}

void Session::run_step(const guest::SheetStep& step) {
  events_.emit(guest::StepBegin{step.id});
  StepSettings settings;
  for (auto& result : settings.apply(step.settings)) events_.emit(std::move(result));
  take_snapshots(step, true);
  for (unsigned iteration = 0; iteration < step.iterations; ++iteration)
    if (!run_iteration(step, iteration) || over() || stuck_) break;
  take_snapshots(step, false);
  for (const auto& result : settings.restore())
    events_.emit(guest::Note{"after step " + std::to_string(step.id) + ", " + result.path +
                             " did not go back to '" + result.wanted + "'"});
  events_.emit(guest::StepEnd{step.id});
}

std::string Session::run() {
  load_modules();
  apply_settings();
  verify_topology();
  std::vector<std::string> notes;
  collectors_ = collector_files(sheet_.collect, notes);
  for (std::string& note : notes) events_.emit(guest::Note{std::move(note)});
  for (const guest::SheetStep& step : sheet_.steps) {
    if (over() || stuck_) break;
    run_step(step);
  }
  if (sheet_.shell && !stuck_) run_shell(deadline_);
  if (artifacts_.wanted()) artifacts_.add("dmesg.txt", kernel_log());
  if (artifacts_.left_out() > 0)
    events_.emit(guest::Note{std::to_string(artifacts_.left_out()) +
                             " artifacts did not fit and were left out"});
  if (stuck_) return "error";
  return over() ? "lifetime" : "done";
}

}  // namespace faultline::agent
