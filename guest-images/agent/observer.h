// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace faultline::agent {

/// A collector that works while the program runs, and so perturbs it. Used by one thread.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Looks whether this kernel has what it needs. Returns "" or what is missing; `partly` gets what
  /// is missing without making it useless. Called once, before the first step.
  virtual std::string prepare(std::vector<std::string>& partly) = 0;
  virtual void start() = 0;
  /// The command that runs the program under observation.
  virtual std::vector<std::string> wrap(std::vector<std::string> argv) { return argv; }
  /// After each run of the program.
  virtual void iteration_ended() {}
  /// Ends it and returns what was seen since start(), by name.
  virtual std::map<std::string, double> stop() = 0;
};

/// The observer of that name; nothing if there is none.
std::unique_ptr<Observer> make_observer(const std::string& name,
                                        const std::vector<std::string>& functions);

}  // namespace faultline::agent
