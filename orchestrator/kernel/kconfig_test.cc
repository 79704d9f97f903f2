// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/kconfig.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace faultline {
namespace {

TEST(KconfigExpression, FollowsKconfigsThreeValuedLogic) {
  const ConfigValues values{{"Y", "y"}, {"M", "m"}, {"NUMBER", "64"}, {"TEXT", "\"abc\""}};
  EXPECT_EQ(evaluate_kconfig("Y && M", values), Tristate::m);
  EXPECT_EQ(evaluate_kconfig("Y && !M", values), Tristate::m);
  EXPECT_EQ(evaluate_kconfig("N || Y", values), Tristate::y);
  EXPECT_EQ(evaluate_kconfig("!(N || M) && Y", values), Tristate::m);
  EXPECT_EQ(evaluate_kconfig("Y!=n && NUMBER >= 32 && TEXT = \"abc\"", values), Tristate::y);
  EXPECT_EQ(evaluate_kconfig("NUMBER < 0x20", values), Tristate::n);
  EXPECT_EQ(evaluate_kconfig("M = y", values), Tristate::n);
  EXPECT_EQ(evaluate_kconfig("", values), Tristate::y);
  EXPECT_EQ(evaluate_kconfig("N || Y && N", values), Tristate::n);
}

TEST(KconfigExpression, TakesWhatItCannotKnowAsMet) {
  EXPECT_EQ(evaluate_kconfig("$(cc-option,-mfoo)", {}), Tristate::y);
  EXPECT_EQ(evaluate_kconfig("!$(success,test -x (a))", {}), Tristate::y);
  EXPECT_EQ(evaluate_kconfig("A &&& (", {}), Tristate::y);
  EXPECT_EQ(evaluate_kconfig(std::string(100'000, '('), {}), Tristate::y);
  EXPECT_EQ(evaluate_kconfig(std::string(100'000, '!') + "A", {}), Tristate::y);
}

TEST(KconfigExpression, SplitsConjunctions) {
  EXPECT_EQ(kconfig_conjuncts("A && (B || C) && !D"),
            (std::vector<std::string>{"A", "(B || C)", "!D"}));
  EXPECT_EQ(kconfig_conjuncts("A || B && C"), (std::vector<std::string>{"A || B && C"}));
}

class KconfigFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_.path() / "arch/x86");
    std::filesystem::create_directories(folder_.path() / "lib");
    write_file_atomically(folder_.path() / "Kconfig", R"(mainmenu "A kernel"
source "arch/$(SRCARCH)/Kconfig"
source "lib/Kconfig.test"
source "lib/missing"
config MODULES
	bool "Modules"
	help
	  config NOT_A_SYMBOL
	    bool "text of the help"

	  depends on NOTHING
config AFTER_HELP
	def_bool y
)");
    write_file_atomically(folder_.path() / "arch/x86/Kconfig", R"(
config X86
	def_bool y
	select ALWAYS
config ALWAYS
	bool
config HIDDEN
	bool
config WANTS_HIDDEN
	bool "x" if X86 && \
		EXPERT
	select HIDDEN if X86
config NR_CPUS
	int "CPUs" if MODULES
	range 2 512
	depends on X86
choice
	prompt "Speed"
	depends on X86
config HZ_100
	bool "100"
config HZ_250
	bool "250"
endchoice
)");
    write_file_atomically(folder_.path() / "lib/Kconfig.test", R"(
menu "Tests"
	depends on X86
if RUNTIME_TESTING_MENU
config TEST_VMALLOC
	tristate "Test vmalloc"
	default n
	depends on MMU && (NUMA || X86)
	depends on m
	depends on MODULES
endif
config RUNTIME_TESTING_MENU
	bool "Runtime"
endmenu
)");
    kconfig_ = Kconfig::load(folder_.path(), "x86");
  }
  TemporaryDirectory folder_;
  Kconfig kconfig_;
};

TEST_F(KconfigFiles, NamesEveryUnmetDependencyAlsoThoseOfEnclosingBlocks) {
  const ConfigValues values{{"X86", "y"}, {"MMU", "y"}};
  EXPECT_EQ(kconfig_.why_not("TEST_VMALLOC", "m", values),
            "depends on RUNTIME_TESTING_MENU (=n); depends on MODULES (=n)");
  EXPECT_EQ(kconfig_.why_not("TEST_VMALLOC", "m",
                             {{"X86", "y"}, {"RUNTIME_TESTING_MENU", "y"}, {"MODULES", "y"}}),
            "depends on MMU (=n)");
  EXPECT_EQ(kconfig_.why_not("TEST_VMALLOC", "m",
                             {{"MMU", "y"}, {"RUNTIME_TESTING_MENU", "y"}, {"MODULES", "y"}}),
            "depends on X86 (=n); depends on (NUMA || X86) (NUMA=n, X86=n)");
}

TEST_F(KconfigFiles, SuggestsTheNearestNameForAnUnknownSymbol) {
  EXPECT_EQ(kconfig_.why_not("TEST_VMALOC", "m", {}),
            "no such symbol in this kernel; did you mean CONFIG_TEST_VMALLOC?");
  EXPECT_EQ(kconfig_.why_not("NOT_A_SYMBOL", "y", {}), "no such symbol in this kernel");
}

TEST_F(KconfigFiles, SaysThatAPromptIsMissingAndWhoSelects) {
  EXPECT_EQ(kconfig_.why_not("HIDDEN", "y", {{"X86", "y"}}),
            "has no prompt; it is on when one of these is: WANTS_HIDDEN (=n)");
  EXPECT_EQ(kconfig_.why_not("ALWAYS", "n", {{"X86", "y"}, {"ALWAYS", "y"}}),
            "selected by X86 (=y)");
  EXPECT_EQ(kconfig_.why_not("AFTER_HELP", "n", {{"AFTER_HELP", "y"}}),
            "has no prompt: its default decides, a configuration line cannot");
  EXPECT_EQ(kconfig_.why_not("WANTS_HIDDEN", "y", {{"X86", "y"}}),
            "can only be changed if X86 && \t\tEXPERT (X86=y, EXPERT=n)");
}

TEST_F(KconfigFiles, KnowsRangesChoicesAndTypes) {
  EXPECT_EQ(
      kconfig_.why_not("NR_CPUS", "1024", {{"X86", "y"}, {"MODULES", "y"}, {"NR_CPUS", "64"}}),
      "is 64; allowed are 2 to 512");
  EXPECT_EQ(kconfig_.why_not("HZ_250", "y", {{"X86", "y"}, {"HZ_100", "y"}}),
            "is one of a choice, and CONFIG_HZ_100 is the one that is set");
  EXPECT_EQ(kconfig_.why_not("MODULES", "m", {{"MODULES", "y"}}),
            "is a bool: it can be y or n, not a module");
}

TEST_F(KconfigFiles, SurvivesAFileThatSourcesItself) {
  write_file_atomically(folder_.path() / "lib/missing",
                        "source \"lib/missing\"\nconfig LOOP\n\tbool\n");
  EXPECT_TRUE(Kconfig::load(folder_.path(), "x86").knows("AFTER_HELP"));
  write_file_atomically(folder_.path() / "lib/missing",
                        "source \"../../etc/passwd\"\nif\nendif\nendif\nendmenu\nconfig\n");
  EXPECT_TRUE(Kconfig::load(folder_.path(), "x86").knows("AFTER_HELP"));
}

}  // namespace
}  // namespace faultline
