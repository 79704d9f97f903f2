// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "aim7/mixes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/numbers.h"

enum {
  KIB = 1024,
  MIB = 1024 * KIB,
  DEFAULT_FILE = 10 * KIB,
  DEFAULT_POOL = MIB,
  DEFAULT_HEAP = MIB
};

// Tests of one weight, with blanks between.
struct weight_class {
  unsigned weight;
  const char* tests;
};

struct mix_table {
  const char* name;
  struct weight_class classes[6];
};

#define ADD "add_double add_float add_int add_long add_short "
#define MUL "mul_double mul_float mul_int mul_long mul_short "
#define DIV "div_double div_float div_int div_long div_short "
#define DISK "disk_cp disk_rd disk_rr disk_rw disk_src disk_wrt "
#define SYNC_DISK "sync_disk_cp sync_disk_rw sync_disk_wrt "

// What shared and alltests have in common at weight 10.
#define GENERAL                                                                             \
  "array_rtns brk_test creat_clo dgram_pipe dir_rtns_1 fork_test jmp_test link_test "       \
  "matrix_rtns mem_rtns_1 mem_rtns_2 misc_rtns_1 new_raph num_rtns_1 page_test pipe_cpy "   \
  "ram_copy series_1 shared_memory signal_test sort_rtns_1 stream_pipe tcp_test trig_rtns " \
  "udp_test "

static const struct mix_table tables[] = {
    {"alltests",
     {{30, ADD "string_rtns sieve"},
      {20, MUL DISK "disk_brd disk_brr disk_brw disk_bwrt disk_bcp exec_test shell_rtns_1 "
                    "shell_rtns_2 shell_rtns_3 " SYNC_DISK "sync_disk_update"},
      {10, DIV GENERAL "fifo_test"}}},
    {"compute",
     {{50, "add_double matrix_rtns mul_double page_test"},
      {40, "div_double mem_rtns_1 mem_rtns_2 new_raph num_rtns_1 series_1 trig_rtns"},
      {30, "add_int add_long disk_rd div_int mul_int mul_long sieve string_rtns"},
      {20, "disk_wrt stream_pipe udp_test"},
      {10, "array_rtns disk_cp disk_src shared_memory"}}},
    {"dbase",
     {{40, "disk_rd disk_rr mem_rtns_1 mem_rtns_2 page_test shared_memory"},
      {30, "sieve sort_rtns_1 string_rtns sync_disk_rw sync_disk_update"},
      {20, "add_int add_long add_short ram_copy"},
      {10, "div_int div_long div_short mul_int mul_long mul_short jmp_test stream_pipe"}}},
    {"fserver",
     {{40, "mem_rtns_1 udp_test"},
      {30, DISK "sort_rtns_1 string_rtns"},
      {20, "add_int add_long add_short creat_clo dir_rtns_1 link_test misc_rtns_1 ram_copy"},
      {10,
       "div_int div_long div_short mul_int mul_long mul_short jmp_test mem_rtns_2 "
       "signal_test tcp_test"},
      {5, SYNC_DISK}}},
    {"shared",
     {{30, ADD "string_rtns"},
      {20, MUL DISK "exec_test shell_rtns_1"},
      {10, DIV GENERAL "sieve " SYNC_DISK}}},
    {"mm",
     {{40, "page_test heap_test"},
      {20, "mem_rtns_1"},
      {10, "fork_test brk_test mem_rtns_2 ram_copy shared_memory"}}},
    {"reclaim", {{90, "heap_test"}, {10, "mem_rtns_2"}}},
};

const char mix_names[] = "alltests compute dbase fserver shared mm reclaim";

static void add_task(struct mix* mix, const struct job_test* test, unsigned weight) {
  if (mix->task_count == MIX_TASKS_MAX) {
    fail(STATUS_USAGE, "a mix has at most %d tests", MIX_TASKS_MAX);
  }
  mix->tasks[mix->task_count++] = (struct weighted_test){.test = test, .weight = weight};
}

static void add_class(struct mix* mix, const struct weight_class* class) {
  char names[1024];
  snprintf(names, sizeof names, "%s", class->tests);
  char* rest = names;
  for (char* name; (name = strsep(&rest, " ")) != NULL;) {
    if (*name == '\0') continue;
    const struct job_test* test = find_test(name);
    if (test == NULL) {
      fprintf(stderr, "the mix %s has an unknown test %s\n", mix->name, name);
      abort();  // our own table is wrong
    }
    add_task(mix, test, class->weight);
  }
}

struct mix built_in_mix(const char* name) {
  for (size_t i = 0; i < sizeof tables / sizeof *tables; ++i) {
    if (strcmp(tables[i].name, name) != 0) continue;
    struct mix mix = {
        .file_bytes = DEFAULT_FILE, .pool_bytes = DEFAULT_POOL, .heap_bytes = DEFAULT_HEAP};
    snprintf(mix.name, sizeof mix.name, "%s", name);
    for (const struct weight_class* class = tables[i].classes; class->tests != NULL; ++class) {
      add_class(&mix, class);
    }
    return mix;
  }
  fail(STATUS_USAGE, "--mix: there is no mix '%s'; there are: %s", name, mix_names);
}

struct workfile {
  const char* path;
  unsigned line;
};

static _Noreturn void wrong(const struct workfile* file, const char* what, const char* text) {
  fail(STATUS_USAGE, "%s:%u: %s '%s'", file->path, file->line, what, text);
}

static void read_line(struct workfile* file, struct mix* mix, char* line) {
  line[strcspn(line, "#\n")] = '\0';
  char* saved;
  char* first = strtok_r(line, " \t\r:", &saved);
  if (first == NULL) return;
  char* second = strtok_r(NULL, " \t\r:", &saved);
  if (second == NULL) wrong(file, "something is missing after", first);
  if (strtok_r(NULL, " \t\r", &saved) != NULL) wrong(file, "there is more after", second);
  uint64_t* size = strcmp(first, "FILESIZE") == 0   ? &mix->file_bytes
                   : strcmp(first, "POOLSIZE") == 0 ? &mix->pool_bytes
                   : strcmp(first, "HEAPSIZE") == 0 ? &mix->heap_bytes
                                                    : NULL;
  if (size != NULL) {
    if (!parse_size(second, 0, UINT64_C(1) << 40, size)) wrong(file, "no size:", second);
    return;
  }
  uint64_t weight;
  if (!parse_count(first, 1, 1000000, &weight)) wrong(file, "no weight:", first);
  const struct job_test* test = find_test(second);
  if (test == NULL) wrong(file, "there is no test", second);
  add_task(mix, test, (unsigned)weight);
}

struct mix read_workfile(const char* path) {
  FILE* file = fopen(path, "re");
  if (file == NULL) fail_errno(STATUS_USAGE, errno, "%s", path);
  struct mix mix = {
      .file_bytes = DEFAULT_FILE, .pool_bytes = DEFAULT_POOL, .heap_bytes = DEFAULT_HEAP};
  const char* slash = strrchr(path, '/');
  snprintf(mix.name, sizeof mix.name, "%s", slash == NULL ? path : slash + 1);
  struct workfile where = {.path = path};
  char line[1024];
  while (fgets(line, sizeof line, file) != NULL) {
    ++where.line;
    read_line(&where, &mix, line);
  }
  fclose(file);
  if (mix.task_count == 0) fail(STATUS_USAGE, "%s has no test", path);
  return mix;
}

uint64_t user_file_bytes(const struct mix* mix, uint64_t users) {
  return mix->file_bytes + mix->pool_bytes / users;
}
