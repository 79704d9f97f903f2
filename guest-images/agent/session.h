// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "artifacts.h"
#include "event_sink.h"
#include "guest/run_sheet.h"
#include "observer.h"
#include "snapshots.h"

namespace faultline::agent {

/// Everything between hello and bye: does what the sheet says and reports it.
class Session {
 public:
  /// `deadline` (CLOCK_MONOTONIC ns) is the end of the guest's lifetime. All references must
  /// outlive this object.
  Session(const guest::RunSheet& sheet, EventSink& events, Artifacts& artifacts,
          std::uint64_t deadline)
      : sheet_(sheet), events_(events), artifacts_(artifacts), deadline_(deadline) {}

  /// Returns the reason for the bye: "done", "lifetime" or "error".
  std::string run();

 private:
  void load_modules();
  void apply_settings();
  void verify_topology();
  void run_step(const guest::SheetStep& step);
  /// False if the step's further iterations make no sense.
  bool run_iteration(const guest::SheetStep& step, unsigned iteration);
  void prepare_collectors();
  void take_snapshots(const guest::SheetStep& step, bool before);
  void emit_snapshot(guest::Snapshot snapshot);
  /// Those of the step's observers that work here.
  std::vector<std::pair<std::string, Observer*>> observers_of(const guest::SheetStep& step);
  void stop_observers(const guest::SheetStep& step);
  bool over() const;

  const guest::RunSheet& sheet_;
  EventSink& events_;
  Artifacts& artifacts_;
  std::uint64_t deadline_;
  std::vector<CollectorFile> collectors_;
  std::map<std::string, std::unique_ptr<Observer>> observers_;  ///< Those that work.
  bool stuck_ = false;
};

}  // namespace faultline::agent
