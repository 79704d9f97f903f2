// SPDX-License-Identifier: GPL-2.0-or-later
/// A family of processes as a forking server makes it: one parent whose anonymous pages every child
/// has copied on write, all of them alive and asleep until they are released.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct family {
  unsigned char*
      memory;  ///< the parent's private anonymous pages, at the same address in each child
  size_t pages;
  size_t page_size;
  pid_t* pids;  ///< `count` children
  size_t count;
  int release_fd;  ///< closing it lets every child exit
};

/// Maps and touches `pages` small (never huge) pages in this process. Exits with a reason on
/// failure.
void family_map(struct family* family, size_t pages);

/// Forks `children` processes, each of which writes to every page, and returns when all have done
/// so. A child dies with this process, whatever becomes of it. Exits with a reason (and no child
/// left) if a fork fails or a child dies.
void family_fork(struct family* family, size_t children);

/// Lets the children exit and reaps them. Exits with a reason if one did not end well.
void family_release(struct family* family);

/// Physical page numbers of the children's copies, `count * pages` of them in ascending order, in
/// memory that the caller frees. Exits with STATUS_ENVIRONMENT if the kernel does not tell
/// (CAP_SYS_ADMIN).
uint64_t* family_page_frames(const struct family* family);
