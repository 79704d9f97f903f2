// SPDX-License-Identifier: GPL-2.0-or-later
/// Running a program of the guest's image to its end.
#pragma once

#include <stdint.h>

struct program_end {
  int status;  ///< exit status, or 128 and the signal
  double real_seconds;
  double user_seconds;  ///< of the program and of all children that it waited for, as the rest
  double system_seconds;
  uint64_t minor_faults;
  uint64_t voluntary_switches;
  uint64_t involuntary_switches;
};

/// Receives each line of a program's output, without its newline.
typedef void take_line(void* context, const char* line);

/// Runs `arguments`, the first of which is looked for in PATH unless it has a slash, with nothing
/// on standard input, and passes its standard output and standard error, line by line, to `take`.
/// It dies with this process. Exits with STATUS_ENVIRONMENT if there is no such program.
struct program_end run_program(char* const arguments[], take_line* take, void* context);

/// A take_line that prints the line.
void print_line(void* context, const char* line);
