// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <utility>

#include "guest/event.h"
#include "virt/fake_hypervisor.h"

// For tests only.

namespace faultline::testing {

/// What an agent says, with its sequence numbers right, for the script of a fake guest.
class ScriptedGuest {
 public:
  explicit ScriptedGuest(std::string boot_id) : boot_id_(std::move(boot_id)) {}

  ScriptedGuest& hello() {
    guest::Hello event;
    event.boot_id = boot_id_;
    event.kernel_release = "6.99.1-fake";
    return say(event);
  }
  ScriptedGuest& step_begins() { return say(guest::StepBegin{0}); }
  ScriptedGuest& prints(std::uint32_t iteration, std::string output) {
    guest::IterationEnd event;
    event.iteration = iteration;
    event.end = "exited";
    event.standard_output = std::move(output);
    return say(event);
  }
  ScriptedGuest& fails(std::uint32_t iteration, std::string end, int code, std::string error = "") {
    guest::IterationEnd event;
    event.iteration = iteration;
    event.end = std::move(end);
    event.code = code;
    event.standard_error = std::move(error);
    return say(event);
  }
  ScriptedGuest& step_ends() { return say(guest::StepEnd{0}); }
  ScriptedGuest& bye(std::string reason = "done") { return say(guest::Bye{std::move(reason)}); }
  ScriptedGuest& raw(const std::string& bytes) {
    script_.says(GuestStream::events, bytes);
    return *this;
  }
  ScriptedGuest& console(const std::string& bytes) {
    script_.says(GuestStream::console, bytes);
    return *this;
  }

  GuestScript ends(GuestEnd::Kind kind, std::string detail = "") {
    return script_.ends(kind, std::move(detail));
  }
  GuestScript hangs() { return script_.hangs(); }

  /// A guest that does all it should, with one iteration that measures this value.
  static GuestScript good(const std::string& boot_id, const std::string& value) {
    return ScriptedGuest(boot_id)
        .hello()
        .step_begins()
        .prints(0, "value: " + value + "\n")
        .step_ends()
        .bye()
        .ends(GuestEnd::Kind::powered_off);
  }

 private:
  ScriptedGuest& say(guest::EventBody body) {
    return raw(guest::to_json_line({seq_++, 1, std::move(body)}) + "\n");
  }

  std::string boot_id_;
  std::uint64_t seq_ = 0;
  GuestScript script_;
};

}  // namespace faultline::testing
