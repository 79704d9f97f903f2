// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "outcome/console_lines.h"

// Finding the function to blame in a kernel's report. Private to outcome.

namespace faultline {

/// The name in "name+0x12/0x34 [module]" at the beginning of text, without suffixes that the
/// compiler made up (".isra.0", ".cold"); "" if text does not begin so.
std::string symbol_at(std::string_view text);

/// True for functions that only carry a problem to the console or move bytes for somebody else;
/// their caller is the one to name.
bool is_messenger(std::string_view symbol);

/// True for functions in which a task waits on behalf of its caller.
bool is_waiter(std::string_view symbol);

enum class Blame {
  instruction,  ///< The function of RIP, or the nearest caller worth naming.
  sleeper,      ///< The first function of the call trace that is not the scheduler's.
};

/// Reads the lines that follow a report's first one, a bounded number of them, and returns the
/// function that the report is about, or "". With printk callers in the log, only lines of
/// `caller` count, so that a second CPU's report in between does not mislead.
std::string blamed_function(ConsoleReader after_head, std::string_view caller, bool need_stamp,
                            Blame blame);

/// Text made equal for equal problems: addresses, offsets, CPU numbers and process ids become "?"
/// or vanish; control characters too. At most 160 bytes.
std::string without_accidents(std::string_view text);

}  // namespace faultline
