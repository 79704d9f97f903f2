// SPDX-License-Identifier: GPL-2.0-or-later
/// What the kernel's tests print about their cases: TAP (Documentation/dev-tools/ktap.rst), as far
/// as its tests of mm use it.
#pragma once

enum tap_result { TAP_OTHER, TAP_PASSED, TAP_FAILED, TAP_SKIPPED };

/// What a line says of a case; TAP_OTHER if it says nothing. A failure that was expected (XFAIL) is
/// neither good nor bad: it counts as skipped.
enum tap_result tap_line(const char* line);

/// What is left on a terminal of a line that was written over again and again: khugepaged shows its
/// progress so. A part of `line`.
const char* tap_shown(const char* line);

/// What an exit status of a program says of it as a whole (kselftest.h): 0 passed, 4 skipped, and
/// else failed.
enum tap_result tap_status(int status);

/// "ok", "not ok" or "skip".
const char* tap_name(enum tap_result result);
