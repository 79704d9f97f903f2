// SPDX-License-Identifier: GPL-2.0-or-later
/// The three forms in which load points are printed, a line for each.
#pragma once

#include "aim7/statistics.h"

enum output_form {
  OUTPUT_TABLE,    ///< the multi-column console form of re-aim
  OUTPUT_CSV,      ///< its comma separated values
  OUTPUT_CLASSIC,  ///< the six columns of AIM7
};

/// Prints the line or lines above the first load point.
void print_head(enum output_form form);

/// Prints a load point.
void print_point(enum output_form form, const struct load_figures* figures);
