// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faultline {

/// The first kernel problem that a console log shows.
struct Oops {
  std::string title;   ///< One line without addresses, equal for equal problems.
  std::string text;    ///< The lines of the report itself, bounded to 16 KiB.
  bool fatal = false;  ///< The kernel cannot go on (panic, or oops in a kernel that panics on it).
};

/// Finds BUG, Oops, GPF, KASAN/KCSAN/UBSAN, WARNING, lockdep splats, RCU stalls, hung tasks, soft
/// lockups, OOM panics and "Kernel panic". Pure; linear in the size of the log; log is hostile.
std::optional<Oops> find_oops(std::string_view console);

}  // namespace faultline
