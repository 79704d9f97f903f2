// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/runtime.h"

namespace faultline {

/// One thing that doctor looked at.
struct DoctorFinding {
  enum class State { good, warning, bad };
  State state = State::good;
  std::string what;   ///< "KVM"
  std::string found;  ///< "a probe guest ran"
  std::string fix;    ///< What to do; empty when good.
};

/// Looks at everything that a run needs. Does not need to succeed at anything: what is broken is a
/// finding. Boots the probe guest if KVM's answer for this host is not known yet and a kernel is in
/// the cache.
boost::asio::awaitable<std::vector<DoctorFinding>> doctor_findings(Runtime& runtime,
                                                                   const Locations& locations);

}  // namespace faultline
