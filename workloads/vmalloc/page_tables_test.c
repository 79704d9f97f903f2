// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "vmalloc/page_tables.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/check.h"

static bool read_text(const char* text, uint64_t* bytes) {
  char path[] = "/tmp/allocinfo-test.XXXXXX";
  const int fd = mkstemp(path);
  CHECK(fd >= 0);
  CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
  close(fd);
  const bool found = read_kernel_page_tables(path, bytes);
  unlink(path);
  return found;
}

static void only_page_tables_of_kernel_addresses_count(void) {
  uint64_t bytes = 0;
  CHECK(
      read_text("allocinfo - version: 1.0\n"
                "#     <size>  <calls> <tag info>\n"
                "       16384        4 arch/x86/mm/pgtable.c:33 func:pte_alloc_one \n"
                "     3964928      968 mm/memory.c:461 func:__pte_alloc_kernel \n"
                "        4096        1 mm/other.c:1 func:__pte_alloc_kernel_other \n"
                "       24576        6 mm/memory.c:6371 func:__pmd_alloc \n",
                &bytes));
  CHECK_COUNT(3964928, bytes);
}

static void a_kernel_without_memory_profiling_has_no_answer(void) {
  uint64_t bytes = 0;
  CHECK(!read_kernel_page_tables("/nonexistent/allocinfo", &bytes));
  CHECK(!read_text("", &bytes));
  CHECK(!read_text("allocinfo - version: 1.0\n#     <size>  <calls> <tag info>\n", &bytes));
}

int main(void) {
  only_page_tables_of_kernel_addresses_count();
  a_kernel_without_memory_profiling_has_no_answer();
  return failed_checks != 0;
}
