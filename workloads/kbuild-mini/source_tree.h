// SPDX-License-Identifier: GPL-2.0-or-later
/// A small program in C, made up on the spot: always the same text for the same shape.
#pragma once

#include <stddef.h>

struct tree_shape {
  size_t files;      ///< C files besides main.c
  size_t functions;  ///< in each of them
};

/// Writes the C files, a header and a Makefile that builds `program` out of them into `folder`,
/// which exists. Exits with a reason if that cannot be done.
void write_source_tree(const char* folder, const struct tree_shape* shape);

/// Removes what was built, so that the next build does everything again.
void remove_built_files(const char* folder, const struct tree_shape* shape);
