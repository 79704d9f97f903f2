// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "rmap-walk/slab_caches.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/check.h"
#include "common/kernel_file.h"

static char path[] = "/tmp/slab-caches-test.XXXXXX";

static const char listing[] =
    "slabinfo - version: 2.1\n"
    "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables "
    "<limit> "
    "<batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
    "anon_vma_chain       535    704     64   64    1 : tunables    0    0    0 : slabdata     11  "
    "   11  "
    "    0\n"
    "anon_vma             313    351    104   39    2 : tunables    0    0    0 : slabdata      9  "
    "    9  "
    "    0\n"
    "broken               313\n";

int main(void) {
  int fd = mkstemp(path);
  if (fd < 0) return 1;
  CHECK(write(fd, listing, sizeof listing - 1) == (ssize_t)(sizeof listing - 1));
  close(fd);
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

  // The name must match whole: anon_vma_chain stands first.
  struct slab_cache anon_vma = read_slab_cache(path, "anon_vma");
  CHECK(anon_vma.found);
  CHECK_COUNT(313, anon_vma.objects);
  CHECK_COUNT(9 * 2 * page, anon_vma.bytes);
  struct slab_cache chain = read_slab_cache(path, "anon_vma_chain");
  CHECK(chain.found);
  CHECK_COUNT(535, chain.objects);
  CHECK_COUNT(11 * page, chain.bytes);

  CHECK(!read_slab_cache(path, "anon").found);
  CHECK(!read_slab_cache(path, "broken").found);
  CHECK(!read_slab_cache("/nonexistent/slabinfo", "anon_vma").found);
  unlink(path);

  char directory[] = "/tmp/slab-directory-test.XXXXXX";
  char knob[64];
  char text[8] = "";
  CHECK(mkdtemp(directory) != NULL);
  snprintf(knob, sizeof knob, "%s/some", directory);
  CHECK(mkdir(knob, 0700) == 0);
  snprintf(knob, sizeof knob, "%s/some/shrink", directory);
  close(open(knob, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  shrink_slab_cache(directory, "some");
  shrink_slab_cache(directory, "absent");
  CHECK(read_kernel_text(knob, text, sizeof text) == 0);
  CHECK_TEXT("1", text);
  unlink(knob);
  snprintf(knob, sizeof knob, "%s/some", directory);
  rmdir(knob);
  rmdir(directory);
  return failed_checks != 0;
}
