// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>

#include "base/clock.h"
#include "run/progress.h"

namespace faultline {

/// A progress display for standard error: a live last line on a terminal, plain lines otherwise
/// (one an event, so that a log stays short).
std::unique_ptr<RunProgress> make_progress_display(const Clock& clock);

}  // namespace faultline
