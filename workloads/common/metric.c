// SPDX-License-Identifier: GPL-2.0-or-later
#include "common/metric.h"

#include <inttypes.h>
#include <stdio.h>

void metric_real(const char* name, double value) {
  printf("%s: %.17g\n", name, value);
}

void metric_count(const char* name, uint64_t value) {
  printf("%s: %" PRIu64 "\n", name, value);
}
