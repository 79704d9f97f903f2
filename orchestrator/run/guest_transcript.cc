// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/guest_transcript.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "outcome/oops.h"
#include "run/extract_samples.h"

namespace faultline {
namespace {

constexpr std::size_t console_head_bytes = std::size_t{64} << 10;
constexpr std::size_t console_tail_bytes = std::size_t{192} << 10;
constexpr std::size_t max_notes = 200;

double seconds_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

ProcessEnd process_end_of(const guest::IterationEnd& event) {
  static const std::map<std::string, ProcessEnd::Kind> kinds{
      {"exited", ProcessEnd::Kind::exited},
      {"signalled", ProcessEnd::Kind::signalled},
      {"timed_out", ProcessEnd::Kind::timed_out},
      {"oom_killed", ProcessEnd::Kind::oom_killed},
      {"not_started", ProcessEnd::Kind::not_started}};
  const auto kind = kinds.find(event.end);
  if (kind == kinds.end()) throw std::runtime_error("unknown process end '" + event.end + "'");
  return {kind->second, event.code};
}

/// "exit status 3", "killed by signal 11", with the first line of its standard error.
std::string failure_text(const IterationRecord& iteration) {
  std::string text;
  switch (iteration.end.kind) {
    case ProcessEnd::Kind::exited:
      text = "exit status " + std::to_string(iteration.end.code);
      break;
    case ProcessEnd::Kind::signalled:
      text = "killed by signal " + std::to_string(iteration.end.code);
      break;
    case ProcessEnd::Kind::timed_out:
      text = "timed out";
      break;
    case ProcessEnd::Kind::oom_killed:
      text = "out of memory";
      break;
    case ProcessEnd::Kind::not_started:
      text = "could not be started (errno " + std::to_string(iteration.end.code) + ")";
      break;
  }
  const std::string line = iteration.standard_error.substr(0, iteration.standard_error.find('\n'));
  if (!line.empty()) text += ": " + line;
  return text;
}

}  // namespace

GuestTranscript::GuestTranscript(const BootOrder& order, const Clock& clock, Bell& bell)
    : order_(order),
      clock_(clock),
      bell_(bell),
      console_(console_head_bytes, console_tail_bytes),
      created_at_(clock.steady()),
      started_at_ns_(
          std::chrono::duration_cast<std::chrono::nanoseconds>(clock.wall().time_since_epoch())
              .count()) {}

void GuestTranscript::resumed() {
  resumed_at_ = last_sign_ = clock_.steady();
  phase_ = reached_ = BootPhase::booting;
}

void GuestTranscript::console(std::string_view bytes) {
  console_.append(bytes);
  if (order_.sheet.events != "buffer") return;
  console_event_reader_.feed(bytes);
  while (const auto item = console_event_reader_.next()) take(*item);
}

void GuestTranscript::events(std::string_view bytes) {
  event_reader_.feed(bytes);
  while (const auto item = event_reader_.next()) take(*item);
}

void GuestTranscript::take(const guest::StreamItem& item) {
  if (const auto* event = std::get_if<guest::Event>(&item)) {
    last_sign_ = clock_.steady();
    last_guest_ns_ = event->t_ns;
    if (std::holds_alternative<guest::Hello>(event->body)) {
      first_guest_ns_ = event->t_ns;
      first_heard_ = last_sign_;
    }
    try {
      std::visit([this](const auto& body) { apply(body); }, event->body);
    } catch (const std::runtime_error& error) {
      breach(error.what());
    }
  } else {
    breach(std::get<guest::StreamProblem>(item).text);
  }
  bell_.ring();
}

void GuestTranscript::apply(const guest::Hello& hello) {
  if (hello_) return breach("a second hello");
  if (hello.boot_id != order_.sheet.boot_id)
    return breach("hello from another boot, " + hello.boot_id);
  hello_ = hello;
  // Where events come all at the end, the host learns too late when this one was.
  boot_seconds_ = order_.sheet.events == "buffer" ? static_cast<double>(first_guest_ns_) / 1e9
                                                  : seconds_between(resumed_at_, clock_.steady());
  phase_ = reached_ = BootPhase::running;
}

void GuestTranscript::apply(const guest::SettingResult& setting) {
  if (setting.ok) return;
  note("setting " + setting.path + " = " + setting.wanted + " did not take: " +
       (setting.error != 0 ? "errno " + std::to_string(setting.error) : "reads " + setting.found));
}

void GuestTranscript::apply(const guest::TopologyResult& topology) {
  topology_found_ = guest::to_json_line({.seq = 0, .t_ns = 0, .body = topology});
  for (const std::string& difference : topology.differences) note("topology: " + difference);
}

void GuestTranscript::apply(const guest::StepBegin& begin) {
  step(begin.step);
  current_step_ = begin.step;
}

void GuestTranscript::apply(const guest::CollectorState& state) {
  if (collectors_.size() < max_notes)
    collectors_.push_back({state.name, state.perturbs, state.problem});
}

void GuestTranscript::apply(const guest::Snapshot& snapshot) {
  counters_[step(snapshot.step).position].add(snapshot);
}

void GuestTranscript::apply(const guest::IterationEnd& end) {
  StepRecord& record = step(end.step);
  const guest::SheetStep& asked = order_.sheet.steps[end.step];
  if (end.iteration != record.iterations.size() || end.iteration >= asked.iterations)
    return breach("iteration " + std::to_string(end.iteration) + " out of turn");
  IterationRecord iteration;
  iteration.end = process_end_of(end);
  iteration.wall = std::chrono::nanoseconds(end.wall_ns);
  iteration.user = std::chrono::nanoseconds(end.user_ns);
  iteration.system = std::chrono::nanoseconds(end.system_ns);
  iteration.max_rss_kib = end.max_rss_kib;
  iteration.minor_faults = end.minor_faults;
  iteration.major_faults = end.major_faults;
  iteration.voluntary_switches = end.voluntary_switches;
  iteration.involuntary_switches = end.involuntary_switches;
  iteration.standard_output = end.standard_output;
  iteration.standard_error = end.standard_error;
  iteration.truncated = end.truncated;
  record.iterations.push_back(std::move(iteration));
}

void GuestTranscript::apply(const guest::StepEnd& end) {
  step(end.step);
  current_step_.reset();
}

void GuestTranscript::apply(const guest::Note& text) {
  note(text.text);
}

void GuestTranscript::apply(const guest::Bye& bye) {
  bye_ = bye;
  current_step_.reset();
  phase_ = reached_ = BootPhase::powering_off;
}

StepRecord& GuestTranscript::step(std::uint32_t id) {
  if (!hello_) throw std::runtime_error("a step before the hello");
  if (id >= order_.steps.size()) throw std::runtime_error("no step " + std::to_string(id));
  for (const StepRecord& known : steps_)
    if (known.position == id) return steps_[static_cast<std::size_t>(&known - steps_.data())];
  StepRecord& added = steps_.emplace_back();
  added.workload = order_.steps[id].workload;
  added.params = order_.steps[id].params;
  added.position = id;
  added.perturbed = order_.steps[id].perturbed;
  return added;
}

void GuestTranscript::note(std::string text) {
  if (notes_.size() < max_notes) notes_.push_back(std::move(text));
}

void GuestTranscript::breach(const std::string& what) {
  if (protocol_error_.empty()) protocol_error_ = what;
}

void GuestTranscript::stream_ended() {
  ++streams_ended_;
  bell_.ring();
}

void GuestTranscript::ended(const GuestEnd& end) {
  end_ = end;
  phase_ = BootPhase::over;
  bell_.ring();
}

void GuestTranscript::deadline_passed() {
  deadline_passed_ = true;
}
void GuestTranscript::interrupted() {
  interrupted_ = true;
}

void GuestTranscript::failed_on_our_side(const std::string& what) {
  if (our_failure_.empty()) our_failure_ = what;
}

SteadyTime GuestTranscript::silence_deadline(const Deadlines& deadlines) const {
  switch (phase_) {
    case BootPhase::starting:
    case BootPhase::over:
      return last_sign_ + deadlines.guest(deadlines.power_off);
    case BootPhase::booting:
      return resumed_at_ + silent_run(deadlines) + deadlines.guest(deadlines.hello);
    case BootPhase::powering_off:
      return last_sign_ + deadlines.guest(deadlines.power_off);
    case BootPhase::running:
      break;
  }
  // The agent ends a step that takes too long; we give up only when it does not.
  std::chrono::milliseconds longest{0};
  for (const guest::SheetStep& asked : order_.sheet.steps)
    longest = std::max(longest, std::chrono::milliseconds(asked.timeout_ms));
  return last_sign_ + longest + deadlines.guest(deadlines.step_slack);
}

std::chrono::milliseconds GuestTranscript::silent_run(const Deadlines& deadlines) const {
  std::chrono::milliseconds total{0};
  if (order_.sheet.events != "buffer") return total;
  for (const guest::SheetStep& asked : order_.sheet.steps)
    total += std::chrono::milliseconds(asked.timeout_ms) * asked.iterations +
             deadlines.guest(deadlines.step_slack);
  return total;
}

std::optional<double> GuestTranscript::clock_drift() const {
  // Words take about a millisecond to arrive: over two seconds, 0.05 %.
  constexpr double kShortest = 2;
  if (!hello_ || order_.accel == Accelerator::icount || last_guest_ns_ < first_guest_ns_)
    return std::nullopt;
  const double here = seconds_between(first_heard_, last_sign_);
  if (here < kShortest) return std::nullopt;
  return std::fabs(double(last_guest_ns_ - first_guest_ns_) / 1e9 / here - 1);
}

std::string GuestTranscript::current_step() const {
  if (!current_step_) return {};
  const BootOrder::StepMeaning& meaning = order_.steps[*current_step_];
  // The words in brackets keep reports from taking a death here for one of the measured step.
  return meaning.workload + (meaning.params.empty() ? "" : " " + meaning.params) +
         (meaning.counts ? "" : " (perturbed)");
}

BootRecord GuestTranscript::empty_record() const {
  BootRecord record;
  record.boot_id = order_.boot_id;
  record.block = order_.block;
  record.position = order_.position;
  record.attempt = order_.attempt;
  record.arm = order_.arm;
  record.topology = order_.topology.name;
  record.accel = to_string(order_.accel);
  record.started_at_ns = started_at_ns_;
  record.kernel_key = order_.kernel.key;
  record.kernel_release = order_.kernel.release;
  record.image_hash = order_.image.hash;
  record.cmdline = order_.cmdline;
  record.run_sheet = guest::to_json(order_.sheet);
  return record;
}

void GuestTranscript::complete(BootRecord& record) const {
  record.boot_seconds = boot_seconds_;
  record.wall_seconds = seconds_between(created_at_, clock_.steady());
  record.console = console_.str();
  record.topology_found = topology_found_;
  record.notes = notes_;
  record.collectors = collectors_;
  record.steps = steps_;
  if (const auto drift = clock_drift()) record.conditions["clock_drift"] = *drift;
  for (StepRecord& step : record.steps)
    if (const auto counters = counters_.find(step.position); counters != counters_.end())
      step.counters = counters->second.records();

  BootEvidence evidence;
  for (StepRecord& step : record.steps) {
    const bool counts = order_.steps[step.position].counts;
    const std::string name = step.workload + (step.params.empty() ? "" : " " + step.params) +
                             (counts ? "" : " (perturbed)");
    ExtractedSamples extracted =
        extract_samples(order_.steps[step.position].metrics, step.iterations);
    step.samples = std::move(extracted.samples);
    for (const IterationRecord& iteration : step.iterations) {
      if (iteration.end == ProcessEnd{}) continue;
      const std::string problem = name + ": " + failure_text(iteration);
      record.notes.push_back(problem);
      if (counts && evidence.workload_problem.empty()) evidence.workload_problem = problem;
    }
    for (const std::string& problem : extracted.problems) {
      record.notes.push_back(name + ": " + problem);
      if (counts && evidence.workload_problem.empty())
        evidence.workload_problem = name + ": " + problem;
    }
  }

  evidence.reached = reached_;
  evidence.current_step = current_step();
  evidence.said_hello = hello_.has_value();
  evidence.said_bye = bye_.has_value();
  if (bye_) evidence.bye_reason = bye_->reason;
  evidence.deadline_passed = deadline_passed_;
  evidence.interrupted = interrupted_;
  if (end_) {
    evidence.end_kind = to_string(end_->kind);
    evidence.end_detail = end_->detail;
  }
  evidence.infra_error = our_failure_;
  evidence.protocol_error = protocol_error_;
  evidence.oops = find_oops(record.console);
  if (hello_) record.kernel_release = hello_->kernel_release;
  record.outcome = judge_boot(evidence);
}

}  // namespace faultline
