// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/table.h"

#include <stdio.h>
#include <stdlib.h>

void* allocate(size_t count, size_t size) {
  void* memory = calloc(count, size);
  if (!memory) {
    fputs("faultline instrument: out of memory\n", stderr);
    abort();
  }
  return memory;
}

static size_t place_of(uint64_t first, uint64_t second, size_t capacity) {
  uint64_t mixed = first * 0x9e3779b97f4a7c15u ^ second;
  mixed ^= mixed >> 29;
  mixed *= 0xbf58476d1ce4e5b9u;
  mixed ^= mixed >> 32;
  return mixed & (capacity - 1);
}

static struct table_slot* slot_of(const struct table* table, uint64_t first, uint64_t second) {
  size_t at = place_of(first, second, table->capacity);
  while (table->slots[at].value &&
         (table->slots[at].first != first || table->slots[at].second != second))
    at = (at + 1) & (table->capacity - 1);
  return &table->slots[at];
}

static void grow(struct table* table) {
  struct table old = *table;
  table->capacity = old.capacity ? old.capacity * 2 : 1024;
  table->slots = allocate(table->capacity, sizeof *table->slots);
  for (size_t i = 0; i < old.capacity; ++i)
    if (old.slots[i].value) *slot_of(table, old.slots[i].first, old.slots[i].second) = old.slots[i];
  free(old.slots);
}

void** table_slot(struct table* table, uint64_t first, uint64_t second) {
  if (table->used * 2 >= table->capacity) grow(table);
  struct table_slot* slot = slot_of(table, first, second);
  if (!slot->value) {
    slot->first = first;
    slot->second = second;
    ++table->used;
  }
  return &slot->value;
}

void* table_find(const struct table* table, uint64_t first, uint64_t second) {
  return table->capacity ? slot_of(table, first, second)->value : NULL;
}

void table_free(struct table* table) {
  free(table->slots);
  *table = (struct table){0};
}
