// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/extract_samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

MetricDefinition metric(const std::string& name, const std::string& pattern, bool primary = false) {
  MetricDefinition definition;
  definition.name = name;
  definition.pattern = pattern;
  definition.primary = primary;
  return definition;
}

IterationRecord printed(const std::string& output) {
  IterationRecord iteration;
  iteration.standard_output = output;
  return iteration;
}

std::vector<double> values(const ExtractedSamples& extracted) {
  std::vector<double> result;
  for (const SampleRecord& sample : extracted.samples) result.push_back(sample.value);
  return result;
}

TEST(ExtractSamples, ReadsOneValueOfEachIteration) {
  const auto extracted = extract_samples({metric("t", R"(^t: (\S+)$)")},
                                         {printed("hello\nt: 1.5\n"), printed("t: 2e3\nbye\n")});
  EXPECT_THAT(values(extracted), ElementsAre(1.5, 2000.0));
  EXPECT_EQ(extracted.samples[1].iteration, 1u);
  EXPECT_THAT(extracted.problems, IsEmpty());
}

TEST(ExtractSamples, TakesTheLastMatchOfAnIteration) {
  const auto extracted = extract_samples({metric("n", R"(^(\d+) records/s$)")},
                                         {printed("1 records/s\n7 records/s\n")});
  EXPECT_THAT(values(extracted), ElementsAre(7.0));
}

TEST(ExtractSamples, AnchorsMatchLinesNotTheWholeOutput) {
  const auto extracted =
      extract_samples({metric("n", R"(^n: (\d+)$)")}, {printed("xn: 1\nn: 2 \n")});
  EXPECT_THAT(values(extracted), IsEmpty());
}

TEST(ExtractSamples, GivesNothingForAnIterationThatFailed) {
  IterationRecord failed = printed("t: 1\n");
  failed.end = {ProcessEnd::Kind::exited, 3};
  IterationRecord killed = printed("t: 1\n");
  killed.end = {ProcessEnd::Kind::signalled, 11};
  EXPECT_THAT(values(extract_samples({metric("t", R"(^t: (\S+)$)")}, {failed, killed})), IsEmpty());
}

TEST(ExtractSamples, SaysWhichPrimaryMetricIsMissing) {
  const auto extracted = extract_samples(
      {metric("main", R"(^main: (\S+)$)", true), metric("side", R"(^side: (\S+)$)")},
      {printed("rubbish")});
  EXPECT_THAT(extracted.problems, ElementsAre(HasSubstr("primary metric main")));
}

TEST(ExtractSamples, RefusesWhatIsNoFiniteNumber) {
  for (const char* text : {"t: nan\n", "t: inf\n", "t: 1e999\n", "t: 0x10\n", "t: 12abc\n"}) {
    const auto extracted = extract_samples({metric("t", R"(^t: (\S+)$)")}, {printed(text)});
    EXPECT_THAT(values(extracted), IsEmpty()) << text;
    EXPECT_THAT(extracted.problems, ElementsAre(HasSubstr("not a finite number"))) << text;
  }
}

TEST(ExtractSamples, EndsOnAPatternThatCanMatchNothing) {
  const auto extracted =
      extract_samples({metric("t", "(x*)")}, {printed(std::string(100000, 'y'))});
  EXPECT_THAT(values(extracted), IsEmpty());
}

}  // namespace
}  // namespace faultline
