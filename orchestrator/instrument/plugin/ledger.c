// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/ledger.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/plugin/cache_filter.h"
#include "instrument/plugin/call_stacks.h"
#include "instrument/plugin/ledger_private.h"
#include "instrument/plugin/table.h"

struct access_counts {
  uint64_t loads, stores, load_misses, store_misses;
};

struct ledger {
  unsigned cpus, nodes;
  unsigned* node_of_cpu;
  uint64_t* functions;
  size_t function_count;
  uint64_t entry_begin, entry_end;
  struct cache_filter* cache;
  struct call_stacks* stacks; /* NULL: no calls wanted. */
  FILE* out;

  struct table places; /* (pc or function's place in the list, page) → place */
  uint32_t place_count;
  uint32_t section; /* Counts up at each begin; what is of an older section is zero. */
  bool recording;
  uint32_t step, iteration;
  uint64_t total;
  struct place** touched; /* Places with figures of this section. */
  size_t touched_count, touched_capacity;

  struct place* now;
  unsigned cpu_now;
};

static uint64_t kernel_key(size_t function) {
  return function; /* Below any address of code. */
}

struct ledger* ledger_new(const struct ledger_options* options) {
  struct ledger* ledger = allocate(1, sizeof *ledger);
  ledger->cpus = options->cpus;
  ledger->nodes = options->nodes;
  ledger->node_of_cpu = allocate(options->cpus, sizeof *ledger->node_of_cpu);
  memcpy(ledger->node_of_cpu, options->node_of_cpu, options->cpus * sizeof *ledger->node_of_cpu);
  ledger->function_count = options->function_count;
  ledger->functions = allocate(options->function_count + 1, sizeof *ledger->functions);
  if (options->function_count)
    memcpy(ledger->functions, options->functions,
           options->function_count * sizeof *ledger->functions);
  ledger->entry_begin = options->entry_begin;
  ledger->entry_end = options->entry_end;
  ledger->out = options->out;
  if (options->cache_sets)
    ledger->cache = cache_filter_new(options->nodes, options->cache_sets, options->cache_ways,
                                     options->cache_line);
  if (options->calls) ledger->stacks = call_stacks_new(options->cpus);
  fputs("faultline-profile 1\n", ledger->out);
  return ledger;
}

void ledger_free(struct ledger* ledger) {
  if (!ledger) return;
  for (size_t i = 0; i < ledger->places.capacity; ++i) {
    struct place* place = ledger->places.slots[i].value;
    if (!place) continue;
    for (unsigned node = 0; place->accesses && node < ledger->nodes; ++node)
      free(place->accesses[node]);
    free(place->accesses);
    free(place->instructions);
    free(place);
  }
  table_free(&ledger->places);
  call_stacks_free(ledger->stacks);
  cache_filter_free(ledger->cache);
  free(ledger->node_of_cpu);
  free(ledger->functions);
  free(ledger->touched);
  free(ledger);
}

/* The number of the function that holds `pc`, or function_count. */
static size_t function_of(const struct ledger* ledger, uint64_t pc) {
  size_t low = 0, high = ledger->function_count; /* functions[low - 1] <= pc < functions[high] */
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (ledger->functions[middle] <= pc)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 || low == ledger->function_count ? ledger->function_count : low - 1;
}

struct place* ledger_place(struct ledger* ledger, uint64_t pc, uint64_t page) {
  const size_t function = page ? ledger->function_count : function_of(ledger, pc);
  const bool known = function < ledger->function_count;
  struct place** slot =
      (struct place**)table_slot(&ledger->places, known ? kernel_key(function) : pc, page);
  if (*slot) return *slot;
  struct place* place = allocate(1, sizeof *place);
  place->id = ledger->place_count++;
  place->pc = known ? ledger->functions[function] : pc;
  place->page = page;
  place->function = known ? (int64_t)function : -1;
  place->user = page != 0;
  place->entry_code =
      place->pc >= ledger->entry_begin && place->pc < ledger->entry_end && !place->user;
  place->instructions = allocate(ledger->cpus, sizeof *place->instructions);
  return *slot = place;
}

/* The place's counters of this section. */
static void touch(struct ledger* ledger, struct place* place) {
  if (place->section == ledger->section) return;
  place->section = ledger->section;
  memset(place->instructions, 0, ledger->cpus * sizeof *place->instructions);
  place->entries = 0;
  for (unsigned node = 0; place->accesses && node < ledger->nodes; ++node)
    if (place->accesses[node])
      memset(place->accesses[node], 0, (ledger->nodes + 1) * sizeof **place->accesses);
  if (ledger->touched_count == ledger->touched_capacity) {
    ledger->touched_capacity = ledger->touched_capacity ? ledger->touched_capacity * 2 : 1024;
    struct place** larger = allocate(ledger->touched_capacity, sizeof *larger);
    if (ledger->touched_count)
      memcpy(larger, ledger->touched, ledger->touched_count * sizeof *larger);
    free(ledger->touched);
    ledger->touched = larger;
  }
  ledger->touched[ledger->touched_count++] = place;
}

void ledger_enter(struct ledger* ledger, unsigned cpu, struct place* place, uint64_t pc) {
  ledger->now = place;
  ledger->cpu_now = cpu;
  if (ledger->stacks) call_stacks_enter(ledger->stacks, cpu, place);
  if (!ledger->recording) return;
  touch(ledger, place);
  if (pc == place->pc) ++place->entries;
}

