// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vmalloc/module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fail.h"

const char* find_module(const char* path) {
  static char installed[256];
  if (path != NULL) {
    if (access(path, R_OK) != 0) fail_errno(STATUS_ENVIRONMENT, errno, "%s", path);
    return path;
  }
  const char* of_guest = "/modules/test_vmalloc.ko";
  if (access(of_guest, R_OK) == 0) return of_guest;
  struct utsname kernel;
  uname(&kernel);
  snprintf(installed, sizeof installed, "/lib/modules/%s/kernel/lib/test_vmalloc.ko",
           kernel.release);
  if (access(installed, R_OK) == 0) return installed;
  fail(STATUS_ENVIRONMENT,
       "there is no %s and no %s: this kernel was built without CONFIG_TEST_VMALLOC=m", of_guest,
       installed);
}

static _Noreturn void refused(const char* path, int error) {
  const char* advice = NULL;
  if (error == EPERM) advice = "needs CAP_SYS_MODULE, and a kernel that is not locked down";
  if (error == EEXIST) advice = "it is loaded already: another run has not ended";
  if (error == ENOEXEC) advice = "it was not built for this kernel";
  if (error == EINVAL)
    advice = "a parameter or the module's signature is wrong; see the kernel log";
  if (error == ENOSYS) advice = "this kernel has no modules (CONFIG_MODULES)";
  if (error == EKEYREJECTED || error == ENOKEY) advice = "the kernel accepts only signed modules";
  if (advice != NULL) fail(STATUS_ENVIRONMENT, "the kernel refuses %s: %s", path, advice);
  fail_errno(STATUS_ENVIRONMENT, error, "the kernel refuses %s", path);
}

double run_module(const char* path, const char* parameters) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_errno(STATUS_ENVIRONMENT, errno, "%s", path);
  uint64_t start = now_ns();
  long result = syscall(SYS_finit_module, fd, parameters, 0);
  int error = errno;
  double seconds = seconds_between(start, now_ns());
  close(fd);
  // The module's init runs the tests and then ends with EAGAIN, so as not to stay.
  if (result == 0) fail(STATUS_FAILED, "%s stays loaded: it is not the kernel's test", path);
  if (error != EAGAIN) refused(path, error);
  return seconds;
}
