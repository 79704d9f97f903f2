/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The little that has to be known of x86-64 instructions. Reference: Intel SDM volume 2, appendix
 * A. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum x86_kind {
  x86_other,
  x86_call,          /* Near call: leaves its return address on the stack. */
  x86_return,        /* Near return. */
  x86_direct_branch, /* Jump to an address within the instruction: touches no memory. */
};

struct x86_instruction {
  enum x86_kind kind;
  uint64_t target; /* Of a direct call, or 0. */
};

struct x86_instruction x86_decode(const uint8_t* bytes, size_t size, uint64_t pc);

/* The displacement of `nopl disp32(%rax,%rax,1)`; false if it is something else. */
bool x86_long_nop(const uint8_t* bytes, size_t size, uint32_t* displacement);

#ifdef __cplusplus
}
#endif
