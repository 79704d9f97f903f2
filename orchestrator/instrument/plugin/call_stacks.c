// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/call_stacks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/plugin/table.h"

enum {
  stack_shift = 14, /* THREAD_SIZE of x86-64 is 16 KiB, and stacks are aligned to it. */
  deepest = 256,    /* Frames of one stack; the kernel's own limit is far lower. */
};

/* A function called along one path; the paths of a section are a tree of these. */
struct node {
  struct node* parent;
  struct place* place; /* NULL for the root. */
  uint32_t id;
  unsigned depth;
  uint32_t section;
  uint64_t count;
  struct node* next_counted; /* List of the section's nodes with figures. */
};

struct frame {
  uint64_t sp;
  struct node* called; /* NULL: called, but nobody has said what yet. */
  struct node* at;     /* Where it is now: the function that was called, or one it jumped to. */
};

/* One kernel stack. */
struct region {
  unsigned depth;
  struct frame frames[deepest];
};

struct call_stacks {
  struct table regions; /* sp >> stack_shift → region */
  struct table nodes;   /* (parent's id, place's id) → node */
  uint32_t node_count;
  struct node root;
  struct region** current; /* [cpu]; NULL: not known yet. */
  uint32_t section;
  struct node* counted; /* Newest first. */
  struct node* now;     /* NULL in user code. */
};

struct call_stacks* call_stacks_new(unsigned cpus) {
  struct call_stacks* stacks = allocate(1, sizeof *stacks);
  stacks->current = allocate(cpus, sizeof *stacks->current);
  stacks->node_count = 1; /* The root's is 0. */
  return stacks;
}

void call_stacks_free(struct call_stacks* stacks) {
  if (!stacks) return;
  for (size_t i = 0; i < stacks->regions.capacity; ++i) free(stacks->regions.slots[i].value);
  for (size_t i = 0; i < stacks->nodes.capacity; ++i) free(stacks->nodes.slots[i].value);
  table_free(&stacks->regions);
  table_free(&stacks->nodes);
  free(stacks->current);
  free(stacks);
}

static struct node* child(struct call_stacks* stacks, struct node* parent, struct place* place) {
  if (parent->depth == deepest - 1) return parent;
  struct node** slot = (struct node**)table_slot(&stacks->nodes, parent->id, place->id);
  if (*slot) return *slot;
  struct node* node = allocate(1, sizeof *node);
  node->parent = parent;
  node->place = place;
  node->id = stacks->node_count++;
  node->depth = parent->depth + 1;
  return *slot = node;
}

/* The stack that holds `sp`, without the frames at or below it, which have ended. */
static struct region* region_at(struct call_stacks* stacks, unsigned cpu, uint64_t sp) {
  struct region** slot = (struct region**)table_slot(&stacks->regions, sp >> stack_shift, 0);
  if (!*slot) *slot = allocate(1, sizeof **slot);
  struct region* region = *slot;
  while (region->depth > 0 && region->frames[region->depth - 1].sp <= sp) --region->depth;
  stacks->current[cpu] = region;
  return region;
}

/* Where the innermost frame whose function is known is, from `depth` frames on outwards. */
static struct node* innermost(struct call_stacks* stacks, const struct region* region,
                              unsigned depth) {
  while (depth > 0 && !region->frames[depth - 1].called) --depth;
  return depth > 0 ? region->frames[depth - 1].at : &stacks->root;
}

/*
 * A frame's code goes on in `place`, by a jump: a tail call, or back from the rarely used part that
 * compilers put elsewhere. The function stands below the one that jumped, unless it is among those
 * that led there.
 */
static void jump(struct call_stacks* stacks, struct frame* frame, struct place* place) {
  for (struct node* node = frame->at; node != frame->called->parent; node = node->parent) {
    if (node->place != place) continue;
    frame->at = node;
    return;
  }
  frame->at = child(stacks, frame->at, place);
}

void call_stacks_enter(struct call_stacks* stacks, unsigned cpu, struct place* place) {
  stacks->now = NULL;
  if (place->user) {
    stacks->current[cpu] = NULL; /* The kernel will be entered anew, at the top of a stack. */
    return;
  }
  struct region* region = stacks->current[cpu];
  if (!region || region->depth == 0 || place->entry_code) {
    /* An interrupt may come between a call and the code that was called: it changes no frame. */
    struct node* below = region ? innermost(stacks, region, region->depth) : &stacks->root;
    stacks->now = child(stacks, below, place);
    return;
  }
  struct frame* top = &region->frames[region->depth - 1];
  if (!top->called)
    top->called = top->at = child(stacks, innermost(stacks, region, region->depth - 1), place);
  else if (top->at->place != place)
    jump(stacks, top, place);
  stacks->now = top->at;
}

void call_stacks_executed(struct call_stacks* stacks, uint64_t count) {
  struct node* node = stacks->now;
  if (!node) return;
  if (node->section != stacks->section) {
    node->section = stacks->section;
    node->count = 0;
    node->next_counted = stacks->counted;
    stacks->counted = node;
  }
  node->count += count;
}

void call_stacks_call(struct call_stacks* stacks, unsigned cpu, uint64_t sp, struct place* callee) {
  struct region* region = region_at(stacks, cpu, sp);
  if (region->depth == deepest) return;
  struct node* caller = innermost(stacks, region, region->depth);
  struct node* now = stacks->now;
  if (now && now->place && now->place->entry_code)
    caller = child(stacks, caller, now->place); /* Has no frame, and may stand on ended ones. */
  else if (now && caller == &stacks->root)
    caller = now; /* The first call on a stack that was changed to. */
  struct node* called = callee ? child(stacks, caller, callee) : NULL;
  region->frames[region->depth++] = (struct frame){sp, called, called};
}

void call_stacks_return(struct call_stacks* stacks, unsigned cpu, uint64_t sp) {
  region_at(stacks, cpu, sp);
}

void call_stacks_begin(struct call_stacks* stacks) {
  ++stacks->section;
  stacks->counted = NULL;
}

void call_stacks_each(struct call_stacks* stacks, call_stacks_visitor visit, void* context) {
  struct place* path[deepest];
  for (const struct node* node = stacks->counted; node; node = node->next_counted) {
    unsigned depth = node->depth;
    for (const struct node* at = node; at->parent; at = at->parent) path[--depth] = at->place;
    if (node->depth) visit(context, path, node->depth, node->count);
  }
}
