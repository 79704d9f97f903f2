// SPDX-License-Identifier: GPL-2.0-or-later
#include "reports/statistics/function_alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/report_builder.h"

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* aligned = "CONFIG_X=y\nCONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B=y\n";

/// Six blocks of two arms; each arm's kernel has this configuration.
ReportBuilder two_builds(const std::string& base, const std::string& arm) {
  ReportBuilder made;
  made.blocks({{1, 1.1}, {2, 2.1}, {3, 3.2}, {4, 4.1}, {5, 5.3}, {6, 6.2}});
  for (ResultBoot& boot : made.results_.boots) boot.kernel_key = boot.arm == 0 ? "k0" : "k1";
  made.results_.kernels.resize(2);
  made.results_.kernels[0].key = "k0";
  made.results_.kernels[0].config_text = base;
  made.results_.kernels[1].key = "k1";
  made.results_.kernels[1].config_text = arm;
  return made;
}

TEST(FunctionAlignment, OfSeparateBuildsThatHaveItIsNotMentioned) {
  ReportBuilder made = two_builds(aligned, aligned);
  EXPECT_THAT(arms_without_alignment(made.results_, 1, 0), IsEmpty());
  EXPECT_THAT(made.only_comparison().note, Not(HasSubstr("aligned")));
}

TEST(FunctionAlignment, ThatABuildLacksIsSaidOfTimes) {
  ReportBuilder made = two_builds(aligned, "# CONFIG_DEBUG_FORCE_FUNCTION_ALIGN_64B is not set\n");
  EXPECT_THAT(arms_without_alignment(made.results_, 1, 0), ElementsAre(1));
  EXPECT_THAT(made.only_comparison().note,
              HasSubstr("separate builds, functions not aligned in new"));
  EXPECT_THAT(made.report().warnings, testing::Contains(HasSubstr("new is a build of its own")));
  made.results_.run.metrics[0].unit = "pages";
  EXPECT_THAT(made.only_comparison().note, Not(HasSubstr("aligned")));
}

TEST(FunctionAlignment, OfAFinishedImageIsNotKnown) {
  EXPECT_THAT(arms_without_alignment(two_builds("", "").results_, 1, 0), ElementsAre(0, 1));
}

TEST(FunctionAlignment, OfOneBuildNeedsNothing) {
  ReportBuilder made = two_builds("", "");
  for (ResultBoot& boot : made.results_.boots) boot.kernel_key = "k0";
  EXPECT_THAT(arms_without_alignment(made.results_, 1, 0), IsEmpty());
}

}  // namespace
}  // namespace faultline
