// SPDX-License-Identifier: GPL-2.0-or-later
/// How a workload ends when it cannot do its work: one line on stderr that names the program, and
/// an exit status that tells a wrong command line from a guest that lacks something.
#pragma once

/// Exit statuses shared by every workload. Anything else nonzero is a failure of the run itself.
enum workload_status {
  STATUS_FAILED = 1,  ///< the work was begun and went wrong
  STATUS_USAGE = 2,   ///< the command line is wrong
  STATUS_ENVIRONMENT =
      3,  ///< the kernel, the machine or the privileges lack something; stderr says what
};

/// Prints "PROGRAM: message" on stderr and exits with `status`, running atexit handlers.
_Noreturn void fail(enum workload_status status, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

/// As fail(), with ": " and the text of `error` (an errno value) after the message.
_Noreturn void fail_errno(enum workload_status status, int error, const char* format, ...)
    __attribute__((format(printf, 3, 4)));
