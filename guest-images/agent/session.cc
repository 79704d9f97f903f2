// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <cstring>
#include <set>
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
// Of one event; a sixth of what the host takes, since escapes make a name up to six times longer.
constexpr std::size_t max_event_bytes = guest::max_event_line / 8;
constexpr std::size_t number_bytes = 26;

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
      emit_snapshot(
          {step.id, before, file->source, parse_snapshot(file->form, text), file->sparse()});
    artifacts_.add(folder_of(step) + (before ? "/before/" : "/after/") + file->source, text);
  }
}

void Session::emit_snapshot(guest::Snapshot snapshot) {
  std::map<std::string, double> rest = std::move(snapshot.values);
  do {
    snapshot.values.clear();
    for (std::size_t bytes = 0; !rest.empty() && bytes < max_event_bytes;) {
      bytes += rest.begin()->first.size() + number_bytes;
      snapshot.values.insert(rest.extract(rest.begin()));
    }
    events_.emit(snapshot);
  } while (!rest.empty());
}

void Session::prepare_collectors() {
  std::vector<guest::CollectorState> states;
  collectors_ = collector_files(sheet_.collect, states);
  std::set<std::string> seen;
  for (const guest::SheetStep& step : sheet_.steps)
    for (const std::string& name : step.observe) {
      if (!seen.insert(name).second) continue;
      guest::CollectorState state{name, true, "not known to this agent"};
      if (auto observer = make_observer(name, sheet_.functions)) {
        std::vector<std::string> partly;
        state.problem = observer->prepare(partly);
        for (const std::string& problem : partly) states.push_back({name, true, problem});
        if (state.problem.empty()) observers_.emplace(name, std::move(observer));
      }
      states.push_back(std::move(state));
    }
  for (guest::CollectorState& state : states) events_.emit(std::move(state));
}

std::vector<std::pair<std::string, Observer*>> Session::observers_of(const guest::SheetStep& step) {
  std::vector<std::pair<std::string, Observer*>> found;
  for (const std::string& name : step.observe)
    if (const auto observer = observers_.find(name); observer != observers_.end())
      found.emplace_back(name, observer->second.get());
  return found;
}

void Session::stop_observers(const guest::SheetStep& step) {
  // All of them first: what one does to make its numbers is not to be in those of another.
  std::vector<std::pair<std::string, std::map<std::string, double>>> seen;
  for (const auto& [name, observer] : observers_of(step)) seen.emplace_back(name, observer->stop());
  for (auto& [name, values] : seen) {
    std::string text;
    for (const auto& [key, value] : values)
      text += key + ' ' + std::to_string(static_cast<long long>(value)) + '\n';
    artifacts_.add(folder_of(step) + "/" + name, text);
    emit_snapshot({step.id, false, name, std::move(values), true});
  }
}

bool Session::run_iteration(const guest::SheetStep& step, unsigned iteration) {
  const std::string folder = "/workloads/" + step.workload;
  ProcessRequest request;
  request.argv = step.argv;
  for (const auto& [name, observer] : observers_of(step))
    request.argv = observer->wrap(std::move(request.argv));
  const char* programs = sheet_.root.empty() ? ":/bin" : ":/usr/sbin:/usr/bin";
  request.environment = {{"PATH", folder + programs}, {"HOME", "/tmp"}, {"TERM", "dumb"}};
  for (const auto& [name, value] : step.environment) request.environment[name] = value;
  request.environment["FAULTLINE_STEP"] = std::to_string(step.id);
  request.environment["FAULTLINE_ITERATION"] = std::to_string(iteration);
  request.folder = "/tmp";
  request.timeout_ms = step.timeout_ms;
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
  for (const auto& [name, observer] : observers_of(step)) observer->start();
  for (unsigned iteration = 0; iteration < step.iterations; ++iteration) {
    const bool well = run_iteration(step, iteration);
    for (const auto& [name, observer] : observers_of(step)) observer->iteration_ended();
    if (!well || over() || stuck_) break;
  }
  stop_observers(step);
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
  prepare_collectors();
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
