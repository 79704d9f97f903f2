// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "spf-torture/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/fail.h"
#include "spf-torture/tally.h"

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

static int uffd = -1;
static pthread_t handler;
static struct plot* known_plots;
static size_t known_count;
static atomic_bool finished;

void serve_create(void) {
  uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
  if (uffd < 0) fail_errno(STATUS_ENVIRONMENT, errno, "userfaultfd (needs CONFIG_USERFAULTFD)");
  struct uffdio_api api = {.api = UFFD_API};
  if (ioctl(uffd, UFFDIO_API, &api) != 0) fail_errno(STATUS_ENVIRONMENT, errno, "UFFDIO_API");
}

static struct uffdio_range range_of(struct plot* plot) {
  return (struct uffdio_range){.start = (uintptr_t)atomic_load(&plot->base),
                               .len = PLOT_PAGES * plot->page_size};
}

void serve_register(struct plot* plot) {
  struct uffdio_register area = {.range = range_of(plot), .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (ioctl(uffd, UFFDIO_REGISTER, &area) != 0) {
    fail_errno(STATUS_FAILED, errno, "UFFDIO_REGISTER");
  }
}

void serve_unregister(struct plot* plot) {
  struct uffdio_range range = range_of(plot);
  if (ioctl(uffd, UFFDIO_UNREGISTER, &range) != 0) {
    fail_errno(STATUS_FAILED, errno, "UFFDIO_UNREGISTER");
  }
}

static void give_page(uintptr_t address) {
  static _Alignas(4096) uint64_t content[4096 / sizeof(uint64_t)];
  for (size_t i = 0; i < known_count; ++i) {
    struct plot* plot = &known_plots[i];
    uintptr_t base = (uintptr_t)atomic_load(&plot->base);
    if (address < base || address >= base + PLOT_PAGES * plot->page_size) continue;
    size_t page = (address - base) / plot->page_size;
    struct page_words words = plot_served(plot, page);
    content[0] = words.first;
    content[plot->page_size / sizeof(uint64_t) - 1] = words.last;
    struct uffdio_copy copy = {
        .dst = base + page * plot->page_size, .src = (uintptr_t)content, .len = plot->page_size};
    // EEXIST: two threads missed one page. ENOENT, EAGAIN: it was unregistered meanwhile.
    if (ioctl(uffd, UFFDIO_COPY, &copy) == 0) {
      count_up(&tally->served);
      return;
    }
    struct uffdio_range range = {.start = copy.dst, .len = copy.len};
    ioctl(uffd, UFFDIO_WAKE, &range);
    return;
  }
  violation("a page was missed at %#lx, in no plot", (unsigned long)address);
}

static void* serve_run(void* unused) {
  (void)unused;
  while (!atomic_load(&finished)) {
    struct pollfd ready = {.fd = uffd, .events = POLLIN};
    if (poll(&ready, 1, 10) <= 0) continue;
    struct uffd_msg message;
    if (read(uffd, &message, sizeof message) != sizeof message) continue;
    if (message.event == UFFD_EVENT_PAGEFAULT) give_page(message.arg.pagefault.address);
  }
  return NULL;
}

void serve_start(struct plot* plots, size_t count) {
  known_plots = plots;
  known_count = count;
  int error = pthread_create(&handler, NULL, serve_run, NULL);
  if (error != 0) fail_errno(STATUS_FAILED, error, "starting the handler of the userfaultfd");
}

void serve_join(void) {
  atomic_store(&finished, true);
  pthread_join(handler, NULL);
}
