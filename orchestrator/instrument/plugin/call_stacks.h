/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who called whom in the kernel, from its calls and returns alone. A frame is known by the address
 * at which its return address lies, so that switches of tasks, interrupts and frames that are left
 * without a return need no special care: a call or return at `sp` ends all frames at or below it on
 * the same stack.
 */
#pragma once

#include <stdint.h>

#include "instrument/plugin/ledger_private.h"

struct call_stacks;

struct call_stacks* call_stacks_new(unsigned cpus);
void call_stacks_free(struct call_stacks* stacks);

void call_stacks_enter(struct call_stacks* stacks, unsigned cpu, struct place* place);
void call_stacks_executed(struct call_stacks* stacks, uint64_t count);
void call_stacks_call(struct call_stacks* stacks, unsigned cpu, uint64_t sp, struct place* callee);
void call_stacks_return(struct call_stacks* stacks, unsigned cpu, uint64_t sp);

/* From here on instructions count anew; frames stay. */
void call_stacks_begin(struct call_stacks* stacks);
/* Each stack in which instructions were executed itself, outermost function first. */
typedef void (*call_stacks_visitor)(void* context, struct place* const* path, unsigned depth,
                                    uint64_t count);
void call_stacks_each(struct call_stacks* stacks, call_stacks_visitor visit, void* context);
