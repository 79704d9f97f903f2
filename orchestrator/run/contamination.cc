// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/contamination.h"

#include <fmt/format.h>

namespace faultline {
namespace {

/// A guest whose clock is as far off cannot have told the time. Seen 8.2 under emulation: the
/// kernel calibrates its clock while the host lets the virtual processor wait.
constexpr double kBrokenClock = 0.2;

}  // namespace

std::string contamination(const BootConditions& conditions, const ContaminationLimits& limits) {
  std::string broken;
  const auto hold = [&](const char* name, std::optional<double> limit, bool is_share) {
    const auto measured = conditions.find(name);
    if (!limit || measured == conditions.end() || !(measured->second > *limit)) return;
    const char* form = is_share ? "{} {:.3g} % > {:.3g} %" : "{} {:.0f} > {:.0f}";
    const double scale = is_share ? 100 : 1;
    broken += (broken.empty() ? "" : ", ") +
              fmt::format(fmt::runtime(form), name, measured->second * scale, *limit * scale);
  };
  hold("host_load", limits.host_load, true);
  hold("steal", limits.steal, true);
  hold("frequency_drop", limits.frequency_drop, true);
  hold("memory_pressure", limits.memory_pressure, true);
  hold("clock_drift", limits.clock_drift.value_or(kBrokenClock), true);
  hold("other_guests",
       limits.other_guests ? std::optional<double>(*limits.other_guests) : std::nullopt, false);
  return broken;
}

}  // namespace faultline
