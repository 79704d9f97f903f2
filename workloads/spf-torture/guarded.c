// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "spf-torture/guarded.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

#include "common/fail.h"

// Where the thread goes on when its access fails; none outside guarded accesses.
static _Thread_local sigjmp_buf* volatile recovery;

static void leave_access(int signal_number) {
  sigjmp_buf* here = recovery;
  if (here != NULL) siglongjmp(*here, 1);
  // The access is repeated when this returns, and then ends the program.
  signal(signal_number, SIG_DFL);
}

void guard_accesses(void) {
  // SA_NODEFER: the handler is left by a jump that does not restore the mask, to save a system call
  // for each access.
  struct sigaction action = {.sa_handler = leave_access, .sa_flags = SA_NODEFER};
  if (sigaction(SIGSEGV, &action, NULL) != 0 || sigaction(SIGBUS, &action, NULL) != 0) {
    fail_errno(STATUS_FAILED, errno, "sigaction");
  }
}

bool guarded_write(uint64_t* address, uint64_t value) {
  sigjmp_buf here;
  if (sigsetjmp(here, 0) != 0) {
    recovery = NULL;
    return false;
  }
  recovery = &here;
  __atomic_store_n(address, value, __ATOMIC_RELAXED);
  recovery = NULL;
  return true;
}

bool guarded_read(const uint64_t* address, uint64_t* value) {
  sigjmp_buf here;
  if (sigsetjmp(here, 0) != 0) {
    recovery = NULL;
    return false;
  }
  recovery = &here;
  *value = __atomic_load_n(address, __ATOMIC_RELAXED);
  recovery = NULL;
  return true;
}
