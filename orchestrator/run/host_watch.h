// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/clock.h"
#include "outcome/results.h"

namespace faultline {

/// What the host does beside one guest, from /proc and /sys: the conditions of docs/statistics.md.
/// Looks once a second, which costs the host a fraction of a millisecond. One strand.
class HostWatch {
 public:
  /// `guest` is a part of the command line of the guest's own QEMU and of no other. `root` is "/"
  /// but for tests; `clock` outlives the watch.
  HostWatch(std::string guest, const Clock& clock, std::filesystem::path root = "/");

  /// When the next look is due.
  SteadyTime next_look() const { return next_look_; }
  /// Looks, if it is time to.
  void look();

  /// What was seen between the first and the last look; what cannot be read is not in it.
  BootConditions conditions() const;

 private:
  struct Ticks {
    double all = 0;  ///< Of all CPUs, idle ones included; in the kernel's ticks.
    double busy = 0;
    double steal = 0;
    double ours = 0;  ///< Of this process and of the guest's QEMU.
    bool guest_there = false;
  };

  std::optional<Ticks> read_ticks();
  void read_frequency();
  /// Finds the guest's QEMU and counts all others.
  void look_at_guests();

  std::string guest_;
  const Clock& clock_;
  std::filesystem::path root_;
  SteadyTime next_look_;
  unsigned looks_ = 0;
  pid_t qemu_ = 0;  ///< 0: not found yet.
  std::optional<Ticks> last_;
  Ticks seen_;  ///< Sums over the intervals in which the guest was there at both ends.
  std::optional<double> pressure_first_us_;
  double pressure_last_us_ = 0;
  SteadyTime pressure_first_at_{};
  SteadyTime pressure_last_at_{};
  std::optional<double> slowest_;  ///< Lowest share of its highest frequency of the fastest CPU.
  unsigned other_guests_ = 0;
};

}  // namespace faultline
