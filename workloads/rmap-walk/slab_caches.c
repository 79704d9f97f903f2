// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "rmap-walk/slab_caches.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/kernel_file.h"

struct slab_cache read_slab_cache(const char* path, const char* name) {
  struct slab_cache cache = {.found = false};
  FILE* file = fopen(path, "re");
  if (file == NULL) return cache;
  char line[512];
  while (fgets(line, sizeof line, file) != NULL) {
    char listed[64];
    uint64_t pages_per_slab;
    uint64_t slabs;
    if (sscanf(line, "%63s", listed) != 1 || strcmp(listed, name) != 0) continue;
    // name <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables a b c :
    // slabdata <active_slabs> <num_slabs> <sharedavail>
    if (sscanf(line,
               "%*s %" SCNu64 " %*s %*s %*s %" SCNu64
               " : tunables %*s %*s %*s : slabdata %*s %" SCNu64,
               &cache.objects, &pages_per_slab, &slabs) != 3) {
      break;
    }
    cache.bytes = slabs * pages_per_slab * (uint64_t)sysconf(_SC_PAGESIZE);
    cache.found = true;
    break;
  }
  fclose(file);
  return cache;
}

void shrink_slab_cache(const char* directory, const char* name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s/shrink", directory, name);
  write_kernel_text(path, "1");
}
