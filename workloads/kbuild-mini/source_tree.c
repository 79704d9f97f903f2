// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include "kbuild-mini/source_tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "common/fail.h"

static FILE* create(const char* folder, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

static FILE* create(const char* folder, const char* format, ...) {
  char name[64];
  char path[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE* file = fopen(path, "we");
  if (file == NULL) fail_errno(STATUS_ENVIRONMENT, errno, "%s", path);
  return file;
}

static void finish(FILE* file, const char* folder) {
  if (ferror(file) || fclose(file) != 0) {
    fail_errno(STATUS_ENVIRONMENT, errno, "writing sources in %s", folder);
  }
}

static void write_header(const char* folder, const struct tree_shape* shape) {
  FILE* file = create(folder, "parts.h");
  fputs("#include <stdint.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n",
        file);
  fputs("struct state { uint32_t word[8]; unsigned rounds; };\n", file);
  for (size_t i = 0; i < shape->files; ++i) fprintf(file, "uint32_t part%zu(uint32_t seed);\n", i);
  finish(file, folder);
}

// A function with what a compiler works on: a loop over an array, branches, a switch, a call.
static void write_function(FILE* file, size_t part, size_t number) {
  size_t key = part * 1009 + number * 7919 + 1;
  fprintf(file, "static uint32_t step%zu(struct state* s, uint32_t x) {\n", number);
  fprintf(file, "  for (unsigned i = 0; i < 8; ++i) {\n");
  fprintf(file, "    s->word[i] ^= x * %zuu + (s->word[(i + %zu) %% 8] >> %zu);\n", key * 2 + 1,
          number % 7 + 1, key % 13 + 3);
  fprintf(file, "    if (s->word[i] & %zuu) x += s->word[i]; else x ^= i << %zu;\n",
          (size_t)1 << key % 16, key % 9);
  fprintf(file, "  }\n  switch (x %% 5) {\n");
  for (size_t i = 0; i < 5; ++i) {
    fprintf(file, "    case %zu: s->word[%zu] += x >> %zu; break;\n", i, (key + i) % 8, i + 1);
  }
  fprintf(file, "  }\n  ++s->rounds;\n  return ");
  if (number > 0) {
    fprintf(file, "(x & 1) ? step%zu(s, x >> 1) : x;\n}\n", number - 1);
  } else {
    fprintf(file, "x;\n}\n");
  }
}

static void write_part(const char* folder, const struct tree_shape* shape, size_t part) {
  FILE* file = create(folder, "part%zu.c", part);
  fputs("#include \"parts.h\"\n", file);
  for (size_t i = 0; i < shape->functions; ++i) write_function(file, part, i);
  fprintf(file, "uint32_t part%zu(uint32_t seed) {\n  struct state s = {{0}, 0};\n", part);
  for (size_t i = 0; i < shape->functions; ++i) {
    fprintf(file, "  seed ^= step%zu(&s, seed + %zuu);\n", i, i);
  }
  fputs("  return seed + s.rounds;\n}\n", file);
  finish(file, folder);
}

static void write_main(const char* folder, const struct tree_shape* shape) {
  FILE* file = create(folder, "main.c");
  fputs("#include \"parts.h\"\nint main(void) {\n  uint32_t sum = 1;\n", file);
  for (size_t i = 0; i < shape->files; ++i) fprintf(file, "  sum = part%zu(sum);\n", i);
  fputs("  printf(\"built program says %08x\\n\", (unsigned)sum);\n  return 0;\n}\n", file);
  finish(file, folder);
}

static void write_makefile(const char* folder, const struct tree_shape* shape) {
  FILE* file = create(folder, "Makefile");
  fputs("objects = main.o", file);
  for (size_t i = 0; i < shape->files; ++i) fprintf(file, " part%zu.o", i);
  fputs(
      "\nCC = gcc\nCFLAGS = -O2 -Wall\n"
      "program: $(objects)\n\t$(CC) -o $@ $(objects)\n"
      "$(objects): parts.h Makefile\n",
      file);
  finish(file, folder);
}

void write_source_tree(const char* folder, const struct tree_shape* shape) {
  write_header(folder, shape);
  for (size_t i = 0; i < shape->files; ++i) write_part(folder, shape, i);
  write_main(folder, shape);
  write_makefile(folder, shape);
}

void remove_built_files(const char* folder, const struct tree_shape* shape) {
  char path[4200];
  for (size_t i = 0; i < shape->files; ++i) {
    snprintf(path, sizeof path, "%s/part%zu.o", folder, i);
    unlink(path);
  }
  snprintf(path, sizeof path, "%s/main.o", folder);
  unlink(path);
  snprintf(path, sizeof path, "%s/program", folder);
  unlink(path);
}
