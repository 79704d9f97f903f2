// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/call_stacks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/plugin/table.h"

enum {
  stack_shift = 14,  /* THREAD_SIZE of x86-64 is 16 KiB, and stacks are aligned to it. */
  deepest = 256,     /* Frames of one stack; the kernel's own limit is far lower. */
};

/* A function called along one path; the paths of a section are a tree of these. */
struct node {
  struct node *parent;
  struct place *place; /* NULL for the root. */
  uint32_t id;
  unsigned depth;
  uint32_t section;
  uint64_t count;
  struct node *next_counted; /* List of the section's nodes with figures. */
};

struct frame {
  uint64_t sp;
  struct node *node; /* NULL: called, but nobody has said what yet. */
};

/* One kernel stack. */
struct region {
  unsigned depth;
  struct frame frames[deepest];
};

struct call_stacks {
  struct table regions;     /* sp >> stack_shift → region */
  struct table nodes;       /* (parent's id, place's id) → node */
  uint32_t node_count;
  struct node root;
  struct region **current;  /* [cpu]; NULL: not known yet. */
  uint32_t section;
  struct node *counted;     /* Newest first. */
  struct node *now;         /* NULL in user code. */
};

struct call_stacks *call_stacks_new(unsigned cpus) {
  struct call_stacks *stacks = allocate(1, sizeof *stacks);
  stacks->current = allocate(cpus, sizeof *stacks->current);
  stacks->node_count = 1; /* The root's is 0. */
  return stacks;
}

void call_stacks_free(struct call_stacks *stacks) {
  if (!stacks) return;
  for (size_t i = 0; i < stacks->regions.capacity; ++i) free(stacks->regions.slots[i].value);
  for (size_t i = 0; i < stacks->nodes.capacity; ++i) free(stacks->nodes.slots[i].value);
  table_free(&stacks->regions);
  table_free(&stacks->nodes);
  free(stacks->current);
  free(stacks);
}

static struct node *child(struct call_stacks *stacks, struct node *parent, struct place *place) {
  if (parent->depth == deepest - 1) return parent;
  struct node **slot = (struct node **)table_slot(&stacks->nodes, parent->id, place->id);
  if (*slot) return *slot;
  struct node *node = allocate(1, sizeof *node);
  node->parent = parent;
  node->place = place;
  node->id = stacks->node_count++;
  node->depth = parent->depth + 1;
  return *slot = node;
}

/* The stack that holds `sp`, without the frames at or below it, which have ended. */
static struct region *region_at(struct call_stacks *stacks, unsigned cpu, uint64_t sp) {
  struct region **slot = (struct region **)table_slot(&stacks->regions, sp >> stack_shift, 0);
  if (!*slot) *slot = allocate(1, sizeof **slot);
  struct region *region = *slot;
  while (region->depth > 0 && region->frames[region->depth - 1].sp <= sp) --region->depth;
  stacks->current[cpu] = region;
  return region;
}

/* The innermost frame whose function is known, from `depth` frames on outwards. */
static struct node *known_node(struct call_stacks *stacks, const struct region *region,
                               unsigned depth) {
  while (depth > 0 && !region->frames[depth - 1].node) --depth;
  return depth > 0 ? region->frames[depth - 1].node : &stacks->root;
}

void call_stacks_enter(struct call_stacks *stacks, unsigned cpu, struct place *place) {
  stacks->now = NULL;
  if (place->user) return;
  struct region *region = stacks->current[cpu];
  struct node *node = &stacks->root;
  if (region) {
    struct frame *top = region->depth ? &region->frames[region->depth - 1] : NULL;
    /* An interrupt may come between a call and the code that was called. */
    if (top && !top->node && !place->entry_code)
      top->node = child(stacks, known_node(stacks, region, region->depth - 1), place);
    node = known_node(stacks, region, region->depth);
  }
  /* Entered by a jump: the function takes its caller's place in the stack of the machine, not here. */
  stacks->now = node->place == place ? node : child(stacks, node, place);
}

void call_stacks_executed(struct call_stacks *stacks, uint64_t count) {
  struct node *node = stacks->now;
  if (!node) return;
  if (node->section != stacks->section) {
    node->section = stacks->section;
    node->count = 0;
    node->next_counted = stacks->counted;
    stacks->counted = node;
  }
  node->count += count;
}

void call_stacks_call(struct call_stacks *stacks, unsigned cpu, uint64_t sp, struct place *callee) {
  struct region *region = region_at(stacks, cpu, sp);
  if (region->depth == deepest) return;
  struct node *caller = known_node(stacks, region, region->depth);
  struct node *now = stacks->now;
  if (now && now->place && now->place->entry_code)
    caller = child(stacks, caller, now->place); /* Has no frame, and may stand on ended ones. */
  else if (now && now->parent == caller)
    caller = now; /* It was jumped to: the frame names the function that jumped. */
  region->frames[region->depth++] =
      (struct frame){sp, callee ? child(stacks, caller, callee) : NULL};
}

void call_stacks_return(struct call_stacks *stacks, unsigned cpu, uint64_t sp) {
  region_at(stacks, cpu, sp);
}

void call_stacks_begin(struct call_stacks *stacks) {
  ++stacks->section;
  stacks->counted = NULL;
}

void call_stacks_each(struct call_stacks *stacks, call_stacks_visitor visit, void *context) {
  struct place *path[deepest];
  for (const struct node *node = stacks->counted; node; node = node->next_counted) {
    unsigned depth = node->depth;
    for (const struct node *at = node; at->parent; at = at->parent) path[--depth] = at->place;
    if (node->depth) visit(context, path, node->depth, node->count);
  }
}
