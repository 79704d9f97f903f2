// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "common/temporary_folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/fail.h"

static char folder[4096];

static int remove_entry(const char* path, const struct stat* status, int type, struct FTW* where) {
  (void)status;
  (void)type;
  (void)where;
  return remove(path);
}

static void remove_folder(void) {
  nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char* make_temporary_folder(const char* parent, const char* name) {
  snprintf(folder, sizeof folder, "%s/%s.XXXXXX", parent, name);
  if (mkdtemp(folder) == NULL) {
    fail_errno(STATUS_ENVIRONMENT, errno, "making the folder %s", folder);
  }
  atexit(remove_folder);
  return folder;
}
