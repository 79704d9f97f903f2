// SPDX-License-Identifier: GPL-2.0-or-later
/// The one output format of Faultline's own workloads: a line "name: value" for each metric.
#pragma once

#include <stdint.h>

/// Prints a measured value with every digit that a double holds.
void metric_real(const char* name, double value);

/// Prints a count.
void metric_count(const char* name, uint64_t value);
