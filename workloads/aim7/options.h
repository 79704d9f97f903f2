// SPDX-License-Identifier: GPL-2.0-or-later
/// The command line of aim7.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aim7/mixes.h"
#include "aim7/output.h"

/// When to stop adding users.
enum search_kind { SEARCH_NONE, SEARCH_FOR_CROSSOVER, SEARCH_QUICKLY, SEARCH_FOR_PLATEAU };

struct options {
  struct mix mix;
  size_t jobs;     ///< of a user in a load point, about
  uint64_t start;  ///< users of the first load point,
  uint64_t end;    ///< of the last; 0: no limit, in a search only
  uint64_t step;   ///< and between them
  bool adaptive;   ///< the step changes after the ninth load point
  enum search_kind search;
  double limit;  ///< jobs a minute and user that are the crossover; 0: there is none
  uint64_t seed;
  uint64_t zram_bytes;  ///< of swap; 0: none
  enum output_form form;
  const char* folder;  ///< where the users' folder is made
};

/// Reads the command line, and the workfile if there is one. Exits with STATUS_USAGE and what is
/// wrong, or with 0 after --help and --list.
struct options parse_options(int argc, char** argv);
