// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "outcome/console_lines.h"

// What the first line of each kind of kernel report looks like, and the title that it gets. Private
// to outcome. The forms are those of Linux 5.10 to 6.18 (kernel/panic.c, lib/bug.c,
// arch/x86/kernel/dumpstack.c, mm/kasan/report.c, kernel/locking/lockdep.c, …) on x86 and arm64.

namespace faultline {

enum class Weight {
  minor,        ///< The kernel complains and goes on: WARNING, lockdep, a stall.
  serious,      ///< Memory or control flow is not to be trusted any more, or all is over.
  consequence,  ///< A panic that was ordered because of the report before it.
};

/// How a report begins.
struct ReportHead {
  Weight weight = Weight::minor;
  bool panic = false;      ///< The kernel stops here.
  bool oops = false;       ///< panic_on_oops applies.
  bool warning = false;    ///< panic_on_warn applies.
  bool delimited = false;  ///< The report ends with a "====" line (KASAN and its kin).
  /// Makes the title; reads on in the log for the function to name.
  std::string (*title)(const ConsoleLine& head, ConsoleReader after, bool need_stamp) = nullptr;
};

/// Tells whether a line of the kernel begins a report. Looks at the beginning of the message only:
/// what a line quotes ("Kernel command line: …") is not a report.
std::optional<ReportHead> report_head(std::string_view message);

}  // namespace faultline
