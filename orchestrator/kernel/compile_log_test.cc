// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/compile_log.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(CompileLog, CountsTheStepsOfMakeAndNothingElse) {
  EXPECT_TRUE(is_step_line("  CC      mm/rmap.o"));
  EXPECT_TRUE(is_step_line("  CC [M]  lib/test_vmalloc.o"));
  EXPECT_TRUE(is_step_line("  HOSTCC  scripts/kconfig/conf.o"));
  EXPECT_TRUE(is_step_line("  KSYMS   .tmp_vmlinux0.kallsyms.S"));
  EXPECT_FALSE(is_step_line("  if (x)"));
  EXPECT_FALSE(is_step_line("make[2]: Entering directory"));
  EXPECT_FALSE(is_step_line("   341 |  x = 1;"));
  EXPECT_FALSE(is_step_line("  CC"));
  EXPECT_FALSE(is_step_line(""));
}

TEST(CompileLog, ShowsTheFirstErrorsWithTheirLinesOfSource) {
  const std::string output =
      "/cache/tree/mm/rmap.c: In function 'anon_vma_fork':\n"
      "/cache/tree/mm/rmap.c:341:9: error: 'share' undeclared (first use in this function)\n"
      "  341 |         share = 1;\n"
      "      |         ^~~~~\n"
      "/cache/tree/mm/rmap.c:341:9: note: each undeclared identifier is reported only once\n"
      "/cache/tree/mm/ksm.c:10:1: warning: unused\n"
      "/cache/tree/mm/ksm.c:12:1: error: expected ';'\n"
      "make[3]: *** [/cache/tree/scripts/Makefile.build:229: mm/rmap.o] Error 1\n"
      "make: *** [Makefile:224: __sub-make] Error 2\n";
  const CompileErrors errors = summarize_errors(output, "/cache/tree");
  EXPECT_EQ(errors.title,
            "mm/rmap.c:341:9: error: 'share' undeclared (first use in this function)");
  EXPECT_EQ(errors.detail,
            "mm/rmap.c: In function 'anon_vma_fork':\n"
            "mm/rmap.c:341:9: error: 'share' undeclared (first use in this function)\n"
            "  341 |         share = 1;\n"
            "      |         ^~~~~\n"
            "mm/rmap.c:341:9: note: each undeclared identifier is reported only once\n"
            "mm/ksm.c:12:1: error: expected ';'\n");
}

TEST(CompileLog, KnowsErrorsOfTheLinkerAndOfModpost) {
  EXPECT_EQ(summarize_errors("ld: mm/rmap.o: in function `f':\n"
                             "rmap.c:(.text+0x1): undefined reference to `g'\n",
                             "/t")
                .title,
            "rmap.c:(.text+0x1): undefined reference to `g'");
  EXPECT_EQ(summarize_errors("ERROR: modpost: \"f\" [lib/a.ko] undefined!\n", "/t").title,
            "ERROR: modpost: \"f\" [lib/a.ko] undefined!");
}

TEST(CompileLog, ShowsTheEndOfTheOutputWhenThereIsNoErrorLine) {
  const CompileErrors errors =
      summarize_errors("one\ntwo\nmake: *** [Makefile:9: x] Segmentation fault\n", "/t");
  EXPECT_EQ(errors.title, "make: *** [Makefile:9: x] Segmentation fault");
  EXPECT_EQ(errors.detail, "one\ntwo\nmake: *** [Makefile:9: x] Segmentation fault\n");
}

TEST(CompileLog, DoesNotPassControlCharactersOn) {
  EXPECT_EQ(summarize_errors("a.c:1:1: error: \033[2Jboo\n", "/t").title,
            "a.c:1:1: error: \\x1b[2Jboo");
}

TEST(CompileLog, RecognisesToolsThatThisHostLacks) {
  EXPECT_EQ(missing_tool("/bin/sh: 1: lz4c: not found\nmake: ***\n"), "lz4c");
  EXPECT_EQ(missing_tool("make[2]: lz4c: No such file or directory\n"), "lz4c");
  EXPECT_EQ(missing_tool("make[2]: scripts/x: No such file or directory\n"), "");
  EXPECT_EQ(missing_tool("bash: line 1: flex: command not found\n"), "flex");
  EXPECT_EQ(
      missing_tool("tools/objtool/elf.h:10:10: fatal error: gelf.h: No such file or directory\n"),
      "gelf.h");
  EXPECT_EQ(missing_tool("mm/a.c:1:10: fatal error: mine.h: No such file or directory\n"), "");
}

}  // namespace
}  // namespace faultline
