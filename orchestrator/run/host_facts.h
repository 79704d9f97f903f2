// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "outcome/results.h"
#include "virt/hypervisor.h"

namespace faultline {

/// What this host is, from /proc, /sys and the hypervisor's own words. Fields that cannot be read
/// stay empty: a report says "unknown" rather than nothing being run.
HostRecord host_record(const HypervisorFacts& hypervisor);

}  // namespace faultline
