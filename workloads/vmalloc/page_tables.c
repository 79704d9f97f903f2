// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vmalloc/page_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool read_kernel_page_tables(const char* path, uint64_t* bytes) {
  FILE* file = fopen(path, "re");
  if (file == NULL) return false;
  char* line = NULL;
  size_t room = 0;
  bool found = false;
  *bytes = 0;
  while (getline(&line, &room, file) >= 0) {
    // Lines are "<bytes> <calls> FILE:LINE func:NAME"; mm/memory.c has the one place that fills
    // the last level below kernel addresses. The upper levels are some pages altogether.
    const char* function = strstr(line, " func:__pte_alloc_kernel");
    uint64_t size;
    if (function == NULL || sscanf(line, " %" SCNu64, &size) != 1) continue;
    const char* end = function + strlen(" func:__pte_alloc_kernel");
    if (*end != ' ' && *end != '\n' && *end != '\0') continue;
    *bytes += size;
    found = true;
  }
  free(line);
  fclose(file);
  return found;
}
