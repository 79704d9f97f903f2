// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "outcome/results.h"

namespace faultline {

/// All that a boot did, as lines of text: how it ended, what it was given (kernel, image, command
/// line, run sheet), the machine that it found, its notes; of each step the processes, what they
/// printed, samples, counters, profile and stacks, in the order in which they are stored. Numbers
/// have every digit. Nothing of the host is in it (names, times, the console's bytes, what the host
/// was like), so that on the instruction clock two boots of one arm give the same bytes. A line of
/// the guest's text cannot be taken for another one: it stands behind its label. Pure.
std::string boot_rows(const BootRecord& boot);

}  // namespace faultline
