// SPDX-License-Identifier: GPL-2.0-or-later
#include "instrument/plugin/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instrument/plugin/table.h"

static bool complain(const char* what, const char* about) {
  fprintf(stderr, "faultline instrument: %s: %s\n", about, what);
  return false;
}

/* Numbers with colons between them; returns how many. */
static size_t read_numbers(const char* text, int base, uint64_t* numbers, size_t most) {
  size_t count = 0;
  while (count < most) {
    char* end;
    numbers[count++] = strtoull(text, &end, base);
    if (end == text) return 0;
    if (*end == '\0') return count;
    if (*end != ':') return 0;
    text = end + 1;
  }
  return 0;
}

static bool read_functions(struct plugin_options* options, const char* file) {
  FILE* in = fopen(file, "re");
  if (!in) return complain("cannot be read", file);
  size_t capacity = 0;
  uint64_t address;
  while (fscanf(in, "%" SCNx64, &address) == 1) {
    if (options->function_count == capacity) {
      capacity = capacity ? capacity * 2 : 65536;
      options->functions = realloc(options->functions, capacity * sizeof *options->functions);
      if (!options->functions) abort();
    }
    options->functions[options->function_count++] = address;
  }
  fclose(in);
  return options->function_count > 0 || complain("holds no functions", file);
}

static bool read_cpus(struct plugin_options* options, const char* text) {
  uint64_t cpus[ledger_max_nodes];
  options->nodes = (unsigned)read_numbers(text, 10, cpus, ledger_max_nodes);
  for (unsigned node = 0; node < options->nodes; ++node) options->cpus += (unsigned)cpus[node];
  if (options->cpus == 0) return complain("no CPUs", text);
  options->node_of_cpu = allocate(options->cpus, sizeof *options->node_of_cpu);
  unsigned cpu = 0;
  for (unsigned node = 0; node < options->nodes; ++node)
    for (uint64_t i = 0; i < cpus[node]; ++i) options->node_of_cpu[cpu++] = node;
  return true;
}

static bool is_power_of_two(uint64_t number) {
  return number != 0 && number <= 1u << 30 && (number & (number - 1)) == 0;
}

static bool read_cache(struct plugin_options* options, const char* text) {
  uint64_t form[3];
  if (read_numbers(text, 10, form, 3) != 3 || !is_power_of_two(form[0]) || form[1] == 0 ||
      form[1] > 1024 || !is_power_of_two(form[2]))
    return complain("no cache", text);
  options->cache_sets = (unsigned)form[0];
  options->cache_ways = (unsigned)form[1];
  options->cache_line = (unsigned)form[2];
  return true;
}

static bool read_option(struct plugin_options* options, const char* name, const char* value) {
  uint64_t entry[2];
  if (strcmp(name, "out") == 0) return (options->out = strdup(value)) != NULL;
  if (strcmp(name, "layout") == 0) return (options->layout = strdup(value)) != NULL;
  if (strcmp(name, "functions") == 0) return read_functions(options, value);
  if (strcmp(name, "cpus") == 0) return read_cpus(options, value);
  if (strcmp(name, "cache") == 0) return read_cache(options, value);
  if (strcmp(name, "calls") == 0) return options->calls = true;
  if (strcmp(name, "entry") == 0) {
    if (read_numbers(value, 16, entry, 2) != 2) return complain("two addresses are needed", value);
    options->entry_begin = entry[0];
    options->entry_end = entry[1];
    return true;
  }
  if (strcmp(name, "faults") == 0) {
    options->fault_count = read_numbers(value, 16, options->faults, options_max_faults);
    return options->fault_count > 0 || complain("addresses are needed", value);
  }
  return complain("unknown option", name);
}

bool plugin_options_read(struct plugin_options* options, int argc, char** argv) {
  for (int i = 0; i < argc; ++i) {
    char* equals = strchr(argv[i], '=');
    if (!equals) return complain("an option needs a value", argv[i]);
    *equals = '\0';
    if (!read_option(options, argv[i], equals + 1)) return false;
  }
  if (!options->out || options->cpus == 0)
    return complain("out= and cpus= are needed", "arguments");
  return true;
}

void plugin_options_free(struct plugin_options* options) {
  free(options->out);
  free(options->layout);
  free(options->node_of_cpu);
  free(options->functions);
  *options = (struct plugin_options){0};
}

bool memory_layout_read(struct memory_layout* layout, const char* file) {
  FILE* in = fopen(file, "re");
  if (!in) return false;
  uint64_t offset, size;
  unsigned node;
  layout->count = 0;
  while (layout->count < ledger_max_nodes &&
         fscanf(in, "%u %" SCNx64 " %" SCNx64, &node, &offset, &size) == 3) {
    layout->ranges[layout->count].begin = offset;
    layout->ranges[layout->count].end = offset + size;
    layout->ranges[layout->count++].node = node;
  }
  fclose(in);
  return layout->count > 0;
}

unsigned memory_layout_node(const struct memory_layout* layout, uint64_t offset) {
  for (size_t i = 0; i < layout->count; ++i)
    if (offset >= layout->ranges[i].begin && offset < layout->ranges[i].end)
      return layout->ranges[i].node;
  return ledger_other_memory;
}