void ledger_executed(struct ledger* ledger, uint64_t count) {
  if (!ledger->recording || !ledger->now) return;
  touch(ledger, ledger->now);
  ledger->now->instructions[ledger->cpu_now] += count;
  ledger->total += count;
  if (ledger->stacks) call_stacks_executed(ledger->stacks, count);
}

void ledger_call(struct ledger* ledger, unsigned cpu, uint64_t sp, struct place* callee) {
  if (ledger->stacks) call_stacks_call(ledger->stacks, cpu, sp, callee);
}

void ledger_return(struct ledger* ledger, unsigned cpu, uint64_t sp) {
  if (ledger->stacks) call_stacks_return(ledger->stacks, cpu, sp);
}

void ledger_access(struct ledger* ledger, unsigned cpu, unsigned node, uint64_t address,
                   bool store) {
  if (!ledger->recording || !ledger->now) return;
  struct place* place = ledger->now;
  touch(ledger, place);
  const unsigned cpu_node = ledger->node_of_cpu[cpu];
  if (!place->accesses) place->accesses = allocate(ledger->nodes, sizeof *place->accesses);
  struct access_counts** row = &place->accesses[cpu_node];
  if (!*row) *row = allocate(ledger->nodes + 1, sizeof **row);
  const bool memory = node < ledger->nodes;
  struct access_counts* counts = &(*row)[memory ? node : ledger->nodes];
  const bool miss =
      ledger->cache && memory && cache_filter_misses(ledger->cache, cpu_node, address, store);
  if (store) {
    ++counts->stores;
    counts->store_misses += miss;
  } else {
    ++counts->loads;
    counts->load_misses += miss;
  }
}

bool ledger_recording(const struct ledger* ledger) {
  return ledger->recording;
}

void ledger_complain(struct ledger* ledger, const char* sentence) {
  fprintf(ledger->out, "error %s\n", sentence);
  fflush(ledger->out);
}

void ledger_begin(struct ledger* ledger, uint32_t step, uint32_t iteration) {
  if (ledger->recording) ledger_complain(ledger, "a section began inside another one");
  ledger->recording = true;
  ledger->step = step;
  ledger->iteration = iteration;
  ledger->total = 0;
  ledger->touched_count = 0;
  ++ledger->section;
  if (ledger->cache) cache_filter_clear(ledger->cache);
  if (ledger->stacks) call_stacks_begin(ledger->stacks);
}

static void introduce(struct ledger* ledger, struct place* place) {
  if (place->introduced) return;
  place->introduced = true;
  if (place->function >= 0)
    fprintf(ledger->out, "place %" PRIu32 " kernel %" PRId64 "\n", place->id, place->function);
  else if (place->user)
    fprintf(ledger->out, "place %" PRIu32 " user %016" PRIx64 " %" PRIx64 "\n", place->id,
            place->page, place->pc);
  else
    fprintf(ledger->out, "place %" PRIu32 " code %" PRIx64 "\n", place->id, place->pc);
}

static void write_place(struct ledger* ledger, const struct place* place) {
  FILE* out = ledger->out;
  for (unsigned cpu = 0; cpu < ledger->cpus; ++cpu)
    if (place->instructions[cpu])
      fprintf(out, "i %" PRIu32 " %u %" PRIu64 "\n", place->id, cpu, place->instructions[cpu]);
  if (place->entries) fprintf(out, "e %" PRIu32 " %" PRIu64 "\n", place->id, place->entries);
  for (unsigned from = 0; place->accesses && from < ledger->nodes; ++from) {
    for (unsigned to = 0; place->accesses[from] && to <= ledger->nodes; ++to) {
      const struct access_counts* counts = &place->accesses[from][to];
      if (!counts->loads && !counts->stores) continue;
      fprintf(out, "a %" PRIu32 " %u %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
              place->id, from, to < ledger->nodes ? (int)to : -1, counts->loads, counts->stores,
              counts->load_misses, counts->store_misses);
    }
  }
}

struct stack_writer {
  struct ledger* ledger;
  bool introducing; /* First all the places, then the stacks that name them. */
};

static void write_stack(void* context, struct place* const* path, unsigned depth, uint64_t count) {
  const struct stack_writer* writer = context;
  if (writer->introducing) {
    for (unsigned i = 0; i < depth; ++i) introduce(writer->ledger, path[i]);
    return;
  }
  fprintf(writer->ledger->out, "s %" PRIu64, count);
  for (unsigned i = 0; i < depth; ++i) fprintf(writer->ledger->out, " %" PRIu32, path[i]->id);
  fputc('\n', writer->ledger->out);
}

void ledger_end(struct ledger* ledger, uint32_t step, uint32_t iteration) {
  if (!ledger->recording || step != ledger->step || iteration != ledger->iteration) {
    ledger_complain(ledger, "a section ended that had not begun");
    ledger->recording = false;
    return;
  }
  ledger->recording = false;
  for (size_t i = 0; i < ledger->touched_count; ++i) introduce(ledger, ledger->touched[i]);
  struct stack_writer writer = {ledger, true};
  if (ledger->stacks) call_stacks_each(ledger->stacks, write_stack, &writer);
  fprintf(ledger->out, "begin %" PRIu32 " %" PRIu32 "\n", step, iteration);
  for (size_t i = 0; i < ledger->touched_count; ++i) write_place(ledger, ledger->touched[i]);
  writer.introducing = false;
  if (ledger->stacks) call_stacks_each(ledger->stacks, write_stack, &writer);
  fprintf(ledger->out, "end %" PRIu32 " %" PRIu32 " %" PRIu64 "\n", step, iteration, ledger->total);
  fflush(ledger->out);
}
