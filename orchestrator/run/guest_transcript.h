// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bounded_text.h"
#include "base/clock.h"
#include "guest/console_frames.h"
#include "guest/event_reader.h"
#include "run/boot_order.h"
#include "run/counter_table.h"
#include "run/interrupt.h"
#include "run/judge_boot.h"
#include "virt/hypervisor.h"

namespace faultline {

/// Everything that one guest said, put in order while it comes in. Fed by the readers of its
/// streams, read by the coroutine of the boot; rings the bell at every change. One strand.
class GuestTranscript {
 public:
  /// `order`, `clock` and `bell` must outlive the transcript.
  GuestTranscript(const BootOrder& order, const Clock& clock, Bell& bell);

  void resumed();
  void console(std::string_view bytes);
  void events(std::string_view bytes);
  void stream_ended();  ///< One of the guest's three streams is at its end.
  void ended(const GuestEnd& end);
  void deadline_passed();
  void interrupted();
  void failed_on_our_side(const std::string& what);

  BootPhase phase() const { return phase_; }
  bool over() const { return phase_ == BootPhase::over; }
  bool drained() const { return streams_ended_ == 3; }
  /// When a guest that says nothing more must be given up.
  SteadyTime silence_deadline(const Deadlines& deadlines) const;
  /// The step that runs now, as "workload params", or "".
  std::string current_step() const;

  /// The record of this boot before anything happened.
  BootRecord empty_record() const;
  /// Writes all that was learnt into the record: outcome, steps, samples, console, notes.
  void complete(BootRecord& record) const;

 private:
  void take(const guest::StreamItem& item);
  void apply(const guest::Hello& hello);
  void apply(const guest::SettingResult& setting);
  void apply(const guest::TopologyResult& topology);
  void apply(const guest::CollectorState& state);
  void apply(const guest::StepBegin& begin);
  void apply(const guest::Snapshot& snapshot);
  void apply(const guest::IterationEnd& end);
  void apply(const guest::StepEnd& end);
  void apply(const guest::Note& note);
  void apply(const guest::Bye& bye);
  StepRecord& step(std::uint32_t id);
  void note(std::string text);
  void breach(const std::string& what);
  /// How far the guest's clock went from ours between its first and its last word.
  std::optional<double> clock_drift() const;
  /// On the instruction clock a guest is silent until its last step is done.
  std::chrono::milliseconds silent_run(const Deadlines& deadlines) const;

  const BootOrder& order_;
  const Clock& clock_;
  Bell& bell_;

  BootPhase phase_ = BootPhase::starting;
  BootPhase reached_ = BootPhase::starting;  ///< The phase before `over`.
  int streams_ended_ = 0;
  SteadyTime last_sign_{};
  SteadyTime resumed_at_{};
  double boot_seconds_ = 0;
  /// The guest's clock and ours at its hello and at its latest event.
  std::uint64_t first_guest_ns_ = 0;
  std::uint64_t last_guest_ns_ = 0;
  SteadyTime first_heard_{};
  BoundedText console_;
  guest::EventReader event_reader_;
  guest::ConsoleEventReader console_event_reader_;

  std::optional<guest::Hello> hello_;
  std::optional<guest::Bye> bye_;
  std::optional<GuestEnd> end_;
  SteadyTime created_at_{};
  std::int64_t started_at_ns_ = 0;
  std::optional<std::uint32_t> current_step_;
  bool deadline_passed_ = false;
  bool interrupted_ = false;
  std::string our_failure_;
  std::string protocol_error_;
  std::string topology_found_;
  std::vector<std::string> notes_;
  std::vector<CollectorRecord> collectors_;
  std::vector<StepRecord> steps_;
  std::map<std::uint32_t, CounterTable> counters_;  ///< By StepRecord::position.
};

}  // namespace faultline
