// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks known amounts of memory that is bound to known nodes, from a CPU of a known node, in
 * functions of which every instruction is known: what the instrument counts must be exactly this.
 * For a machine of two nodes with one CPU each.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { bytes = 1 << 20, words = bytes / 8, mpol_bind = 2 };

/* Four instructions a word; two more besides: the first one and the return. */
#define WALKER(name, instruction)                                                                  \
  void name(void* memory, unsigned long count);                                                    \
  __asm__(".text\n.globl " #name "\n.type " #name ", @function\n" #name ":\n nop\n1: " instruction \
          "\n add $8, %rdi\n dec %rsi\n jnz 1b\n ret\n.size " #name ", . - " #name "\n")

#define BOTH(cpu, memory)                                    \
  WALKER(write_from_##cpu##_to_##memory, "movq $1, (%rdi)"); \
  WALKER(read_from_##cpu##_to_##memory, "movq (%rdi), %rax")

BOTH(0, 0);
BOTH(0, 1);
BOTH(1, 0);
BOTH(1, 1);

typedef void walker(void*, unsigned long);
static walker* const walkers[2][2][2] = {
    {{write_from_0_to_0, read_from_0_to_0}, {write_from_0_to_1, read_from_0_to_1}},
    {{write_from_1_to_0, read_from_1_to_0}, {write_from_1_to_1, read_from_1_to_1}},
};

static void need(int good, const char* what) {
  if (good) return;
  perror(what);
  exit(3);
}

int main(void) {
  for (int cpu = 0; cpu < 2; ++cpu) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(cpu, &cpus);
    need(sched_setaffinity(0, sizeof cpus, &cpus) == 0, "sched_setaffinity");
    for (int node = 0; node < 2; ++node) {
      char* memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      need(memory != MAP_FAILED, "mmap");
      unsigned long mask = 1UL << node;
      need(syscall(SYS_mbind, memory, (unsigned long)bytes, mpol_bind, &mask, 64UL, 0U) == 0,
           "mbind");
      for (int at = 0; at < bytes; at += 4096) ((volatile char*)memory)[at] = 1;
      walkers[cpu][node][0](memory, words);
      walkers[cpu][node][1](memory, words);
      munmap(memory, bytes);
    }
  }
  printf("words: %d\n", (int)words);
  return 0;
}
